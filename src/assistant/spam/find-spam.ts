import type { Finding, RiskFlag } from "../../desk/triage.ts";
import { CAP, rounded } from "../local/confidence.ts";
import type { Evidence } from "../local/evidence.ts";
import type { FieldWord } from "../local/learned.ts";
import { shareOf } from "../local/pool.ts";
import type { Trust } from "../local/pool.ts";
import type { Deception } from "./deceptions.ts";
import { suspicionOf } from "./suspicion.ts";

/** What is known about the mail beside its words. */
export interface SpamFacts {
  /** From a client or a contact. */
  readonly known: boolean;
  readonly list: boolean;
  readonly risks: readonly RiskFlag[];
  readonly links: number;
  readonly deceptions: readonly Deception[];
  /** What the header and the body look like. */
  readonly clues: readonly string[];
  /** What was learned from people's decisions; `null` where nothing was. */
  readonly learned: FieldWord | null;
}

/** Set by reading, not by a collection: the words of the table and what was learned each find what the other misses. */
const TRUST: Trust = { atStart: 0.5, decisions: 30 };

/** A stranger's mail is called spam from an even chance on: whoever decides still sees it. */
const BAR = 0.5;
/**
 * A known client's mail only where hardly anything speaks against it and people have said so of mails like it: one that is
 * lost costs more than a hundred that slip through.
 */
const BAR_FOR_KNOWN = 0.95;
const DECISIONS_FOR_KNOWN = 20;

/**
 * Unasked offers and phishing aimed at the desk. A client's report of one is a security incident and never spam. What is
 * near the bar says so in its evidence, since a person is asked about it.
 */
export function findSpam(evidence: Evidence, facts: SpamFacts): Finding<boolean> {
  const reported = facts.risks.some((risk) => risk.kind === "security");
  const deceives = !facts.known && facts.deceptions.some((one) => one.weight >= 3);
  const table = tableChance(evidence, facts);
  const word = facts.learned;
  const share = word === null ? 0 : shareOf(TRUST, word.decisions);
  const learned = word === null ? 0 : chanceOfSpam(word);
  const words = table.chance * (1 - share) + learned * share;
  const chance = deceives ? shifted(words, facts.deceptions) : words;
  const bar = facts.known ? BAR_FOR_KNOWN : BAR;
  const mayBe = !facts.known || (word !== null && word.decisions >= DECISIONS_FOR_KNOWN);
  const spam = mayBe && chance >= bar && (!reported || deceives);
  const agrees = word !== null && (word.prediction.label === "true") === spam;
  const sure = spam ? chance : 1 - chance;
  return {
    value: spam,
    // Words alone can know no more; what people have decided can.
    confidence: rounded(Math.min((word?.decisions ?? 0) === 0 ? CAP : 1, Math.max(0.5, sure))),
    ...(agrees && word.prediction.decisions > 0
      ? { expectedError: word.prediction.expectedError, decisions: word.prediction.decisions }
      : {}),
    evidence: [
      ...table.says,
      ...(agrees && spam && word.prediction.evidence.length > 0
        ? [`learned words: ${word.prediction.evidence.map((one) => `"${one}"`).join(", ")}`]
        : []),
      ...(chance >= EDGE_FROM && chance < EDGE_TO ? ["neither is sure: please look"] : []),
    ],
  };
}

const EDGE_FROM = 0.3;
const EDGE_TO = 0.7;

function chanceOfSpam({ prediction }: FieldWord): number {
  return prediction.label === "true" ? prediction.confidence : 1 - prediction.confidence;
}

/** What deceives on purpose counts whatever the words are: a lure may read like a client's own question. */
function shifted(chance: number, deceptions: readonly Deception[]): number {
  const weight = Math.min(
    6,
    deceptions.reduce((sum, one) => sum + one.weight, 0),
  );
  const certain = Math.min(0.99, Math.max(0.01, chance));
  return 1 / (1 + ((1 - certain) / certain) * Math.exp(-DECEIT * weight));
}

/** A deception of weight 4 makes spam about twenty times as likely. */
const DECEIT = 0.75;

/** What words and structure are worth as a chance; half where they say nothing for or against. */
function tableChance(
  evidence: Evidence,
  facts: SpamFacts,
): { readonly chance: number; readonly says: readonly string[] } {
  const words = evidence.signals.get("spam") ?? [];
  const suspicion = suspicionOf(facts.clues);
  const support = Math.max(0, evidence.rules[0]?.score ?? 0);
  const points =
    words.length * 2 +
    (facts.list ? 2 : 0) +
    (facts.links > 5 ? 1 : 0) +
    Math.min(3, suspicion.points) -
    (facts.known ? 4 : 0) -
    Math.min(3, support / 3);
  return {
    chance: 1 / (1 + Math.exp(-(points - EVEN) * SLOPE)),
    says: [
      ...(facts.known ? [] : facts.deceptions.slice(0, 3).map((one) => one.sentence)),
      ...words.map((word) => `"${word}"`),
      ...(facts.known ? [] : suspicion.says),
      ...(facts.list ? ["sent to a list"] : []),
      ...(facts.known ? ["from a known client"] : []),
    ],
  };
}

/** Points at which spam and no spam are as likely, and how fast a point more changes that. */
const EVEN = 2.5;
const SLOPE = 0.5;
