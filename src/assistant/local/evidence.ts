import type { ParsedMessage } from "../../mail/message.ts";
import { readLetter } from "./letter.ts";
import type { Letter } from "./letter.ts";
import { PhraseIndex } from "./phrases.ts";
import { GENERAL, SIGNALS } from "./rules.ts";
import type { Rule, RuleTable, Signal } from "./rules.ts";
import { wordsOf } from "./words.ts";
import type { Word } from "./words.ts";

/** Longest text that is looked at, in characters: what a request is about stands at its head. */
export const LOOKED_AT = 20_000;

/** Places that are kept of one signal. */
const MOST_SAID = 5;

/** A word in the subject says more than one in the text. */
const SUBJECT_FACTOR = 1.5;

/** One phrase of the table as the index holds it. */
type Owner =
  | { readonly kind: "rule"; readonly rule: number; readonly weight: number }
  | { readonly kind: "signal"; readonly signal: Signal; readonly weight: number }
  | { readonly kind: "ask"; readonly rule: number; readonly ask: number };

/** A phrase of a rule at one place of the message. */
interface Said {
  readonly weight: number;
  readonly inSubject: boolean;
  readonly from: number;
  readonly to: number;
}

/** What one rule found. */
interface RuleEvidence {
  readonly rule: Rule;
  /** Words for it less words against it. */
  readonly score: number;
  /** Words for it alone. */
  readonly forIt: number;
  /** `subject says "vpn"`, `text says "remote access"`; strongest first. */
  readonly evidence: readonly string[];
}

/** All that a rule table sees in one message, in one walk over its words. */
export interface Evidence {
  readonly letter: Letter;
  readonly subject: string;
  /** Subject first, then the body. */
  readonly words: readonly Word[];
  /** Rules with a positive score, best first. */
  readonly rules: readonly RuleEvidence[];
  readonly general: Rule;
  /** The words of each signal, as written; a signal that was not seen is missing. */
  readonly signals: ReadonlyMap<Signal, readonly string[]>;
  /** Indexes of the rule's asks that the text answers. */
  answered(rule: Rule): ReadonlySet<number>;
}

/** The table, compiled once. */
export class EvidenceReader {
  readonly #index = new PhraseIndex<Owner>();
  readonly #rules: readonly Rule[];
  readonly #general: Rule;

  constructor(table: RuleTable) {
    this.#rules = table.rules;
    const general = table.rules.find((rule) => rule.category === GENERAL);
    if (general === undefined) throw new TypeError(`parseRules lets no table pass without "${GENERAL}"`);
    this.#general = general;
    for (const [rule, { phrases, against, asks }] of table.rules.entries()) {
      for (const one of phrases) this.#index.add(one.phrase, { kind: "rule", rule, weight: one.weight });
      for (const one of against) this.#index.add(one.phrase, { kind: "rule", rule, weight: -one.weight });
      for (const [ask, { known }] of asks.entries()) {
        for (const phrase of known) this.#index.add(phrase, { kind: "ask", rule, ask });
      }
    }
    for (const signal of SIGNALS) {
      for (const one of table.signals[signal]) {
        this.#index.add(one.phrase, { kind: "signal", signal, weight: one.weight });
      }
    }
  }

  /** `subject` without reply prefixes; `earlier` are the ticket's older texts, which may answer what is asked. */
  read(
    message: Pick<ParsedMessage, "newText" | "attachments">,
    subject: string,
    earlier: readonly string[],
  ): Evidence {
    const letter = readLetter(message.newText.slice(0, LOOKED_AT));
    const head = `${subject.slice(0, 500)}\n`;
    const source = head + letter.body;
    const words = wordsOf(source);
    const hits = this.#index.find(words);

    const signals = new Map<Signal, string[]>();
    const answered = new Map<number, Set<number>>();
    const answer = (rule: number, ask: number): void => {
      const known = answered.get(rule);
      if (known === undefined) answered.set(rule, new Set([ask]));
      else known.add(ask);
    };
    const found = new Map<number, Said[]>();
    const saidAt = (from: number, to: number): string => {
      const start = words[from]?.start ?? 0;
      return source.slice(start, words[to - 1]?.end ?? start).replaceAll(/\s+/g, " ");
    };
    for (const { value, from, to } of hits) {
      // A phrase that begins in the subject and ends in the text is nobody's.
      if ((words[from]?.start ?? 0) < head.length && (words[to - 1]?.start ?? 0) >= head.length) continue;
      if (value.kind === "signal") {
        const known = signals.get(value.signal) ?? [];
        signals.set(value.signal, known);
        if (known.length === MOST_SAID) continue;
        const said = saidAt(from, to);
        if (!known.includes(said)) known.push(said);
      } else if (value.kind === "ask") answer(value.rule, value.ask);
      else {
        const inSubject = (words[from]?.start ?? 0) < head.length;
        const one = { weight: value.weight * (inSubject ? SUBJECT_FACTOR : 1), inSubject, from, to };
        const ofRule = found.get(value.rule);
        if (ofRule === undefined) found.set(value.rule, [one]);
        else ofRule.push(one);
      }
    }
    for (const hit of this.#index.find(wordsOf(earlier.join("\n").slice(-LOOKED_AT)))) {
      if (hit.value.kind === "ask") answer(hit.value.rule, hit.value.ask);
    }
    const attached = message.attachments.length > 0;
    return {
      letter,
      subject,
      words,
      rules: this.#ranked(found, words, saidAt),
      general: this.#general,
      signals,
      answered: (rule) => {
        const given = new Set(answered.get(this.#rules.indexOf(rule)));
        for (const [ask, { knownByAttachment }] of rule.asks.entries()) {
          if (attached && knownByAttachment) given.add(ask);
        }
        return given;
      },
    };
  }

  #ranked(
    found: ReadonlyMap<number, readonly Said[]>,
    words: readonly Word[],
    saidAt: (from: number, to: number) => string,
  ): readonly RuleEvidence[] {
    const ranked: (RuleEvidence & { readonly order: number })[] = [];
    for (const [order, all] of found) {
      const rule = this.#rules[order];
      if (rule === undefined) continue;
      const positive = countedOnce(
        all.filter((one) => one.weight > 0),
        words,
      );
      const negative = countedOnce(
        all.filter((one) => one.weight < 0),
        words,
      );
      const forIt = sumOf(positive);
      if (forIt === 0) continue;
      const evidence = positive
        .slice(0, 4)
        .map((one) => `${one.inSubject ? "subject" : "text"} says "${saidAt(one.from, one.to)}"`);
      ranked.push({ rule, score: forIt + sumOf(negative), forIt, evidence, order });
    }
    return ranked.sort((left, right) => right.score - left.score || left.order - right.order);
  }
}

/**
 * The strongest first; a word counts once, whatever the number of phrases it is part of, and so does a phrase that is
 * said again: two languages may list the same word, and repeating it makes nobody surer.
 */
function countedOnce(all: readonly Said[], words: readonly Word[]): readonly Said[] {
  if (all.length < 2) return all;
  const taken = new Set<number>();
  const before = new Set<string>();
  const counted: Said[] = [];
  for (const one of [...all].sort((left, right) => Math.abs(right.weight) - Math.abs(left.weight))) {
    if (taken.has(one.from) || taken.has(one.to - 1)) continue;
    const said = words
      .slice(one.from, one.to)
      .map((word) => word.text)
      .join(" ");
    if (before.has(said)) continue;
    for (let at = one.from; at < one.to; at += 1) taken.add(at);
    before.add(said);
    counted.push(one);
  }
  return counted;
}

function sumOf(all: readonly Said[]): number {
  return all.reduce((sum, one) => sum + one.weight, 0);
}
