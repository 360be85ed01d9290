import type { FeatureParts } from "./features.ts";
import type { SparseVector } from "./sparse-vector.ts";

/** Lengths that the parts of a vector get. */
const LENGTHS: Readonly<Record<keyof FeatureParts, number>> = {
  words: 1,
  subject: 0.7,
  pieces: 0.8,
  facts: 0.5,
};
const PARTS = Object.keys(LENGTHS) as (keyof FeatureParts)[];

/** Logarithms of 1 and more, at hand: a long mail asks for thousands of rarities. */
const LOGS = Float64Array.from({ length: 1024 }, (_, met) => Math.log(1 + met));

/** In how many examples each hashed feature was met: what is rare tells more (inverse document frequency). */
export class Lexicon {
  readonly #met: Uint32Array;
  #size = 0;
  /** Rarity of what was never met. */
  #most = 1;

  constructor(buckets: number) {
    this.#met = new Uint32Array(buckets);
  }

  /** @throws RangeError where a pair lies outside the buckets */
  static restore(buckets: number, size: number, pairs: Uint32Array): Lexicon {
    const lexicon = new Lexicon(buckets);
    lexicon.#size = size;
    lexicon.#most = Math.log(1 + size) + 1;
    for (let at = 0; at + 1 < pairs.length; at += 2) lexicon.#met[pairs[at]!] = pairs[at + 1]!;
    return lexicon;
  }

  /** Examples counted. */
  get size(): number {
    return this.#size;
  }

  count(parts: FeatureParts): void {
    this.#size += 1;
    this.#most = Math.log(1 + this.#size) + 1;
    for (const part of PARTS) for (const index of parts[part].indices) this.#met[index]! += 1;
  }

  metIn(index: number): number {
    return this.#met[index]!;
  }

  rarity(index: number): number {
    return rarityOf(this.#met[index]!, this.#most);
  }

  /**
   * The example as one vector: each part weighted by rarity and brought to its length. Where two parts share an index by
   * chance, it stands there twice, which adds up.
   */
  vectorOf(parts: FeatureParts): SparseVector {
    const size = PARTS.reduce((sum, part) => sum + parts[part].indices.length, 0);
    const vector = { indices: new Uint32Array(size), values: new Float32Array(size) };
    let from = 0;
    for (const part of PARTS) from = this.#weigh(parts[part], LENGTHS[part], vector, from);
    return vector;
  }

  /** Writes one part into the whole from a place on, and answers the place after it. */
  #weigh({ indices, values }: SparseVector, length: number, whole: SparseVector, from: number): number {
    const [met, most, weighed] = [this.#met, this.#most, whole.values];
    whole.indices.set(indices, from);
    let square = 0;
    for (let at = 0; at < indices.length; at += 1) {
      const value = values[at]! * rarityOf(met[indices[at]!]!, most);
      weighed[from + at] = value;
      square += value * value;
    }
    const factor = length / Math.sqrt(square);
    const to = from + indices.length;
    for (let at = from; at < to; at += 1) weighed[at]! *= factor;
    return to;
  }

  /** The features of a vector that were met in more examples than so many. */
  metMore({ indices, values }: SparseVector, than: number): SparseVector {
    const met = this.#met;
    const [places, weights] = [new Uint32Array(indices.length), new Float32Array(indices.length)];
    let size = 0;
    for (let at = 0; at < indices.length; at += 1) {
      const index = indices[at]!;
      if (met[index]! <= than) continue;
      places[size] = index;
      weights[size] = values[at]!;
      size += 1;
    }
    return { indices: places.slice(0, size), values: weights.slice(0, size) };
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

function rarityOf(met: number, most: number): number {
  return most - (met < LOGS.length ? LOGS[met]! : Math.log(1 + met));
}

/** Without the features that were met in one example alone: they cannot tell anything of another one. */
export function withoutSingles(vector: SparseVector, lexicon: Lexicon): SparseVector {
  return lexicon.metMore(vector, 1);
}

/** So many features of a text tell what it is about; a long one has some thousands, nearly all of them faint. */
const MOST_FEATURES = 500;

/**
 * The features of a long vector that weigh most, of those that were met in other examples; a short one as it is.
 *
 * @param own in how many of the examples that were counted this one is itself: 0 or 1
 */
export function weightiest(vector: SparseVector, lexicon: Lexicon, own: number): SparseVector {
  if (vector.indices.length <= MOST_FEATURES) return vector;
  const met = lexicon.metMore(vector, own);
  if (met.indices.length <= MOST_FEATURES) return met;
  const least = largest(met.values, MOST_FEATURES);
  let room = MOST_FEATURES;
  for (const value of met.values) if (value > least) room -= 1;
  const [indices, values] = [new Uint32Array(MOST_FEATURES), new Float32Array(MOST_FEATURES)];
  let size = 0;
  for (let at = 0; at < met.values.length; at += 1) {
    const value = met.values[at]!;
    if (value < least || (value === least && (room -= 1) < 0)) continue;
    indices[size] = met.indices[at]!;
    values[size] = value;
    size += 1;
  }
  return { indices, values };
}

/** The `rank`th largest of them, from 1 (Hoare's selection): sorting them all would take most of a reading's time. */
function largest(values: Float32Array, rank: number): number {
  const some = values.slice();
  const place = some.length - rank;
  let [low, high] = [0, some.length - 1];
  while (low < high) {
    const pivot = some[(low + high) >> 1]!;
    let [left, right] = [low, high];
    while (left <= right) {
      while (some[left]! < pivot) left += 1;
      while (some[right]! > pivot) right -= 1;
      if (left > right) break;
      const value = some[left]!;
      some[left] = some[right]!;
      some[right] = value;
      left += 1;
      right -= 1;
    }
    if (place <= right) high = right;
    else if (place >= left) low = left;
    else break;
  }
  return some[place]!;
}
