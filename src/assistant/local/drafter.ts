import type { Triage } from "../../desk/triage.ts";
import { ticketReference } from "../../desk/ticket.ts";
import { canonicalSubject } from "../../mail/subject.ts";
import { shortened } from "../../review/presentation.ts";
import type { ClientTemplateVariables } from "../../templates.ts";
import type { DraftRequest, ProposedDraft } from "../engine.ts";
import { answerQuestions, showsPassage } from "./answers.ts";
import { rounded } from "./confidence.ts";
import { callWanted } from "./call-wanted.ts";
import { sourcesOf } from "./draft-sources.ts";
import { greetingName, readsNoReplies } from "./greeting.ts";
import { languageToWriteIn } from "./language.ts";
import type { Languages, Phrases } from "./languages.ts";
import { readLetter, type Letter } from "./letter.ts";
import { quotable } from "./quotable.ts";
import { asksOfRecord, deviceMeant, takenForGranted, type DeviceMeant } from "./record.ts";
import { languageAskedFor, redraft } from "./redraft.ts";
import { articleFor } from "./reply-article.ts";
import { notesOn, stepsSpokenOf } from "./ruled-out.ts";
import { MONITORING } from "./alert-evidence.ts";
import { GENERAL } from "./rules.ts";
import type { Ask, Rule, RuleTable } from "./rules.ts";
import {
  ACKNOWLEDGE_TEMPLATE,
  baseTemplate,
  choose,
  languageNote,
  nameIn,
  type Chosen,
  type DraftParts,
} from "./template-choice.ts";
import { wordsOf } from "./words.ts";

/** Drafts from templates alone: each sentence is the template's, the article's, or flagged as having no source. */
export function createDrafter(
  parts: DraftParts & { readonly rules: Pick<RuleTable, "rules"> },
): (request: DraftRequest) => Promise<ProposedDraft> {
  const ruleOf = new Map(parts.rules.rules.map((rule) => [rule.category, rule]));
  return async (request) => {
    const rule = ruleOf.get(request.triage.category.value);
    return draft(parts, rule, request, await deviceOf(request, rule));
  };
}

/** Looked up only where a question, or something that is missing, is of a device: most mails are spared it. */
async function deviceOf(request: DraftRequest, rule: Rule | undefined): Promise<DeviceMeant | null> {
  const { triage, message, context } = request;
  const matters =
    triage.questions.some(asksOfRecord) || triage.missing.some((need) => askOf(need, rule)?.knownByDevice);
  if (!matters) return null;
  const text = [message.subject, message.newText, ...context.earlier].join("\n");
  return deviceMeant({ ...context, text, devices: await context.devices(text) });
}

function draft(
  parts: DraftParts,
  rule: Rule | undefined,
  request: DraftRequest,
  device: DeviceMeant | null,
): ProposedDraft {
  const { triage } = request;
  const { templates, languages } = parts;
  const detect: Languages["detect"] = (words) => languages.detect(words);
  const asked = request.redraft === null ? null : languageAskedFor(request.redraft.instruction);
  const wanted = asked ?? languageToWriteIn(triage.language);
  const base = baseTemplate(request, rule);
  const chosen = choose(parts, base, wanted);
  const { phrases } = chosen;
  const found = chosen.fixed ? null : articleFor(triage.articles, phrases.language, detect);
  const { article, notes } = withoutSpokenOf(found, request);
  const missing = triage.missing.filter(
    (need) => device === null || askOf(need, rule)?.knownByDevice !== true,
  );
  const granted =
    device === null || missing.length === triage.missing.length ? [] : takenForGranted(device, phrases);
  const variables = variablesOf(
    request,
    missing.flatMap((need) => inLanguage(need, rule, phrases.language) ?? []),
    phrases,
    article?.shown ?? null,
  );
  const answered = answerQuestions({
    questions: triage.questions,
    body: numbered(tidy(templates.render(chosen.name, variables)), article?.shown.steps ?? []),
    template: chosen.name,
    phrases,
    detect,
    fixed: chosen.fixed,
    shown: article?.shown ?? null,
    articles: triage.articles,
    device,
    granted,
  });
  const fresh = answered.body;
  const unsaid = missing.filter((need) => inLanguage(need, rule, phrases.language) === null);
  // Of steps that the reply does not show there is nothing to say.
  const shows = article === null || showsPassage(fresh, article.shown);
  const warnings = [
    ...languageNote(request, asked, phrases),
    ...(readsNoReplies(request.context.requester.address)
      ? [
          `Nobody reads replies to ${request.context.requester.address}: write to a person, or reject the draft.`,
        ]
      : []),
    ...(shows ? notes : []),
    ...wantsCall(request, chosen),
    ...(unsaid.length === 0 || chosen.fixed
      ? []
      : [`Not asked for, since the rules have no words for it in ${phrases.name}: ${unsaid.join("; ")}.`]),
  ];

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
  const cited = article !== null && (body.includes(article.shown.title) || showsPassage(body, article.shown));
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

/** Nobody asks or signs behind as many characters. */
const letterOf = (text: string): Letter => readLetter(text.slice(0, 20_000));

/** A reply by mail to somebody who asked to be rung is half an answer; whether anybody rings is for the reviewer to say. */
function wantsCall({ message }: DraftRequest, { fixed }: Chosen): readonly string[] {
  const said = fixed ? null : callWanted(letterOf(message.newText).sentences);
  return said === null
    ? []
    : [`They ask for a call: “${shortened(said, 160)}” The draft does not speak of one.`];
}

type FoundArticle = ReturnType<typeof articleFor>;

/** Without the steps that the client has refused or done; the reviewer is told of those, and of what they may have tried. */
function withoutSpokenOf(
  found: FoundArticle,
  { message, context }: DraftRequest,
): { readonly article: FoundArticle; readonly notes: readonly string[] } {
  if (found === null || found.shown.steps.length === 0) return { article: found, notes: [] };
  const told = [message.newText, ...(context.answered ? [] : context.earlier)];
  const sentences = told.flatMap((text) => letterOf(text).sentences);
  const spoken = stepsSpokenOf(found.shown.steps, sentences);
  const left = new Set(spoken.filter((one) => one.how !== "perhaps-done").map((one) => one.step));
  const steps = found.shown.steps.filter((step) => !left.has(step));
  return {
    article: steps.length === 0 ? null : { ...found, shown: { ...found.shown, steps } },
    notes: notesOn(spoken),
  };
}

function variablesOf(
  { triage, message, context, ticketNumber, signature }: DraftRequest,
  asked: readonly string[],
  phrases: Phrases,
  article: ClientTemplateVariables["article"],
): ClientTemplateVariables {
  const duplicates = triage.related.filter((ticket) => ticket.relation === "duplicate").length;
  const machine = triage.category.value === MONITORING || readsNoReplies(context.requester.address);
  const greeting = {
    contact: context.contact?.name ?? "",
    // A program's name is no person's: "Hi Veeam".
    displayName: machine ? "" : context.requester.name,
    signedBy: letterOf(message.newText).signedBy,
  };
  return {
    greetingName: greetingName(greeting, phrases),
    subject: tellingSubject(canonicalSubject(message.subject)),
    ticketNumber,
    reference: ticketReference(ticketNumber),
    clientName: context.client?.name ?? "",
    summary: quotable(triage.summary, 140),
    article,
    questions: asked,
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
    "urgente ayuda hola consulta vraag hulp test a quick kurze eine the new screenshot screenshots image photo picture bildschirmfoto capture complaint beschwerde reklamation réclamation reclamación queja klacht reclamo reclamação"
  ).split(" "),
);

const askOf = (need: string, rule: Rule | undefined): Ask | undefined =>
  rule?.asks.find((one) => Object.values(one.need).includes(need));

/** What is missing, in the language of the reply; `null` where the rules have no words for it: half a list in English is worse. */
function inLanguage(need: string, rule: Rule | undefined, language: string): string | null {
  const ask = askOf(need, rule);
  return ask === undefined ? need : (ask.need[language] ?? null);
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
  const language = languageToWriteIn(request.triage.language);
  const own = nameIn(ACKNOWLEDGE_TEMPLATE, language);
  const phrases = parts.templates.has(own) ? parts.languages.phrasesOf(language) : null;
  const template = phrases === null ? ACKNOWLEDGE_TEMPLATE : own;
  const variables = variablesOf(
    { ...request, redraft: null },
    request.triage.missing,
    phrases ?? parts.languages.english,
    null,
  );
  return { template, body: tidy(parts.templates.render(template, variables)) };
}
