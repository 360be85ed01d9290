import { crossCheck } from "./cross-check.ts";
import type { Example, Prediction } from "./example.ts";
import { Grounds, separatorOptions, type Candidates } from "./grounds.ts";
import { Lexicon } from "./lexicon.ts";
import { Lately } from "./lately.ts";
import { LinearModel, type LinearOptions } from "./linear-model.ts";
import { BUCKETS, lookAt, type Look } from "./look.ts";
import { MakingLook } from "./making-look.ts";
import { packed, unpacked } from "./packed.ts";
import { ShiftWatch } from "./shift-watch.ts";
import { outcomesAsNumbers, outcomesOf, TrackRecord, type Progress } from "./track-record.ts";

const KIND = "field-model-6";
const MOST_ALTERNATIVES = 3;
const MOST_EVIDENCE = 4;
const NONE: ReturnType<TrackRecord["heldOutFor"]> = [];

export interface FieldModelOptions {
  readonly linear?: Omit<LinearOptions, "buckets">;
  /** Learn from how mails are made, too. */
  readonly making?: boolean;
  /** Its labels mean the same for good, so that a run of corrections is no work that moved: a wave of new spam is not. */
  readonly fixed?: boolean;
}

interface Head {
  readonly options: FieldModelOptions;
  readonly decisions: number;
  readonly counted: number;
  readonly linearBytes: number;
  /** Mails whose making was counted, and the bytes of its separator; 0 and 0 where the field does not learn from it. */
  readonly made: number;
  readonly madeBytes: number;
  readonly progress: Progress;
  readonly watched: ShiftWatch["state"];
  readonly lately: Lately["state"];
}

/** Separators, rarities, the words of the neighbours with their labels, outcomes, and the same of how mails are made. */
type Arrays = readonly [
  ...[linear: Uint32Array, pairs: Uint32Array, sizes: Uint32Array, words: Uint32Array, decided: Uint32Array],
  ...[facts: Float32Array, signs: Float32Array, lengths: Float32Array],
  ...[made: Uint32Array, madePairs: Uint32Array],
];

/**
 * What one field of the triage has learned from decisions: its queue, its category, its priority. Knows nothing at
 * first. The same examples in the same order give the same model.
 */
export class FieldModel {
  readonly #options: FieldModelOptions;
  #grounds: Grounds;
  #record: TrackRecord;
  #decisions: number;
  #shifts = new ShiftWatch();

  private constructor(options: FieldModelOptions, grounds: Grounds, record: TrackRecord, decisions: number) {
    this.#options = options;
    this.#grounds = grounds;
    this.#record = record;
    this.#decisions = decisions;
  }

  static create(options: FieldModelOptions = {}): FieldModel {
    return new FieldModel(options, Grounds.create(options.linear, options.making), new TrackRecord(), 0);
  }

  /** @throws Error on bytes that are no model of this version */
  static restore(bytes: Uint8Array): FieldModel {
    const { head, arrays } = unpacked(bytes, KIND);
    const { options, decisions, counted, linearBytes, made, madeBytes, progress, watched, lately } =
      head as Head;
    const [linear, pairs, sizes, words, decided, facts, signs, lengths, look, madePairs] =
      arrays as unknown as Arrays;
    const making = madeBytes === 0 ? null : MakingLook.restore(linearOf(look, madeBytes), made, madePairs);
    const grounds = new Grounds(
      linearOf(linear, linearBytes),
      Lexicon.restore(BUCKETS, counted, pairs),
      making,
      new Lately(lately.seen, lately.expected),
    );
    let from = 0;
    sizes.forEach((size, at) => {
      grounds.remember(words.subarray(from, from + size), grounds.labels[decided[at]!]!, lengths[at]);
      from += size;
    });
    const record = TrackRecord.restore(outcomesOf(facts, signs), progress);
    const model = new FieldModel(options, grounds, record, decisions);
    model.#shifts = new ShiftWatch(watched);
    return model;
  }

  /** Examples learned and not yet forgotten. */
  get size(): number {
    return this.#grounds.linear.size;
  }

  /** Decisions and history learned; a starter set is none of them. */
  get decisions(): number {
    return this.#decisions;
  }

  /** See `TrackRecord.heldOutFor`; empty where the label is not known. */
  heldOutFor(label: string): ReturnType<TrackRecord["heldOutFor"]> {
    const number = this.#grounds.numberOf(label);
    return number < 0 ? NONE : this.#record.heldOutFor(number);
  }

  get labels(): readonly string[] {
    return this.#grounds.labels;
  }

  /**
   * `null`: nothing learned yet.
   *
   * @param look the example taken apart, where several fields are asked about it
   */
  predict(example: Example, look: Look = lookAt(example)): Prediction | null {
    if (this.size === 0) return null;
    const { labels, signs, familiarity } = this.#candidates(look);
    const { chances, best, confidence, expected, novelty } = this.#record.judge(signs, familiarity);
    return {
      label: this.labels[labels[best]!]!,
      chance: chances[best]!,
      confidence,
      expectedError: expected.error,
      decisions: expected.decisions,
      novelty,
      alternatives: this.#alternatives(labels, chances, best, confidence),
      evidence: this.#grounds.evidence(look.words, labels[best]!, MOST_EVIDENCE),
    };
  }

  /**
   * Learns one decision. What the model would have said beforehand counts as a held-out decision.
   *
   * @param options.weight how much it counts beside the others, 1 where not given
   * @param options.prior part of a starter set: learned, and nothing held out
   */
  learn(example: Example, label: string, options: { weight?: number; prior?: boolean } = {}): void {
    const look = lookAt(example);
    if (options.prior !== true && this.labels.length > 1) this.#holdOut(look, label);
    this.#grounds.learn(look, label, options.weight ?? 1);
    if (options.prior !== true) this.#decisions += 1;
  }

  /**
   * A person took this label back and did not say which one is right: an error, where the model would have given it.
   * Nothing is learned from it.
   */
  refute(example: Example, label: string): void {
    if (this.size === 0) return;
    const { labels, signs, familiarity } = this.#candidates(lookAt(example));
    const best = labels[this.#record.chances(signs).best]!;
    if (this.labels[best] === label) this.#record.add({ signs, familiarity, right: -1, label: -1 });
  }

  /**
   * Forgets everything and learns a whole history, oldest first.
   *
   * @param options.prior a starter set: learned, and nothing held out
   */
  fit(
    examples: readonly { readonly example: Example; readonly label: string }[],
    options: { readonly prior?: boolean } = {},
  ): void {
    this.#decisions = options.prior === true ? 0 : examples.length;
    this.#grounds = Grounds.create(this.#options.linear, this.#options.making);
    this.#shifts = new ShiftWatch();
    const readings = this.#grounds.fit(examples);
    const linear = separatorOptions(this.#options.linear);
    this.#record = new TrackRecord(
      options.prior === true ? [] : crossCheck(this.#grounds, examples, readings, linear),
    );
  }

  serialise(): Uint8Array {
    const { linear, lexicon, neighbours, decided, making } = this.#grounds;
    const inner = linear.serialise();
    const look = making?.linear.serialise() ?? new Uint8Array();
    const { words, sizes, lengths } = neighbours.lists();
    const head: Head = {
      options: this.#options,
      decisions: this.#decisions,
      counted: lexicon.size,
      linearBytes: inner.length,
      made: making?.counted ?? 0,
      madeBytes: look.length,
      progress: this.#record.progress,
      watched: this.#shifts.state,
      lately: this.#grounds.lately.state,
    };
    const outcomes = outcomesAsNumbers(this.#record.outcomes);
    return packed(KIND, head, [
      wholeWords(inner),
      lexicon.pairs(),
      sizes,
      words,
      Uint32Array.from(decided),
      ...outcomes,
      lengths,
      wholeWords(look),
      making?.pairs() ?? new Uint32Array(),
    ]);
  }

  /** Notes what the model would have said, and follows work that has moved to another label. */
  #holdOut(look: Look, label: string): void {
    const { labels, signs, familiarity } = this.#candidates(look);
    const right = this.#grounds.numberOf(label);
    this.#record.add({ signs, familiarity, right: labels.indexOf(right), label: right });
    if (right < 0 || this.#options.fixed === true) return;
    const { chances, best } = this.#record.chances(signs);
    this.#grounds.lately.note(right, labels, chances);
    const shift = this.#shifts.note(labels[best]!, right, this.#grounds.decided.length);
    if (shift) this.#grounds.move(shift);
  }

  #candidates(look: Look): Candidates {
    const reading = this.#grounds.read(look);
    return this.#grounds.candidates(reading, this.#grounds.linear.scores(reading.vector));
  }

  /** The next best, with what the best one leaves of certainty shared out by their chances. */
  #alternatives(
    labels: readonly number[],
    chances: Float64Array,
    best: number,
    confidence: number,
  ): Prediction["alternatives"] {
    const rest = (1 - confidence) / Math.max(1e-9, 1 - chances[best]!);
    return labels
      .map((label, at) => ({ label: this.labels[label]!, chance: chances[at]! }))
      .filter((_, at) => at !== best)
      .sort((a, b) => b.chance - a.chance)
      .slice(0, MOST_ALTERNATIVES)
      .map(({ label, chance }) => ({ label, confidence: Math.min(confidence, rest * chance) }));
  }
}

const linearOf = (array: Uint32Array, bytes: number): LinearModel =>
  LinearModel.restore(new Uint8Array(array.buffer, array.byteOffset, bytes));

function wholeWords(bytes: Uint8Array): Uint32Array {
  const whole = new Uint32Array(Math.ceil(bytes.length / 4));
  new Uint8Array(whole.buffer).set(bytes);
  return whole;
}
