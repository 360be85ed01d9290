import type { Finding, RiskFlag } from "../../desk/triage.ts";
import { CAP, rounded } from "../local/confidence.ts";
import type { Evidence } from "../local/evidence.ts";
import type { FieldWord } from "../local/learned.ts";
import { shareOf } from "../local/pool.ts";
import type { Trust } from "../local/pool.ts";
import { ON_PURPOSE, type Deception } from "./deception.ts";
import { suspicionOf } from "./suspicion.ts";
import { LOWEST_EDGE, LOWEST_SPAM, thresholdsFrom, type Thresholds } from "./thresholds.ts";

/** What is known about the mail beside its words. */
interface SpamFacts {
  /** From a client or a contact. */
  readonly known: boolean;
  /** It passes on a mail of somebody else. A known client's is never spam then. */
  readonly passesOn: boolean;
  readonly list: boolean;
  readonly risks: readonly RiskFlag[];
  readonly links: number;
  readonly deceptions: readonly Deception[];
  /** What the header and the body look like. */
  readonly clues: readonly string[];
  /** What was learned from people's decisions; `null` where nothing was. */
  readonly learned: FieldWord | null;
}

export interface SpamJudgement {
  /** Chance that it is spam, 0 to 1. */
  readonly chance: number;
  /** `edge`: neither is sure enough, a person is asked. */
  readonly verdict: "spam" | "edge" | "ham";
  readonly finding: Finding<boolean>;
}

/** Set by reading, not by a collection: the words of the table and what was learned each find what the other misses. */
const TRUST: Trust = { atStart: 0.5, decisions: 30 };

/** A stranger's mail is called spam from an even chance on, until decisions have shown a better bar: whoever decides still sees it. */
const FIRST: Thresholds = { spam: LOWEST_SPAM, edge: LOWEST_EDGE };
/**
 * A known client's mail only where hardly anything speaks against it and people have said so of mails like it: one that is
 * lost costs more than a hundred that slip through.
 */
const BAR_FOR_KNOWN = 0.95;
const DECISIONS_FOR_KNOWN = 20;

/**
 * Unasked offers and phishing aimed at the desk. A client's report of one, or forward of it, is a security incident and
 * never spam. What is near the bar says so in its evidence, since a person is asked about it.
 *
 * At first what is written down and the starter set judge together; each decision shifts the judgement to what was learned
 * here. Once enough honest mails were let pass to know how they score, the bar is theirs, and what was learned judges alone.
 */
export function judgeSpam(evidence: Evidence, facts: SpamFacts): SpamJudgement {
  const word = facts.learned;
  const own = word === null || word.decisions === 0 ? null : thresholdsFrom(word.heldOutFor("true"));
  const table = tableChance(evidence, facts);
  const learned = word === null ? 0 : chanceOfSpam(word);
  const share = own !== null ? 1 : word === null ? 0 : shareOf(TRUST, word.decisions);
  const words = table.chance * (1 - share) + learned * share;
  const deceives = !facts.known && facts.deceptions.some((one) => one.weight >= ON_PURPOSE);
  // What deceives is among the clues that were learned from; before that its weight is written down.
  const chance = deceives && own === null ? shifted(words, facts.deceptions) : words;
  const bar = facts.known ? { spam: BAR_FOR_KNOWN, edge: BAR_FOR_KNOWN } : (own ?? FIRST);
  const warns = facts.risks.some((risk) => risk.kind === "security") && !deceives;
  const verdict =
    facts.known && (warns || !mayBeSpam(facts))
      ? "ham"
      : verdictOf(chance, bar, warns && (facts.passesOn || own === null), deceives);
  return { chance, verdict, finding: findingOf(chance, verdict, table.says, word) };
}

/** Whether a known sender's mail can be spam at all. */
const mayBeSpam = ({ passesOn, learned }: SpamFacts): boolean =>
  !passesOn && learned !== null && learned.decisions >= DECISIONS_FOR_KNOWN;

/**
 * @param reports a client may report a fraud from an address that is not known: who warns, and passes something on once
 *   people have shown what spam is here, is heard
 */
function verdictOf(
  chance: number,
  bar: Thresholds,
  reports: boolean,
  deceives: boolean,
): SpamJudgement["verdict"] {
  if (chance >= bar.spam) return reports ? "edge" : "spam";
  return chance >= bar.edge || deceives ? "edge" : "ham";
}

function findingOf(
  chance: number,
  verdict: SpamJudgement["verdict"],
  says: readonly string[],
  word: FieldWord | null,
): Finding<boolean> {
  const spam = verdict === "spam";
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
      ...says,
      ...(agrees && spam && word.prediction.evidence.length > 0
        ? [`learned words: ${word.prediction.evidence.map((one) => `"${one}"`).join(", ")}`]
        : []),
      ...(isUnsure(verdict, chance) ? ["neither is sure: please look"] : []),
    ],
  };
}

/** What is less likely to be spam than this needs no word to a technician, who sees the mail anyway; nor what is likelier. */
const UNSURE_FROM = 0.3;
const UNSURE_TO = 0.7;

const isUnsure = (verdict: SpamJudgement["verdict"], chance: number): boolean =>
  (verdict === "edge" && chance >= UNSURE_FROM) || (verdict === "spam" && chance < UNSURE_TO);

function chanceOfSpam({ prediction }: FieldWord): number {
  return prediction.label === "true" ? prediction.chance : 1 - prediction.chance;
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
  const suspicion = suspicionOf(facts.known ? [] : facts.clues);
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
      ...suspicion.says,
      ...(facts.list ? ["sent to a list"] : []),
      ...(facts.known ? ["from a known client"] : []),
    ],
  };
}

/** Points at which spam and no spam are as likely, and how fast a point more changes that. */
const EVEN = 2.5;
const SLOPE = 0.5;
