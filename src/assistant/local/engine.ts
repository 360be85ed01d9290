import { createHash } from "node:crypto";
import type { Triage } from "../../desk/triage.ts";
import type { ParsedMessage } from "../../mail/message.ts";
import { canonicalSubject } from "../../mail/subject.ts";
import type { TemplateSet } from "../../templates.ts";
import type { Engine, TriageContext } from "../engine.ts";
import { withAlert } from "./alert-evidence.ts";
import { alertOf } from "./alert.ts";
import { NOTHING_MATCHED, rounded } from "./confidence.ts";
import { acknowledge, createDrafter } from "./drafter.ts";
import { EvidenceReader } from "./evidence.ts";
import { exampleOf } from "./example-of.ts";
import { findImpact, findQueue, findSentiment, findType, findUrgency } from "./findings.ts";
import { findArticles, findRelated, lookUpQuery } from "./knowledge.ts";
import type { Languages } from "./languages.ts";
import { readLetter } from "./letter.ts";
import { askModels } from "./learned.ts";
import type { FieldModels } from "./learned.ts";
import { learnedCategory, learnedLevel, learnedQueue, learnedType } from "./learned-findings.ts";
import type { LearnedCategory } from "./learned-findings.ts";
import { findMissing, findQuestions } from "./questions.ts";
import { whyUnreadable } from "./readable.ts";
import { findRisks } from "./risks.ts";
import { GENERAL } from "./rules.ts";
import type { Rule, RuleTable } from "./rules.ts";
import { summarise } from "./summary.ts";
import { cluesOf, viewOf, type Clues } from "../spam/clues/clues.ts";
import { findDeceptions, withDeceptions } from "../spam/deceptions.ts";
import { findSpam } from "../spam/find-spam.ts";
import { passedOnFraud } from "../spam/passed-on-fraud.ts";

/**
 * The assistant without a key or a network: a table of rules, a folder of templates, and what was learned from decisions.
 * It never throws on what a message holds; the look-ups that are handed in may, and that reaches the caller.
 */
export function createLocalEngine(parts: {
  readonly rules: RuleTable;
  readonly templates: Pick<TemplateSet, "has" | "render">;
  readonly languages: Languages;
  /** By field, see `LEARNED_FIELDS`. They may go on learning meanwhile; without them the table's word stands alone. */
  readonly models?: FieldModels;
}): Engine {
  const reading: Reading = {
    rules: parts.rules,
    ruleOf: new Map(parts.rules.rules.map((rule) => [rule.category, rule])),
    reader: new EvidenceReader(parts.rules),
    models: parts.models ?? new Map(),
    languages: parts.languages,
    version: versionOf(parts.rules),
  };
  return {
    name: "local",
    triage: (message, context) => triage(reading, message, context),
    draft: createDrafter(parts),
    acknowledge: (request) => acknowledge(parts, request),
  };
}

interface Reading {
  readonly rules: RuleTable;
  readonly ruleOf: ReadonlyMap<string, Rule>;
  readonly reader: EvidenceReader;
  readonly models: FieldModels;
  readonly languages: Languages;
  readonly version: string;
}

/** The admin's name for the table, and a short hash of what it holds: two tables are never mistaken for one. */
function versionOf(rules: RuleTable): string {
  return `${rules.version}-${createHash("sha256").update(JSON.stringify(rules)).digest("hex").slice(0, 8)}`;
}

/** How much the models had learned: two findings of one version rest on the same. */
function learnedVersion(models: FieldModels): string {
  const decisions = [...models.values()].reduce((sum, model) => sum + model.decisions, 0);
  return models.size === 0 ? "" : `+${decisions}`;
}

async function triage(reading: Reading, message: ParsedMessage, context: TriageContext): Promise<Triage> {
  const { rules, ruleOf, reader, models } = reading;
  const alert = alertOf(message);
  const read = reader.read(told(message, context), canonicalSubject(message.subject), context.earlier);
  const evidence = withAlert(read, alert, rules);
  const learned = models.size === 0 ? new Map() : askModels(models, exampleOf(message, context, evidence));
  const language = reading.languages.detect(evidence.words);
  const unreadable = whyUnreadable(message, evidence);
  const found = learnedCategory(evidence, learned, (category) => ruleOf.get(category));
  const questions = findQuestions(evidence.letter.sentences);
  const known = context.client !== null || context.contact !== null;
  const authentication = context.authentication ?? null;
  const view = viewOf(message);
  const deceptions = findDeceptions(message, context.client, authentication, view);
  const fraud = passedOnFraud(deceptions, known, rules.rules);
  const category = fraud?.category ?? (unreadable === null ? found.category : unknownCategory(unreadable));
  const rule = fraud?.rule ?? (unreadable === null ? found.rule : evidence.general);
  const risks = withDeceptions(
    findRisks(message, context.client, evidence, rule, likelyRules(found, ruleOf)),
    deceptions,
    known,
  );
  const query = lookUpQuery(evidence);
  const [articles, related] = await Promise.all([
    findArticles(evidence, query, context),
    findRelated(query, context),
  ]);
  const type = fraud?.type ?? learnedType(findType(evidence, rule, questions), rule, learned);
  return {
    type: { ...type, confidence: rounded(Math.min(type.confidence, Math.max(category.confidence, 0.4))) },
    category,
    impact: learnedLevel("impact", findImpact(evidence, rule, related), learned),
    urgency:
      alert?.state === "recovery" ? OVER : learnedLevel("urgency", findUrgency(evidence, rule), learned),
    spam: findSpam(evidence, {
      known,
      list: message.automatic.verdict === "list",
      links: evidence.words.filter((word) => word.kind === "link").length,
      risks,
      deceptions,
      // A known client's mail is not judged by its making, so that most mails are spared the look.
      clues: known ? [] : allClues(cluesOf(message, authentication, view)),
      learned: learned.get("spam") ?? null,
    }),
    sentiment: findSentiment(evidence),
    language,
    queue: learnedQueue(findQueue(rule, category, context.queues), context.queues, learned),
    risks,
    related,
    articles,
    questions,
    missing: findMissing(evidence, rule, type.value, language.value),
    summary: summarise(evidence),
    engine: "local",
    version: reading.version + learnedVersion(models),
  };
}

/**
 * What is to be answered: where the desk has not written yet, “forgot to say …” belongs to the mail before it, and the reply answers
 * both. The newest comes first, each without its greeting and signature.
 */
function told(
  message: ParsedMessage,
  { answered, earlier }: TriageContext,
): Pick<ParsedMessage, "newText" | "attachments"> {
  if (answered || earlier.length === 0) return message;
  const texts = [message.newText, ...earlier.toReversed()].slice(0, 5);
  return { ...message, newText: texts.map((text) => readLetter(text.slice(0, 5000)).body).join("\n\n") };
}

const allClues = ({ envelope, body }: Clues): readonly string[] => [...envelope, ...body];

const OVER: Triage["urgency"] = {
  value: "low",
  confidence: 0.8,
  evidence: ["the monitoring system says that it is over"],
};

/** Nobody can say more about a mail without words. */
const unknownCategory = (why: string): Triage["category"] => ({
  value: GENERAL,
  confidence: NOTHING_MATCHED,
  evidence: [why],
});

/** A risk is flagged from this chance of its category on: a flag too many costs a look, one too few may cost a company. */
const LIKELY = 0.4;

/** Rules of the categories that may well be meant, whichever was taken. */
function likelyRules(found: LearnedCategory, ruleOf: ReadonlyMap<string, Rule>): readonly Rule[] {
  return found.chances
    .filter(({ chance }) => chance >= LIKELY)
    .flatMap(({ value }) => ruleOf.get(value) ?? []);
}
