import type { Triage } from "../../desk/triage.ts";
import { ticketReference } from "../../desk/ticket.ts";
import { canonicalSubject } from "../../mail/subject.ts";
import type { ClientTemplateVariables, TemplateSet } from "../../templates.ts";
import type { DraftRequest, ProposedDraft } from "../engine.ts";
import { answerQuestions } from "./answers.ts";
import { rounded } from "./confidence.ts";
import { greetingName } from "./greeting.ts";
import { languageInWords, type Languages, type Phrases } from "./languages.ts";
import { readLetter } from "./letter.ts";
import { sourcesOf } from "./draft-sources.ts";
import { quotable } from "./quotable.ts";
import { languageAskedFor, redraft } from "./redraft.ts";
import { articleFor } from "./reply-article.ts";
import { GENERAL } from "./rules.ts";
import type { Rule, RuleTable } from "./rules.ts";
import { wordsOf } from "./words.ts";

type Templates = Pick<TemplateSet, "has" | "render">;

export const GENERAL_TEMPLATE = "client/general";
export const ACKNOWLEDGE_TEMPLATE = "client/acknowledge";
export const REQUEST_TEMPLATE = "client/request";
export const FOLLOW_UP_TEMPLATE = "client/follow-up";
/** The only text that answers a request for access or about bank details by mail: we call back on the number that we hold. */
export const CALL_BACK_TEMPLATE = "client/identity-callback";
export const SECURITY_TEMPLATE = "client/security-incident";

/** Identity and security: a text that stays as it is, in each of its languages. */
export const isFixedTemplate = (name: string): boolean =>
  name === CALL_BACK_TEMPLATE ||
  name.startsWith(`${CALL_BACK_TEMPLATE}.`) ||
  name.startsWith("client/security-");

/** What drafts are made of. */
export interface DraftParts {
  readonly templates: Templates;
  readonly languages: Languages;
}

/** Which template, in which language; `exact` is false where the category's or the language's own is missing. */
interface Chosen {
  readonly name: string;
  readonly phrases: Phrases;
  readonly exact: boolean;
  /** Identity and security: nothing of it may be changed. */
  readonly fixed: boolean;
}

/** Drafts from templates alone: each sentence is the template's, the article's, or flagged as having no source. */
export function createDrafter(
  parts: DraftParts & { readonly rules: Pick<RuleTable, "rules"> },
): (request: DraftRequest) => Promise<ProposedDraft> {
  const ruleOf = new Map(parts.rules.rules.map((rule) => [rule.category, rule]));
  return (request) => Promise.resolve(draft(parts, ruleOf.get(request.triage.category.value), request));
}

function draft(parts: DraftParts, rule: Rule | undefined, request: DraftRequest): ProposedDraft {
  const { triage } = request;
  const { templates, languages } = parts;
  const detect: Languages["detect"] = (words) => languages.detect(words);
  const asked = request.redraft === null ? null : languageAskedFor(request.redraft.instruction);
  const wanted = asked ?? languageOf(triage);
  const base = baseTemplate(request, rule);
  const chosen = choose(parts, base, wanted);
  const { phrases } = chosen;
  const article = chosen.fixed ? null : articleFor(triage.articles, phrases.language, detect);
  const variables = variablesOf(request, phrases, article?.shown ?? null, rule);
  const answered = answerQuestions({
    questions: triage.questions,
    body: numbered(tidy(templates.render(chosen.name, variables)), article?.shown.steps ?? []),
    template: chosen.name,
    phrases,
    detect,
    fixed: chosen.fixed,
    shown: article?.shown ?? null,
    articles: triage.articles,
  });
  const fresh = answered.body;
  const warnings = [...languageNote(request, asked, phrases)];

  let body = fresh;
  if (request.redraft !== null) {
    if (chosen.fixed) {
      warnings.push(
        "The text for identity requests and security incidents stays as it is: the change was not made.",
      );
    } else {
      const { instruction, previous } = request.redraft;
      const changed = redraft({
        instruction,
        previous: asked === null ? tidy(previous) : fresh,
        phrases,
      });
      body = changed.body;
      warnings.push(...changed.notDone);
    }
  }
  const cited =
    article !== null && mentions(body, article.shown.title, [...article.shown.steps, article.shown.excerpt]);
  return {
    template: chosen.name,
    body,
    articleIds: [...new Set([...(cited ? [article.id] : []), ...answered.articleIds])],
    ...sourcesOf(body, {
      fresh,
      template: chosen.name,
      article: article?.shown ?? null,
      answers: answered.sources,
    }),
    questions: answered.questions,
    warnings,
    confidence: confidenceOfDraft(triage, chosen, request.redraft !== null),
  };
}

function baseTemplate({ triage, context }: DraftRequest, rule: Rule | undefined): string {
  const ofCategory = rule?.template ?? GENERAL_TEMPLATE;
  const risk = (kind: string): boolean => triage.risks.some((one) => one.kind === kind);
  if (ofCategory.startsWith("client/security-")) return ofCategory;
  if (ofCategory === CALL_BACK_TEMPLATE || risk("identity") || risk("payment")) return CALL_BACK_TEMPLATE;
  if (triage.type.value === "security-incident" || risk("security")) return SECURITY_TEMPLATE;
  // A second "thank you for letting us know" reads as if nobody had read the first mail.
  if (context.answered) return FOLLOW_UP_TEMPLATE;
  // "Your VPN is giving you trouble" is wrong for somebody who asks for a new one.
  const type = triage.type.value;
  if (rule?.type !== "incident" || type === "incident") return ofCategory;
  return type === "question" ? GENERAL_TEMPLATE : REQUEST_TEMPLATE;
}

/** A language is taken for the client's where the finding is this sure; below it a guess was mostly wrong. */
const SURE_OF_LANGUAGE = 0.5;

/** English where the finding is no more than a guess: better than an answer in a third language. */
const languageOf = ({ language }: Triage): string =>
  language.confidence < SURE_OF_LANGUAGE ? "en" : language.value;

/** What the reviewer must know of the draft's language, and why it is that. */
function languageNote(
  { triage: { language }, message }: DraftRequest,
  asked: string | null,
  phrases: Phrases,
): readonly string[] {
  const wrote = asked ?? language.value;
  if (phrases.language === wrote && (wrote !== "en" || asked !== null)) return [];
  if (asked !== null || language.confidence >= SURE_OF_LANGUAGE)
    return phrases.language === wrote
      ? []
      : [
          `There is no template in ${asked === null ? "the client's language" : "that language"}, ${languageInWords(wrote)}: the draft is in ${phrases.name}.`,
        ];
  if (wrote !== "en")
    return [
      `The client's language could not be told for sure, perhaps ${languageInWords(wrote)}: the draft is in ${phrases.name}.`,
    ];
  // Not one common word of a known language, and letters that English has not.
  return /[\u00c0-\u024f]/.test(message.newText) && message.newText.split(/\s+/).length >= LETTER
    ? [`The client's language could not be told: the draft is in ${phrases.name}.`]
    : [];
}

/** Words from which on a text should show its language. */
const LETTER = 8;

/** The category's template in the language, else the general one in it, else the category's in English. */
function choose({ templates, languages }: DraftParts, base: string, language: string): Chosen {
  const fixed = isFixedTemplate(base);
  const phrases = languages.phrasesOf(language);
  const own = nameIn(base, language);
  if (phrases !== null && templates.has(own)) return { name: own, phrases, exact: true, fixed };
  const general = nameIn(GENERAL_TEMPLATE, language);
  if (phrases !== null && !fixed && language !== "en" && templates.has(general)) {
    return { name: general, phrases, exact: false, fixed };
  }
  const english = templates.has(base) ? base : fixed ? fixedInstead(base) : GENERAL_TEMPLATE;
  return { name: english, phrases: languages.english, exact: false, fixed };
}

/** A fixed text that is missing must not become a general one; rendering names what is missing. */
const fixedInstead = (base: string): string =>
  base.startsWith("client/security-") && base !== SECURITY_TEMPLATE ? SECURITY_TEMPLATE : base;

function nameIn(base: string, language: string): string {
  return language === "en" ? base : `${base}.${language}`;
}

function variablesOf(
  { triage, message, context, ticketNumber, signature }: DraftRequest,
  phrases: Phrases,
  article: ClientTemplateVariables["article"],
  rule: Rule | undefined,
): ClientTemplateVariables {
  const duplicates = triage.related.filter((ticket) => ticket.relation === "duplicate").length;
  const greeting = {
    contact: context.contact?.name ?? "",
    displayName: context.requester.name,
    signedBy: readLetter(message.newText.slice(0, 20_000)).signedBy,
  };
  return {
    greetingName: greetingName(greeting, phrases),
    subject: tellingSubject(canonicalSubject(message.subject)),
    ticketNumber,
    reference: ticketReference(ticketNumber),
    clientName: context.client?.name ?? "",
    summary: quotable(triage.summary, 140),
    article,
    questions: triage.missing.map((need) => inLanguage(need, rule, phrases.language)),
    technicianName: signature.technician,
    deskName: signature.desk,
    outage:
      triage.type.value === "incident" &&
      (duplicates >= 2 || (duplicates === 1 && triage.impact.value !== "low")),
    fault: triage.type.value === "incident",
    language: phrases.language,
  };
}

/** "" for a subject that says nothing: a reply about "Question" reads as if nobody had looked. */
function tellingSubject(subject: string): string {
  const quoted = quotable(subject, 80);
  return wordsOf(quoted).every((word) => VAGUE.has(word.text)) ? "" : quoted;
}

const VAGUE = new Set(
  (
    "question questions query help hello hi hey problem problems issue issues urgent support ticket request please asap it none no " +
    "subject frage fragen hilfe hallo problem probleme dringend anfrage bitte eilt wichtig important probleme question aide bonjour " +
    "urgente ayuda hola consulta vraag hulp test a quick kurze eine the new"
  ).split(" "),
);

/** What is missing, in the language of the reply: the mail's may be another. */
function inLanguage(need: string, rule: Rule | undefined, language: string): string {
  const ask = rule?.asks.find((one) => Object.values(one.need).includes(need));
  return ask?.need[language] ?? ask?.need["en"] ?? need;
}

/** One blank line between paragraphs; the desk's name once where no technician is known. */
function tidy(text: string): string {
  const lines = text
    .replaceAll(/\r\n?/g, "\n")
    .split("\n")
    .map((line) => line.trimEnd());
  const last = lines.findLastIndex((line) => line !== "");
  const kept = lines
    .slice(0, last + 1)
    .filter((line, at) => at !== last || at === 0 || line !== lines[at - 1]);
  return kept
    .join("\n")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim();
}

/** A template can only print dashes; steps that come one after another read better, and are spoken of, by number. */
function numbered(body: string, steps: readonly string[]): string {
  let next = 0;
  return body
    .split("\n")
    .map((line) => {
      if (next >= steps.length || line !== `- ${steps[next] ?? ""}`) return line;
      next += 1;
      return `${next}. ${line.slice(2)}`;
    })
    .join("\n");
}

function mentions(body: string, title: string, passages: readonly string[]): boolean {
  return body.includes(title) || passages.some((passage) => passage !== "" && body.includes(passage));
}

function confidenceOfDraft(triage: Triage, chosen: Chosen, redrafted: boolean): number {
  const general = triage.category.value === GENERAL || !chosen.exact;
  const sure = general ? Math.min(0.4, triage.category.confidence) : triage.category.confidence;
  return rounded(redrafted ? Math.min(sure, 0.5) : sure);
}

/** "We have your mail, and this is its number": the one text that a policy may send before anybody has read the mail. */
export function acknowledge(
  parts: DraftParts,
  request: Omit<DraftRequest, "redraft">,
): { readonly template: string; readonly body: string } {
  const language = languageOf(request.triage);
  const own = nameIn(ACKNOWLEDGE_TEMPLATE, language);
  const phrases = parts.templates.has(own) ? parts.languages.phrasesOf(language) : null;
  const template = phrases === null ? ACKNOWLEDGE_TEMPLATE : own;
  const variables = variablesOf(
    { ...request, redraft: null },
    phrases ?? parts.languages.english,
    null,
    undefined,
  );
  return { template, body: tidy(parts.templates.render(template, variables)) };
}
