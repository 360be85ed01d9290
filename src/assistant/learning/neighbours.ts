import type { Lexicon } from "./lexicon.ts";

export interface Neighbour {
  /** Number of the example, counted from the first one added. */
  readonly number: number;
  /** 0 (no word in common) to 1 (the same words). */
  readonly likeness: number;
}

/** Words in more examples than this share, and than this many, lead to no neighbour. */
const COMMON_SHARE = 0.03;
const COMMON_COUNT = 60;

/**
 * Which earlier examples share rare words with a text. An index from word to examples: lists through typed arrays, the
 * newest example first.
 */
export class Neighbours {
  /** Word → its newest entry; 0 for none, so that entries count from 1. */
  readonly #heads: Int32Array;
  #next = new Int32Array(1024);
  #owner = new Int32Array(1024);
  #entries = 1;
  #size = 0;
  #lengths = new Float32Array(256);
  #sums = new Float32Array(256);

  constructor(buckets: number) {
    this.#heads = new Int32Array(buckets);
  }

  get size(): number {
    return this.#size;
  }

  /**
   * @param length of the words as they were rare when the example came; worked out where it is not known. A restored
   * index is given it, or it would find by other likenesses than the one that it was
   */
  add(words: Uint32Array, lexicon: Lexicon, length = lengthOf(words, lexicon)): void {
    const number = this.#size;
    this.#size += 1;
    if (number >= this.#lengths.length) {
      const room = wider(number);
      this.#lengths = grown(this.#lengths, new Float32Array(room));
      this.#sums = new Float32Array(room);
    }
    if (this.#entries + words.length > this.#next.length) {
      const room = wider(this.#entries + words.length);
      this.#next = grown(this.#next, new Int32Array(room));
      this.#owner = grown(this.#owner, new Int32Array(room));
    }
    this.#lengths[number] = length;
    for (const word of words) {
      this.#next[this.#entries] = this.#heads[word]!;
      this.#owner[this.#entries] = number;
      this.#heads[word] = this.#entries;
      this.#entries += 1;
    }
  }

  /** The words of all examples, one example after the other, how many each has, and how long they are. */
  lists(): { readonly words: Uint32Array; readonly sizes: Uint32Array; readonly lengths: Float32Array } {
    const words = new Uint32Array(this.#entries - 1);
    const sizes = new Uint32Array(this.#size);
    this.#heads.forEach((head, word) => {
      for (let entry = head; entry !== 0; entry = this.#next[entry]!) words[entry - 1] = word;
    });
    for (let entry = 1; entry < this.#entries; entry += 1) sizes[this.#owner[entry]!]! += 1;
    return { words, sizes, lengths: this.#lengths.slice(0, this.#size) };
  }

  /**
   * The most alike, best first.
   *
   * @param admits examples that may be found; all where it is not given
   */
  find(
    words: Uint32Array,
    lexicon: Lexicon,
    limit: number,
    admits: (number: number) => boolean = () => true,
  ): readonly Neighbour[] {
    const common = Math.max(COMMON_COUNT, COMMON_SHARE * this.size);
    const met: number[] = [];
    for (const word of words) {
      if (lexicon.metIn(word) > common) continue;
      const share = lexicon.rarity(word) ** 2;
      for (let entry = this.#heads[word]!; entry !== 0; entry = this.#next[entry]!) {
        const owner = this.#owner[entry]!;
        if (this.#sums[owner] === 0) met.push(owner);
        this.#sums[owner]! += share;
      }
    }
    const length = lengthOf(words, lexicon);
    const best: Neighbour[] = [];
    for (const number of met) {
      const likeness = Math.min(1, this.#sums[number]! / (length * this.#lengths[number]! + 1e-9));
      this.#sums[number] = 0;
      const last = best[limit - 1];
      if ((last && likeness <= last.likeness) || !admits(number)) continue;
      let place = Math.min(best.length, limit - 1);
      while (place > 0 && best[place - 1]!.likeness < likeness) place -= 1;
      best.splice(place, 0, { number, likeness });
      if (best.length > limit) best.pop();
    }
    return best;
  }
}

function lengthOf(words: Uint32Array, lexicon: Lexicon): number {
  let square = 0;
  for (const word of words) square += lexicon.rarity(word) ** 2;
  return Math.sqrt(square);
}

/** Room for a quarter more: what is kept here is kept for tens of thousands of examples. */
const wider = (size: number): number => size + (size >> 2) + 64;

function grown<T extends Float32Array | Int32Array>(values: T, wider: T): T {
  wider.set(values);
  return wider;
}
