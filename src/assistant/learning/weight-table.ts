import { INDEX_MASK, stepsOf, type PackedVector } from "./packed-vector.ts";

/** Rows that get room together: room is taken as it is needed, and nothing is copied when it grows. */
const BLOCK_BITS = 9;
const BLOCK = 1 << BLOCK_BITS;
const WITHIN = BLOCK - 1;

/**
 * Weights of hashed features, a row of labels for each bucket that was ever given a weight, and a bias for each label. Labels
 * stand side by side, so that one walk over a vector's features serves all of them.
 */
export class WeightTable {
  readonly #buckets: number;
  /** Row of each bucket, counted from 1; 0 where all of its weights are 0. */
  #rows: Int32Array;
  #blocks: Float32Array[] = [];
  #used = 0;
  #stride = 4;
  #bias: Float32Array;

  constructor(buckets: number) {
    this.#buckets = buckets;
    this.#rows = new Int32Array(buckets);
    this.#bias = new Float32Array(this.#stride);
  }

  /** Places kept for labels; a multiple of four, which `score` relies on. */
  get stride(): number {
    return this.#stride;
  }

  clear(): void {
    this.#rows = new Int32Array(this.#buckets);
    this.#blocks = [];
    this.#used = 0;
    this.#bias.fill(0);
  }

  /** Makes room for so many labels. */
  reach(labels: number): void {
    const before = this.#stride;
    if (labels <= before) return;
    const stride = before < 16 ? before * 2 : before + 12;
    this.#stride = stride;
    const bias = new Float32Array(stride);
    bias.set(this.#bias);
    this.#bias = bias;
    this.#blocks = this.#blocks.map((old) => {
      const block = new Float32Array(BLOCK * stride);
      for (let row = 0; row < BLOCK; row += 1)
        block.set(old.subarray(row * before, (row + 1) * before), row * stride);
      return block;
    });
  }

  /** What one feature says for one label. */
  weight(index: number, label: number): number {
    const row = this.#rows[index]! - 1;
    return row < 0 ? 0 : this.#blocks[row >> BLOCK_BITS]![(row & WITHIN) * this.#stride + label]!;
  }

  /** @param scores one for each place, written over */
  score({ codes, scale }: PackedVector, scores: Float64Array): void {
    const rows = this.#rows;
    const blocks = this.#blocks;
    const stride = this.#stride;
    scores.fill(0);
    for (let at = 0; at < codes.length; at += 1) {
      const code = codes[at]!;
      const row = rows[code & INDEX_MASK]! - 1;
      if (row < 0) continue;
      const value = stepsOf(code);
      const weights = blocks[row >> BLOCK_BITS]!;
      const start = (row & WITHIN) * stride;
      for (let label = 0; label < stride; label += 4) {
        scores[label]! += value * weights[start + label]!;
        scores[label + 1]! += value * weights[start + label + 1]!;
        scores[label + 2]! += value * weights[start + label + 2]!;
        scores[label + 3]! += value * weights[start + label + 3]!;
      }
    }
    for (let label = 0; label < stride; label += 1)
      scores[label] = scores[label]! * scale + this.#bias[label]!;
  }

  /** Scores of the first `count` labels in `chosen` only, in their order. */
  scoreSome({ codes, scale }: PackedVector, chosen: Uint16Array, count: number, scores: Float64Array): void {
    const rows = this.#rows;
    const blocks = this.#blocks;
    const stride = this.#stride;
    for (let each = 0; each < count; each += 1) scores[each] = 0;
    for (let at = 0; at < codes.length; at += 1) {
      const code = codes[at]!;
      const row = rows[code & INDEX_MASK]! - 1;
      if (row < 0) continue;
      const value = stepsOf(code);
      const weights = blocks[row >> BLOCK_BITS]!;
      const start = (row & WITHIN) * stride;
      for (let each = 0; each < count; each += 1) scores[each]! += value * weights[start + chosen[each]!]!;
    }
    for (let each = 0; each < count; each += 1)
      scores[each] = scores[each]! * scale + this.#bias[chosen[each]!]!;
  }

  /** Adds `change[each]` times the vector to the weights of the first `count` labels in `chosen`. */
  shift({ codes, scale }: PackedVector, chosen: Uint16Array, count: number, change: Float64Array): void {
    const stride = this.#stride;
    for (let at = 0; at < codes.length; at += 1) {
      const code = codes[at]!;
      const value = stepsOf(code) * scale;
      const row = this.#rowOf(code & INDEX_MASK);
      const weights = this.#blocks[row >> BLOCK_BITS]!;
      const start = (row & WITHIN) * stride;
      for (let each = 0; each < count; each += 1) weights[start + chosen[each]!]! += value * change[each]!;
    }
    for (let each = 0; each < count; each += 1) this.#bias[chosen[each]!]! += change[each]!;
  }

  #rowOf(bucket: number): number {
    const known = this.#rows[bucket]!;
    if (known > 0) return known - 1;
    if (this.#used === this.#blocks.length * BLOCK) this.#blocks.push(new Float32Array(BLOCK * this.#stride));
    this.#used += 1;
    this.#rows[bucket] = this.#used;
    return this.#used - 1;
  }
}
