import type { Example, Prediction } from "./example.ts";
import { featuresOf, wordIndex } from "./features.ts";
import { HeldOutDecisions, type HeldOut } from "./held-out.ts";
import { LinearModel, type LinearOptions } from "./linear-model.ts";
import { packed, unpacked } from "./packed.ts";
import { tokensOf } from "./tokens.ts";

const KIND = "field-model-1";
const BUCKETS = 65_536;
/** One in so many examples of a history is held out while the others are learned, to know how often the model is right. */
const HELD_OUT = 5;
const MOST_ALTERNATIVES = 3;
const MOST_EVIDENCE = 4;

export interface FieldModelOptions {
  readonly linear?: Omit<LinearOptions, "buckets">;
}

/**
 * What one field of the triage has learned from decisions: its queue, its category, its priority. Knows nothing at
 * first. The same examples in the same order give the same model.
 */
export class FieldModel {
  readonly #linear: LinearModel;
  readonly #heldOut: HeldOutDecisions;
  #decisions: number;

  private constructor(linear: LinearModel, heldOut: HeldOutDecisions, decisions: number) {
    this.#linear = linear;
    this.#heldOut = heldOut;
    this.#decisions = decisions;
  }

  static create(options: FieldModelOptions = {}): FieldModel {
    const linear = LinearModel.create({ ...options.linear, buckets: BUCKETS });
    return new FieldModel(linear, new HeldOutDecisions(), 0);
  }

  /** @throws Error on bytes that are no model of this version */
  static restore(bytes: Uint8Array): FieldModel {
    const { head, arrays } = unpacked(bytes, KIND);
    const [linear] = arrays;
    const { heldOut, length, decisions } = head as {
      heldOut: readonly HeldOut[];
      length: number;
      decisions: number;
    };
    if (!linear) throw new Error(`This ${KIND} holds no separators.`);
    const inner = new Uint8Array(linear.buffer, linear.byteOffset, length);
    return new FieldModel(LinearModel.restore(inner), new HeldOutDecisions(heldOut), decisions);
  }

  /** Examples learned and not yet forgotten. */
  get size(): number {
    return this.#linear.size;
  }

  /** Decisions and history learned; a starter set is none of them. */
  get decisions(): number {
    return this.#decisions;
  }

  get labels(): readonly string[] {
    return this.#linear.labels;
  }

  /** `null`: nothing learned yet. */
  predict(example: Example): Prediction | null {
    if (this.size === 0) return null;
    const ranked = this.#ranked(example);
    const [best, next] = ranked;
    if (!best) return null;
    const sureness = best.score - (next?.score ?? -1);
    const confidence = this.#heldOut.confidence(sureness);
    const expected = this.#heldOut.expectedError(sureness);
    return {
      label: best.label,
      confidence,
      expectedError: expected.error,
      decisions: expected.decisions,
      novelty: 1 / (1 + Math.exp(4 * (best.score + 0.2))),
      alternatives: shared(ranked.slice(1), 1 - confidence),
      evidence: this.#evidence(example, best.label),
    };
  }

  /**
   * Learns one decision. What the model would have said beforehand counts as a held-out decision.
   *
   * @param options.weight how much it counts beside the others, 1 where not given
   * @param options.prior part of a starter set: learned, and nothing held out
   */
  learn(example: Example, label: string, options: { weight?: number; prior?: boolean } = {}): void {
    if (options.prior !== true && this.labels.length > 1) this.#holdOut(example, label);
    this.#linear.update(featuresOf(example, BUCKETS), label, options.weight ?? 1);
    if (options.prior !== true) this.#decisions += 1;
  }

  /**
   * A person took this label back and did not say which one is right: an error, where the model would have given it.
   * Nothing is learned from it.
   */
  refute(example: Example, label: string): void {
    if (this.size === 0) return;
    const [best, next] = this.#ranked(example);
    if (best?.label === label && next) this.#heldOut.add({ sureness: best.score - next.score, right: false });
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
    const rows = examples.map(({ example, label }) => ({ vector: featuresOf(example, BUCKETS), label }));
    this.#decisions = options.prior === true ? 0 : rows.length;
    if (options.prior === true) {
      this.#linear.fit(rows);
      return;
    }
    this.#linear.fit(rows.filter((_, at) => at % HELD_OUT !== 0));
    examples.forEach(({ example, label }, at) => {
      if (at % HELD_OUT === 0 && this.labels.length > 1) this.#holdOut(example, label);
    });
    this.#linear.fit(rows);
  }

  serialise(): Uint8Array {
    const linear = this.#linear.serialise();
    const whole = new Uint32Array(Math.ceil(linear.length / 4));
    new Uint8Array(whole.buffer).set(linear);
    return packed(KIND, { heldOut: this.#heldOut.kept, length: linear.length, decisions: this.#decisions }, [
      whole,
    ]);
  }

  #holdOut(example: Example, label: string): void {
    const [best, next] = this.#ranked(example);
    if (best && next) this.#heldOut.add({ sureness: best.score - next.score, right: best.label === label });
  }

  #ranked(example: Example): { label: string; score: number }[] {
    const scores = this.#linear.scores(featuresOf(example, BUCKETS));
    return this.labels.map((label, at) => ({ label, score: scores[at]! })).sort((a, b) => b.score - a.score);
  }

  #evidence(example: Example, label: string): readonly string[] {
    const at = this.labels.indexOf(label);
    const words = new Set([...tokensOf(example.subject), ...tokensOf(example.body)]);
    return [...words]
      .filter((word) => word.length > 2)
      .map((word) => ({ word, weight: this.#linear.weightsOf(wordIndex(word, BUCKETS))[at]! }))
      .filter(({ weight }) => weight > 0)
      .sort((a, b) => b.weight - a.weight)
      .slice(0, MOST_EVIDENCE)
      .map(({ word }) => word);
  }
}

/** The next best, with what the best one leaves of certainty shared out by their scores. */
function shared(
  ranked: readonly { readonly label: string; readonly score: number }[],
  rest: number,
): Prediction["alternatives"] {
  const parts = ranked.map(({ score }) => Math.exp(2 * score));
  const sum = parts.reduce((total, part) => total + part, 0);
  return ranked
    .slice(0, MOST_ALTERNATIVES)
    .map(({ label }, at) => ({ label, confidence: (rest * parts[at]!) / sum }));
}
