import type { TicketType } from "../../desk/ticket.ts";
import type { Evidence } from "./evidence.ts";
import { GENERAL } from "./rules.ts";
import type { Rule } from "./rules.ts";

const MOST_QUESTIONS = 6;
const LONGEST_QUESTION = 300;

/** First words of a question that was written without its mark, in the languages that the desk reads. */
const OPENERS =
  /^(?:(?:how (?:do|can|should|long|much|many|would)|what (?:is|are|do|should|happens)|when (?:will|can|is|are)|where (?:is|are|can|do)|who (?:is|can|do)|why (?:is|are|does|do)|which|can (?:you|we|i|someone)|could (?:you|we|i|someone)|would (?:you|it)|will (?:you|it|this)|is (?:it|there|this)|are (?:there|you|we)|do (?:you|we|i)|does|should (?:i|we)|may i|any idea|wie (?:kann|können|lange|viel|geht)|was (?:ist|kostet|muss|soll|können)|wann|wo (?:ist|finde|kann)|wer (?:ist|kann)|warum|weshalb|welche[rsnm]?|können sie|könnten sie|könnt ihr|kannst du|gibt es|haben sie|ist es möglich|muss ich|soll(?:en|te)? (?:ich|wir)|comment|quand|pourquoi|pouvez-vous|pourriez-vous|est-ce que|peut-on|cómo|cuándo|por qué|pueden|podrían|hoe|wanneer|waarom|kunt u|kunnen jullie|is het mogelijk)) /iu;

/** What the client asked, in their words, in order. */
export function findQuestions(sentences: readonly string[]): readonly string[] {
  const found: string[] = [];
  for (const sentence of sentences) {
    if (found.length === MOST_QUESTIONS) break;
    if (/^https?:\/\/\S+$/.test(sentence) || sentence.length > LONGEST_QUESTION) continue;
    const marked = /\?["'”)]*$/u.test(sentence);
    // "2. Could Femi get a second monitor?": the number is the list's.
    const question = sentence.replace(/^\d{1,2}[.)]\s+/, "");
    if ((marked || OPENERS.test(question)) && !found.includes(question)) found.push(question);
  }
  return found;
}

/**
 * What the desk must know before it can act and the client has not said, in the client's language where the rule has it.
 * A rule's asks are for its own type: who asks for a new VPN has no error message to quote. Those of the general rule are for a mail
 * that says next to nothing.
 */
export function findMissing(
  evidence: Evidence,
  rule: Rule,
  type: TicketType,
  language: string,
  attachments: readonly { readonly contentType: string }[] = [],
): readonly string[] {
  if (rule.category === GENERAL ? !saysNothing(evidence, attachments) : type !== rule.type) return [];
  const answered = evidence.answered(rule);
  return rule.asks
    .filter((_, index) => !answered.has(index))
    .map(({ need }) => need[language] ?? need["en"] ?? "")
    .filter((need) => need !== "");
}

/** Words of subject and text up to which a mail may say nothing that anybody could act on: “It is not working again”. */
const FEW_WORDS = 12;

/** A picture shows what somebody sees; a document or an invitation is the matter itself, and for a person to open. */
const saysNothing = (
  { words, rules, letter }: Evidence,
  attachments: readonly { readonly contentType: string }[],
): boolean =>
  words.length <= FEW_WORDS &&
  rules.length === 0 &&
  attachments.every(({ contentType }) => /^image\//i.test(contentType)) &&
  findQuestions(letter.sentences).length === 0;
