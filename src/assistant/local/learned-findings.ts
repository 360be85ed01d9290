import type { Queue, TicketType } from "../../desk/ticket.ts";
import { LEVELS, TICKET_TYPES } from "../../desk/ticket.ts";
import type { Finding } from "../../desk/triage.ts";
import { NOTHING_MATCHED } from "./confidence.ts";
import type { Evidence } from "./evidence.ts";
import { findCategory } from "./findings.ts";
import type { Categorised } from "./findings.ts";
import { combined, UNLIKE_ANYTHING } from "./learned.ts";
import type { Learned } from "./learned.ts";
import type { Chance, Trust } from "./pool.ts";
import { GENERAL } from "./rules.ts";
import type { Rule } from "./rules.ts";

/** So many decisions weigh as much as what the starter set is worth. */
const DECISIONS = 40;

/**
 * The model's share before anybody has decided anything; these were set by cross-validation on the starter set. The
 * table is seldom wrong where much speaks for its category: from eight points on in one mail of fifty.
 *
 * @param points what speaks for the table's best category
 */
const categoryTrust = (points: number): Trust => ({
  atStart: 1 - 0.4 * Math.min(1.4, Math.max(0, points) / 5),
  decisions: DECISIONS,
  sharpness: 4,
  modest: false,
});
const TYPE_TRUST: Trust = { atStart: 0.7, decisions: DECISIONS, sharpness: 1.5 };
/** Words such as "everyone" and "cannot work" mean what they say; a rule's usual level is a guess. */
const SAID_TRUST: Trust = { atStart: 0.35, decisions: DECISIONS };
const UNSAID_TRUST: Trust = { ...TYPE_TRUST, atStart: 0.75 };
/** No two desks have the same queues, so it starts from nothing. */
const QUEUE_TRUST: Trust = { atStart: 0, decisions: 10 };

/** Decisions from which a desk's own habits stand above what the table allows. */
const HABIT = 30;

/** The confidence of a level for which no word of the mail speaks. */
const UNSAID = 0.55;

/** How the table's points become chances: so many points more are e times as likely. */
const POINTS = 1.5;

/** What `general` has without a word for it: as much as one point. */
const NOTHING_SAID = Math.exp(1 / POINTS);

/** From so many points on a category that no model has met may win against one. */
const CLEAR = 4;

/** The model's share against a category that an admin has added and nobody has decided about yet. */
const SHARE_AGAINST_NEW = 0.3;

export interface LearnedCategory extends Categorised {
  /** Every category with its chance, best first. */
  readonly chances: readonly Chance[];
}

/**
 * The category by table and model together. A category that the table has and no model has met wins by its own strength,
 * so that a rule an admin adds works at once; where much was decided, the model decides.
 */
export function learnedCategory(
  evidence: Evidence,
  learned: Learned,
  ruleOf: (category: string) => Rule | undefined,
): LearnedCategory {
  const table = findCategory(evidence);
  const word = learned.get("category");
  const chances = tableChances(evidence);
  if (word === undefined) return { ...table, chances };
  const best = evidence.rules[0];
  const isNew = best !== undefined && best.score >= CLEAR && !word.knows(best.rule.category);
  const usual = categoryTrust(best?.score ?? 0);
  const trust = isNew ? { ...usual, atStart: SHARE_AGAINST_NEW, decisions: Number.MAX_SAFE_INTEGER } : usual;
  // The starter set's categories are the shipped table's: one that an admin took out is no answer any more.
  const allowed = (category: string): boolean => ruleOf(category) !== undefined || word.decisions > 0;
  const pool = combined(word, { chances, finding: table.category }, trust, allowed);
  const silent = best === undefined || best.score <= 0;
  if (silent && word.prediction.novelty >= UNLIKE_ANYTHING)
    return unknown(evidence, pool.chances, ["no rule matches", "unlike anything that was learned"]);
  if (pool.finding.confidence < TOO_UNSURE) {
    const [first, second] = pool.chances.map(({ value }) => value).filter((value) => value !== GENERAL);
    const maybe = [first, second].filter((value) => value !== undefined).join(" or ");
    return unknown(evidence, pool.chances, [`not sure enough; perhaps ${maybe}`]);
  }
  return {
    rule: ruleOf(pool.finding.value) ?? evidence.general,
    chances: pool.chances,
    category: pool.finding,
  };
}

/** Below this a category is a guess, and a guess that looks like an answer is worse than none. */
const TOO_UNSURE = 0.3;

const unknown = (
  evidence: Evidence,
  chances: readonly Chance[],
  why: readonly string[],
): LearnedCategory => ({
  rule: evidence.general,
  chances,
  category: { value: GENERAL, confidence: NOTHING_MATCHED, evidence: why },
});

/** What the table's points are worth as chances; `general` is what is left where little speaks for anything. */
function tableChances(evidence: Evidence): readonly Chance[] {
  const points = new Map<string, number>([[GENERAL, NOTHING_SAID]]);
  for (const { rule, score } of evidence.rules) {
    if (score <= 0) continue;
    const general = rule.category === GENERAL ? NOTHING_SAID : 0;
    points.set(rule.category, general + Math.exp(Math.min(score, 40) / POINTS));
  }
  const sum = [...points.values()].reduce((total, one) => total + one, 0);
  return [...points].map(([value, one]) => ({ value, chance: one / sum }));
}

/** The table's finding as the only answer that it has a chance for. */
const alone = (finding: Finding<string>) => ({
  chances: [{ value: finding.value, chance: finding.confidence }],
  finding,
});

/** A rule with a security risk keeps its type whatever was learned: who reports a fraud must not become a question. */
export function learnedType(table: Finding<TicketType>, rule: Rule, learned: Learned): Finding<TicketType> {
  const word = learned.get("type");
  if (word === undefined || rule.risk === "security") return table;
  const allowed = (type: string): boolean =>
    isOneOf(TICKET_TYPES, type) &&
    (type === rule.type || rule.also.some((one) => one === type) || word.decisions >= HABIT);
  return typed(TICKET_TYPES, table, combined(word, alone(table), TYPE_TRUST, allowed).finding);
}

export function learnedLevel(
  field: "impact" | "urgency",
  table: Finding<(typeof LEVELS)[number]>,
  learned: Learned,
): Finding<(typeof LEVELS)[number]> {
  const word = learned.get(field);
  if (word === undefined) return table;
  const trust = table.confidence > UNSAID ? SAID_TRUST : UNSAID_TRUST;
  return typed(LEVELS, table, combined(word, alone(table), trust, isLevel).finding);
}

/** Only a queue that the desk still has. */
export function learnedQueue(
  table: Finding<string>,
  queues: readonly Queue[],
  learned: Learned,
): Finding<string> {
  const word = learned.get("queue");
  if (word === undefined) return table;
  const allowed = (name: string): boolean => queues.some((queue) => queue.name === name);
  return combined(word, alone(table), QUEUE_TRUST, allowed).finding;
}

const isLevel = (value: string): boolean => isOneOf(LEVELS, value);

function isOneOf<T extends string>(values: readonly T[], value: string): value is T {
  return values.some((one) => one === value);
}

function typed<T extends string>(
  values: readonly T[],
  table: Finding<T>,
  found: Finding<string>,
): Finding<T> {
  const { value } = found;
  return isOneOf(values, value) ? { ...found, value } : table;
}
