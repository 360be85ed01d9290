import { createHash } from "node:crypto";
import type { Triage } from "../../desk/triage.ts";
import type { ParsedMessage } from "../../mail/message.ts";
import { canonicalSubject } from "../../mail/subject.ts";
import type { TemplateSet } from "../../templates.ts";
import type { Engine, TriageContext } from "../engine.ts";
import { rounded } from "./confidence.ts";
import { acknowledge, createDrafter } from "./drafter.ts";
import { EvidenceReader } from "./evidence.ts";
import { findCategory, findImpact, findQueue, findSentiment, findType, findUrgency } from "./findings.ts";
import { findArticles, findRelated, lookUpQuery } from "./knowledge.ts";
import { detectLanguage } from "./language.ts";
import { findMissing, findQuestions } from "./questions.ts";
import { findRisks } from "./risks.ts";
import type { RuleTable } from "./rules.ts";
import { summarise } from "./summary.ts";
import { findSpam } from "../spam/find-spam.ts";

/**
 * The assistant without a key, a network or a past: a table of rules and a folder of templates. It never throws on what
 * a message holds; the look-ups that are handed in may, and that reaches the caller.
 */
export function createLocalEngine(parts: {
  readonly rules: RuleTable;
  readonly templates: Pick<TemplateSet, "has" | "render">;
}): Engine {
  const reader = new EvidenceReader(parts.rules);
  const version = versionOf(parts.rules);
  return {
    name: "local",
    triage: (message, context) => triage(reader, version, message, context),
    draft: createDrafter(parts),
    acknowledge: (request) => acknowledge(parts.templates, request),
  };
}

/** The admin's name for the table, and a short hash of what it holds: two tables are never mistaken for one. */
function versionOf(rules: RuleTable): string {
  return `${rules.version}-${createHash("sha256").update(JSON.stringify(rules)).digest("hex").slice(0, 8)}`;
}

async function triage(
  reader: EvidenceReader,
  version: string,
  message: ParsedMessage,
  context: TriageContext,
): Promise<Triage> {
  const evidence = reader.read(message, canonicalSubject(message.subject), context.earlier);
  const language = detectLanguage(evidence.words);
  const { rule, category } = findCategory(evidence);
  const questions = findQuestions(evidence.letter.sentences);
  const risks = findRisks(message, context.client, evidence, rule);
  const query = lookUpQuery(evidence);
  const [articles, related] = await Promise.all([
    findArticles(evidence, query, context),
    findRelated(query, context),
  ]);
  const type = findType(evidence, rule, questions);
  return {
    type: { ...type, confidence: rounded(Math.min(type.confidence, Math.max(category.confidence, 0.4))) },
    category,
    impact: findImpact(evidence, rule, related),
    urgency: findUrgency(evidence, rule),
    spam: findSpam(evidence, {
      known: context.client !== null || context.contact !== null,
      list: message.automatic.verdict === "list",
      links: evidence.words.filter((word) => word.kind === "link").length,
      risks,
    }),
    sentiment: findSentiment(evidence),
    language,
    queue: findQueue(rule, category, context.queues),
    risks,
    related,
    articles,
    questions,
    missing: findMissing(evidence, rule, type.value, language.value),
    summary: summarise(evidence),
    engine: "local",
    version,
  };
}
