import type { Phrases } from "./languages.ts";
import { sentencesOf } from "./letter.ts";

interface Redrafted {
  readonly body: string;
  /** A sentence for each part of the instruction that was not carried out, or that needs a look. */
  readonly notDone: readonly string[];
}

const LANGUAGES: readonly (readonly [string, string])[] = [
  ["en", "english|englisch|anglais|inglés|engels"],
  ["de", "german|deutsch|allemand|alemán|duits"],
  ["fr", "french|französisch|français|francés|frans"],
  ["es", "spanish|spanisch|espagnol|español|spaans"],
  ["nl", "dutch|niederländisch|néerlandais|nederlands"],
  ["it", "italian|italienisch|italiano"],
  ["pt", "portuguese|portugiesisch|português"],
  ["pl", "polish|polnisch|polski"],
];

/** ISO 639-1 where the instruction asks for another language, else `null`. */
export function languageAskedFor(instruction: string): string | null {
  for (const part of partsOf(instruction)) {
    if (part.length > 60) continue;
    for (const [code, names] of LANGUAGES) {
      const asked = new RegExp(
        `(?:^|\\s)(?:in|into|to|auf|ins|en|use)\\s+(?:${names})(?=$|[\\s.,])|^(?:${names})(?:,? (?:please|bitte))?[.]?$`,
        "iu",
      );
      if (asked.test(part) && !SAY.test(part) && !ASK.test(part) && !ASK_WHAT.test(part)) return code;
    }
  }
  return null;
}

const POLITE = /^(?:please|bitte|and|und|also|auch|can you|could you|kannst du|könntest du)[,\s]+/iu;
const SAY =
  /^(?:say(?: also)?|tell (?:her|him|them|the client|the customer|[A-ZÄÖÜ]\p{L}+)|add(?: this)?|mention|include|write|note|schreib(?:e)?(?: (?:ihm|ihr|ihnen|dazu|noch))?|sag(?:e)?(?: (?:ihm|ihr|ihnen))?|ergänze?|erwähne?|füge? hinzu)(?::|,)?\s+(?:that\s+|dass\s+|:\s*)?(.+)$/isu;
const ASK =
  /^(?:ask (?:[A-ZÄÖÜ]\p{L}+ )*(?:for|about)?|request|frag(?:e)?(?: (?:ihn|sie|auch|den kunden))*(?: nach)?|bitte um|erfrage?)(?::)?\s+(.+)$/isu;
/** “Ask which printer it is” has no “for”. */
const ASK_WHAT =
  /^(?:ask|frag(?:e)?)(?: (?:her|him|them|the (?:client|customer|user)|ihn|sie|den kunden|die kundin))?[:,]?\s+((?:which|whether|what|when|where|who|how|if|why|since when|ob|welche[rsnm]?|wann|wo|wer|wie|was|warum|seit wann)\s.+)$/isu;
const SHORTER =
  /^(?:make (?:it|this|the (?:draft|reply|text)) )?(?:(?:much|a bit|a little|bitte|etwas|viel) )*(?:shorter|shorten(?: (?:it|this))?|briefer|brief|more concise|kürzer|kürzen|knapper)\b.{0,20}$/iu;
const REMOVE =
  /^(?:remove|delete|drop|leave out|take out|without|skip|streiche?|entferne?|lösche?|ohne|lass(?:e)?)\s+(.+?)(?:\s+weg)?$/isu;
const REPLACE =
  /^(?:replace|change|ersetze?)\s+["'“„](.+?)["'”“]\s+(?:with|by|to|durch|mit)\s+["'“„](.+?)["'”“]$/isu;
/** What is asked of the draft, not said to the client. */
const ABOUT_THE_DRAFT =
  /^(?:make|be|use|rewrite|rephrase|change|replace|translate|format|fix|correct|keep|start|end|sound|try|put|move|don't|do not|no |more|less|too|nicer|friendlier|simpler|a |an |the |mach|formulier|sei|nutze|verwende|schreib|übersetze|korrigier|nicht|weniger|mehr|zu |freundlicher|höflicher)/iu;
const TO_THE_CLIENT =
  /(?:^|[\s,])(?:you|your|we|we've|we'll|our|sie|ihr|ihre[nmrs]?|ihnen|wir|uns|unser[em]?)(?=$|[\s,.])/iu;

/**
 * Carries out what a technician asked to change, on the text that they saw. What it cannot do is said, never guessed: a
 * part that reads as a sentence to the client is put in, all else leaves the text alone.
 */
export function redraft(input: {
  readonly instruction: string;
  readonly previous: string;
  readonly phrases: Pick<Phrases, "ask">;
}): Redrafted {
  let body = input.previous;
  const notDone: string[] = [];
  const refuse = (part: string): void => {
    notDone.push(`Not carried out: “${part}”. Write “say: …” with the sentence you want, or edit the draft.`);
  };
  for (const part of partsOf(input.instruction)) {
    const replaced = REPLACE.exec(part);
    const asked = (ASK_WHAT.exec(part) ?? ASK.exec(part))?.[1];
    const said = SAY.exec(part)?.[1];
    const removed = REMOVE.exec(part)?.[1];
    if (languageAskedFor(part) !== null) continue;
    if (SHORTER.test(part)) {
      const shorter = shorten(body);
      if (shorter === body)
        notDone.push("The draft was not shortened: there is nothing left out that it could do without.");
      body = shorter;
    } else if (replaced?.[1] !== undefined && replaced[2] !== undefined) {
      if (body.includes(replaced[1])) body = body.replace(replaced[1], () => replaced[2] ?? "");
      else refuse(part);
    } else if (asked !== undefined)
      body = withQuestion(body, unquoted(asked).replace(/^(?:der|dem|den)\s+/iu, ""), input.phrases);
    else if (
      said !== undefined &&
      !/^(?:a|an|some|one|more|eine?n?|etwas|mehr)\s+(?:\S+\s+)?(?:line|sentence|note|word|paragraph|details?|satz|zeile|hinweis|absatz)/iu.test(
        said,
      )
    ) {
      body = withSentence(body, sentence(unquoted(said)));
    } else if (removed !== undefined) {
      const without = withoutPart(body, unquoted(removed));
      if (without === body) refuse(part);
      body = without;
    } else if (!ABOUT_THE_DRAFT.test(part) && TO_THE_CLIENT.test(part) && part.split(/\s+/).length >= 4) {
      body = withSentence(body, sentence(unquoted(part)));
      notDone.push(`“${part}” was put in as a sentence to the client; check that this is what you meant.`);
    } else refuse(part);
  }
  return { body, notDone };
}

/** Instructions one by one: on lines, behind semicolons, and where "and" begins a new one. Quotes are kept whole. */
function partsOf(instruction: string): readonly string[] {
  return instruction
    .slice(0, 4000)
    .split(
      /\n+|;\s+|(?:,|(?<![^\S\n]))\s+(?:and|und)\s+(?=(?:ask|say|add|tell|mention|make it|remove|leave out|frag|sag|schreib|ergänz|streich|entfern)\b)|(?<=\.)\s+(?=(?:ask|say|add|tell|mention|make it|remove|leave out|frag|sag|schreib|ergänz|streich|entfern)\b)/iu,
    )
    .map((part) => {
      let rest = part.trim();
      while (POLITE.test(rest) && !/^bitte um\b/iu.test(rest)) rest = rest.replace(POLITE, "");
      return rest.replace(/[,;]$/, "").trim();
    })
    .filter((part) => part !== "");
}

function unquoted(text: string): string {
  const bare = text.trim();
  const quoted = /^["“„'](.+)["”“']\.?$/su.exec(bare);
  return (quoted?.[1] ?? bare).trim();
}

function sentence(text: string): string {
  const first = text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[.!?:]$/.test(first) ? first : `${first}.`;
}

const paragraphsOf = (body: string): string[] => body.split(/\n{2,}/);
const isBullets = (paragraph: string): boolean => paragraph.startsWith("- ");
const isList = (paragraph: string): boolean => /^(?:- |\d{1,2}[.)] )/.test(paragraph);

/** Behind the line that shows that the mail was understood: news stands before steps and questions. */
function withSentence(body: string, added: string): string {
  const paragraphs = paragraphsOf(body);
  const at = paragraphs.length >= 4 ? 2 : Math.max(paragraphs.length - 1, 0);
  // Never between a list and the line that opens it.
  const place = isList(paragraphs[at] ?? "") ? at - 1 : at;
  paragraphs.splice(Math.max(place, 0), 0, added);
  return paragraphs.join("\n\n");
}

function withQuestion(body: string, asked: string, { ask }: Pick<Phrases, "ask">): string {
  const item = `- ${asked.replace(/[.?]$/, "")}`;
  const paragraphs = paragraphsOf(body);
  const list = paragraphs.findLastIndex(isBullets);
  if (list !== -1) paragraphs[list] = `${paragraphs[list] ?? ""}\n${item}`;
  else {
    const at = Math.max(paragraphs.length - 1, 0);
    paragraphs.splice(at, 0, ask, item);
  }
  return paragraphs.join("\n\n");
}

/** “We are happy to help with that” says nothing once the sentence before it is gone. */
const POINTS_BACK =
  /\b(?:with that|after it|into it|of the accounts)\b|^(?:darum|dabei|wir sehen uns das)\b/iu;

/** Greeting, the first sentence, lists with the line that opens them, signature. */
function shorten(body: string): string {
  const paragraphs = paragraphsOf(body);
  const last = paragraphs.length - 1;
  const kept = paragraphs.flatMap((paragraph, at) => {
    if (at === 0 || at === last || isList(paragraph)) return [paragraph];
    if (isList(paragraphs[at + 1] ?? "")) return [sentencesOf(paragraph).at(-1) ?? paragraph];
    if (at !== 1) return [];
    // The sentence that shows that the mail was understood, rather than the thanks before it.
    const sentences = sentencesOf(paragraph);
    const telling = sentences.find(
      (one) =>
        !/^(?:thank|vielen dank|danke|merci|gracias|grazie|bedankt)/iu.test(one) && !POINTS_BACK.test(one),
    );
    return [telling ?? sentences[0] ?? paragraph];
  });
  return kept.join("\n\n");
}

/** Numbered steps with the line that opens them, or the sentences that hold the words. Greeting and signature stay. */
function withoutPart(body: string, words: string): string {
  const paragraphs = paragraphsOf(body);
  const last = paragraphs.length - 1;
  const list = /^(?:the |die |all |alle )?(?:steps|article|instructions|schritte|anleitung|artikel)$/iu.test(
    words,
  )
    ? (paragraph: string) => /^\d{1,2}[.)] /.test(paragraph)
    : /^(?:the |die |all |alle )?(?:questions?|fragen?)$/iu.test(words)
      ? isBullets
      : null;
  if (list !== null) {
    return paragraphs
      .filter((paragraph, at) => !list(paragraph) && !list(paragraphs[at + 1] ?? ""))
      .join("\n\n");
  }
  const sought = words
    .replace(
      /^(?:the |that |den |die |das )?(?:sentence|line|part|bit|satz|zeile|teil)?\s*(?:about|with|über|mit)?\s*(?:the |den |die |das )?/iu,
      "",
    )
    .toLowerCase();
  if (sought.length < 4) return body;
  return paragraphs
    .map((paragraph, at) => {
      if (at === 0 || at === last || !paragraph.toLowerCase().includes(sought)) return paragraph;
      const lines = isList(paragraph) ? paragraph.split("\n") : sentencesOf(paragraph);
      const rest = lines.filter((line) => !line.toLowerCase().includes(sought));
      return rest.join(isList(paragraph) ? "\n" : " ");
    })
    .filter((paragraph) => paragraph !== "")
    .join("\n\n");
}
