import type { Triage } from "../../desk/triage.ts";
import { ticketReference } from "../../desk/ticket.ts";
import { canonicalSubject } from "../../mail/subject.ts";
import type { ClientTemplateVariables, TemplateSet } from "../../templates.ts";
import type { DraftRequest, ProposedDraft } from "../engine.ts";
import { answerQuestions } from "./answers.ts";
import { rounded } from "./confidence.ts";
import { greetingName } from "./greeting.ts";
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

/** Which template, in which language; `exact` is false where the category's or the language's own is missing. */
interface Chosen {
  readonly name: string;
  readonly language: string;
  readonly exact: boolean;
  /** Identity and security: nothing of it may be changed. */
  readonly fixed: boolean;
}

/** Drafts from templates alone: each sentence is the template's, the article's, or flagged as having no source. */
export function createDrafter(parts: {
  readonly rules: Pick<RuleTable, "rules">;
  readonly templates: Templates;
}): (request: DraftRequest) => Promise<ProposedDraft> {
  const ruleOf = new Map(parts.rules.rules.map((rule) => [rule.category, rule]));
  return (request) =>
    Promise.resolve(draft(parts.templates, ruleOf.get(request.triage.category.value), request));
}

function draft(templates: Templates, rule: Rule | undefined, request: DraftRequest): ProposedDraft {
  const { triage } = request;
  const asked = request.redraft === null ? null : languageAskedFor(request.redraft.instruction);
  const wanted = asked ?? triage.language.value;
  const base = baseTemplate(request, rule);
  const chosen = choose(templates, base, wanted);
  const article = chosen.fixed ? null : articleFor(triage.articles, chosen.language);
  const variables = variablesOf(request, chosen.language, article?.shown ?? null, rule);
  const answered = answerQuestions({
    questions: triage.questions,
    body: numbered(tidy(templates.render(chosen.name, variables)), article?.shown.steps ?? []),
    template: chosen.name,
    language: chosen.language,
    fixed: chosen.fixed,
    shown: article?.shown ?? null,
    articles: triage.articles,
  });
  const fresh = answered.body;
  const warnings: string[] = [];
  if (chosen.language !== wanted) {
    warnings.push(
      `There is no template in the client's language (${wanted}); the draft is in "${chosen.language}".`,
    );
  }

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
        language: chosen.language,
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

/** The category's template in the language, else the general one in it, else the category's in English. */
function choose(templates: Templates, base: string, language: string): Chosen {
  const fixed = isFixedTemplate(base);
  const own = nameIn(base, language);
  if (templates.has(own)) return { name: own, language, exact: true, fixed };
  const general = nameIn(GENERAL_TEMPLATE, language);
  if (!fixed && language !== "en" && templates.has(general)) {
    return { name: general, language, exact: false, fixed };
  }
  const english = templates.has(base) ? base : fixed ? fixedInstead(base) : GENERAL_TEMPLATE;
  return { name: english, language: "en", exact: false, fixed };
}

/** A fixed text that is missing must not become a general one; rendering names what is missing. */
const fixedInstead = (base: string): string =>
  base.startsWith("client/security-") && base !== SECURITY_TEMPLATE ? SECURITY_TEMPLATE : base;

function nameIn(base: string, language: string): string {
  return language === "en" ? base : `${base}.${language}`;
}

function variablesOf(
  { triage, message, context, ticketNumber, signature }: DraftRequest,
  language: string,
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
    greetingName: greetingName(greeting, language),
    subject: tellingSubject(canonicalSubject(message.subject)),
    ticketNumber,
    reference: ticketReference(ticketNumber),
    clientName: context.client?.name ?? "",
    summary: quotable(triage.summary, 140),
    article,
    questions: triage.missing.map((need) => inLanguage(need, rule, language)),
    technicianName: signature.technician,
    deskName: signature.desk,
    outage:
      triage.type.value === "incident" &&
      (duplicates >= 2 || (duplicates === 1 && triage.impact.value !== "low")),
    language,
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
  templates: Templates,
  request: Omit<DraftRequest, "redraft">,
): { readonly template: string; readonly body: string } {
  const language = request.triage.language.value;
  const own = nameIn(ACKNOWLEDGE_TEMPLATE, language);
  const chosen = templates.has(own)
    ? { name: own, language }
    : { name: ACKNOWLEDGE_TEMPLATE, language: "en" };
  const variables = variablesOf({ ...request, redraft: null }, chosen.language, null, undefined);
  return { template: chosen.name, body: tidy(templates.render(chosen.name, variables)) };
}
