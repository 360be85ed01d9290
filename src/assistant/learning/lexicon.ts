import type { FeatureParts } from "./features.ts";
import { joined, scaledTo, type SparseVector } from "./sparse-vector.ts";

/** Lengths that the parts of a vector get. */
const LENGTHS: Readonly<Record<keyof FeatureParts, number>> = {
  words: 1,
  subject: 0.7,
  pieces: 0.8,
  facts: 0.5,
};
const PARTS = Object.keys(LENGTHS) as (keyof FeatureParts)[];

/** In how many examples each hashed feature was met: what is rare tells more (inverse document frequency). */
export class Lexicon {
  readonly #met: Uint32Array;
  #size = 0;

  constructor(buckets: number) {
    this.#met = new Uint32Array(buckets);
  }

  /** @throws RangeError where a pair lies outside the buckets */
  static restore(buckets: number, size: number, pairs: Uint32Array): Lexicon {
    const lexicon = new Lexicon(buckets);
    lexicon.#size = size;
    for (let at = 0; at + 1 < pairs.length; at += 2) lexicon.#met[pairs[at]!] = pairs[at + 1]!;
    return lexicon;
  }

  /** Examples counted. */
  get size(): number {
    return this.#size;
  }

  count(parts: FeatureParts): void {
    this.#size += 1;
    for (const part of PARTS) for (const index of parts[part].indices) this.#met[index]! += 1;
  }

  metIn(index: number): number {
    return this.#met[index]!;
  }

  rarity(index: number): number {
    return Math.log((1 + this.#size) / (1 + this.#met[index]!)) + 1;
  }

  /** The example as one vector: each part weighted by rarity and brought to its length. */
  vectorOf(parts: FeatureParts): SparseVector {
    return joined(
      PARTS.map((part) => {
        const { indices, values } = parts[part];
        const weighted = values.map((value, at) => value * this.rarity(indices[at]!));
        return scaledTo({ indices, values: weighted }, LENGTHS[part]);
      }),
    );
  }

  /** Index and count of every feature that was met, one after the other. */
  pairs(): Uint32Array {
    const pairs: number[] = [];
    this.#met.forEach((count, index) => {
      if (count > 0) pairs.push(index, count);
    });
    return Uint32Array.from(pairs);
  }
}

/** Without the features that were met in one example alone: they cannot tell anything of another one. */
export function withoutSingles(vector: SparseVector, lexicon: Lexicon): SparseVector {
  const kept = vector.indices.reduce((sum, index) => sum + (lexicon.metIn(index) > 1 ? 1 : 0), 0);
  const indices = new Uint32Array(kept);
  const values = new Float32Array(kept);
  let to = 0;
  vector.indices.forEach((index, at) => {
    if (lexicon.metIn(index) <= 1) return;
    indices[to] = index;
    values[to] = vector.values[at]!;
    to += 1;
  });
  return { indices, values };
}
