import { createHash } from "node:crypto";
import type { Triage } from "../../desk/triage.ts";
import type { ParsedMessage } from "../../mail/message.ts";
import type { TemplateSet } from "../../templates.ts";
import type { Engine, TriageContext } from "../engine.ts";
import { NOTHING_MATCHED, rounded } from "./confidence.ts";
import { acknowledge, createDrafter } from "./drafter.ts";
import { findImpact, findQueue, findSentiment, findType, findUrgency } from "./findings.ts";
import { findArticles, findRelated, lookUpQuery } from "./knowledge.ts";
import { languageToWriteIn } from "./language.ts";
import type { Languages } from "./languages.ts";
import type { FieldModels } from "./learned.ts";
import { learnedLevel, learnedQueue, learnedType } from "./learned-findings.ts";
import { see, sightOf, type Sight } from "./sight.ts";
import { findMissing, findQuestions } from "./questions.ts";
import { GENERAL } from "./rules.ts";
import type { RuleTable } from "./rules.ts";
import { isSettled } from "./settled.ts";
import { summarise } from "./summary.ts";
import { speaksOfNoMatter } from "./template-choice.ts";

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
    ...sightOf(parts.rules, parts.models ?? new Map()),
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

interface Reading extends Sight {
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
  const seen = see(reading, message, context);
  const { alert, evidence, example, learned, found, fraud, unreadable, rule, risks } = seen;
  const language = reading.languages.detect(evidence.words);
  const questions = findQuestions(evidence.letter.sentences);
  const category = fraud?.category ?? (unreadable === null ? found.category : unknownCategory(unreadable));
  const query = lookUpQuery(evidence);
  const [articles, related] = await Promise.all([
    findArticles(evidence, query, context),
    findRelated(query, context),
  ]);
  const type = fraud?.type ?? learnedType(findType(evidence, rule, questions), rule, learned);
  const sentiment = findSentiment(evidence);
  // What one category needs to know is no question to somebody whose matter is perhaps another.
  const asksNothing =
    (rule.category !== GENERAL && rule.risk === null && speaksOfNoMatter({ category, type, sentiment })) ||
    isSettled(message, context.earlier.length > 0);
  return {
    type: { ...type, confidence: rounded(Math.min(type.confidence, Math.max(category.confidence, 0.4))) },
    category,
    impact: learnedLevel("impact", findImpact(evidence, rule, related), learned),
    urgency:
      alert?.state === "recovery" ? OVER : learnedLevel("urgency", findUrgency(evidence, rule), learned),
    spam: seen.spam.finding,
    sentiment,
    language,
    queue: learnedQueue(findQueue(rule, category, context.queues), context.queues, learned),
    risks,
    related,
    articles,
    questions,
    missing: asksNothing
      ? []
      : findMissing(evidence, rule, type.value, languageToWriteIn(language), message.attachments),
    summary: summarise(evidence),
    ...(example.making === undefined ? {} : { making: example.making }),
    engine: "local",
    version: reading.version + learnedVersion(reading.models),
  };
}

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
