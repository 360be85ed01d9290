import { INDEX_MASK, stepsOf, type PackedVector } from "./packed-vector.ts";

/**
 * Weights of hashed features for each label, `[bucket, label]`, a bias for each label after the last bucket. Labels stand
 * side by side, so that one walk over a vector's features serves all of them.
 */
export class WeightTable {
  readonly #buckets: number;
  #stride = 4;
  #weights: Float32Array;

  constructor(buckets: number) {
    this.#buckets = buckets;
    this.#weights = new Float32Array((buckets + 1) * this.#stride);
  }

  /** Places kept for labels; a multiple of four, which `score` relies on. */
  get stride(): number {
    return this.#stride;
  }

  clear(): void {
    this.#weights.fill(0);
  }

  /** Makes room for so many labels. */
  reach(labels: number): void {
    const before = this.#stride;
    if (labels <= before) return;
    this.#stride = before < 16 ? before * 2 : before + 12;
    const old = this.#weights;
    this.#weights = new Float32Array((this.#buckets + 1) * this.#stride);
    for (let row = 0; row <= this.#buckets; row += 1)
      this.#weights.set(old.subarray(row * before, (row + 1) * before), row * this.#stride);
  }

  of(index: number, labels: number): Float32Array {
    return this.#weights.slice(index * this.#stride, index * this.#stride + labels);
  }

  /** @param scores one for each place, written over */
  score({ codes, scale }: PackedVector, scores: Float64Array): void {
    const weights = this.#weights;
    const stride = this.#stride;
    scores.fill(0);
    for (let at = 0; at < codes.length; at += 1) {
      const code = codes[at]!;
      const value = stepsOf(code);
      const row = (code & INDEX_MASK) * stride;
      for (let label = 0; label < stride; label += 4) {
        scores[label]! += value * weights[row + label]!;
        scores[label + 1]! += value * weights[row + label + 1]!;
        scores[label + 2]! += value * weights[row + label + 2]!;
        scores[label + 3]! += value * weights[row + label + 3]!;
      }
    }
    const bias = this.#buckets * stride;
    for (let label = 0; label < stride; label += 1)
      scores[label] = scores[label]! * scale + weights[bias + label]!;
  }

  /** Scores of the first `count` labels in `chosen` only, in their order. */
  scoreSome({ codes, scale }: PackedVector, chosen: Uint16Array, count: number, scores: Float64Array): void {
    const weights = this.#weights;
    const stride = this.#stride;
    for (let each = 0; each < count; each += 1) scores[each] = 0;
    for (let at = 0; at < codes.length; at += 1) {
      const code = codes[at]!;
      const value = stepsOf(code);
      const row = (code & INDEX_MASK) * stride;
      for (let each = 0; each < count; each += 1) scores[each]! += value * weights[row + chosen[each]!]!;
    }
    const bias = this.#buckets * stride;
    for (let each = 0; each < count; each += 1)
      scores[each] = scores[each]! * scale + weights[bias + chosen[each]!]!;
  }

  /** Adds `change[each]` times the vector to the weights of the first `count` labels in `chosen`. */
  shift({ codes, scale }: PackedVector, chosen: Uint16Array, count: number, change: Float64Array): void {
    const weights = this.#weights;
    const stride = this.#stride;
    for (let at = 0; at < codes.length; at += 1) {
      const code = codes[at]!;
      const value = stepsOf(code) * scale;
      const row = (code & INDEX_MASK) * stride;
      for (let each = 0; each < count; each += 1) weights[row + chosen[each]!]! += value * change[each]!;
    }
    const bias = this.#buckets * stride;
    for (let each = 0; each < count; each += 1) weights[bias + chosen[each]!]! += change[each]!;
  }
}
