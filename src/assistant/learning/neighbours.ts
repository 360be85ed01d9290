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

/** Places of a stretch; a power of two. */
const STRETCH = 8;

/**
 * Which earlier examples share rare words with a text. An index from word to examples, the newest example first: lists in
 * stretches of seven that lie side by side, since each jump through memory costs as much as a stretch.
 */
export class Neighbours {
  /** Word → place of its newest entry; 0 for none: the first stretch stays empty. */
  readonly #heads: Int32Array;
  /** Each stretch begins with the place of the word's next older entry, 0 for none; the numbers of examples follow. */
  #entries = new Int32Array(1024);
  #stretches = 1;
  #size = 0;
  #lengths = new Float32Array(256);
  #sums = new Float32Array(256);
  /** Those that share a word, in the order in which they were met, while `find` looks. */
  #met = new Int32Array(256);

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
      this.#met = new Int32Array(room);
    }
    const room = (this.#stretches + words.length) * STRETCH;
    if (room > this.#entries.length) this.#entries = grown(this.#entries, new Int32Array(wider(room)));
    this.#lengths[number] = length;
    for (const word of words) {
      const head = this.#heads[word]!;
      let place = head + 1;
      if (place % STRETCH <= 1) {
        this.#entries[this.#stretches * STRETCH] = head;
        place = this.#stretches * STRETCH + 1;
        this.#stretches += 1;
      }
      this.#entries[place] = number;
      this.#heads[word] = place;
    }
  }

  /** The words of all examples, one example after the other, how many each has, and how long they are. */
  lists(): { readonly words: Uint32Array; readonly sizes: Uint32Array; readonly lengths: Float32Array } {
    const sizes = new Uint32Array(this.#size);
    this.#each((number) => {
      sizes[number]! += 1;
    });
    const places = new Uint32Array(this.#size);
    for (let number = 1; number < this.#size; number += 1)
      places[number] = places[number - 1]! + sizes[number - 1]!;
    const words = new Uint32Array(sizes.reduce((sum, size) => sum + size, 0));
    this.#each((number, word) => {
      words[places[number]!] = word;
      places[number]! += 1;
    });
    return { words, sizes, lengths: this.#lengths.slice(0, this.#size) };
  }

  #each(visit: (number: number, word: number) => void): void {
    const entries = this.#entries;
    this.#heads.forEach((head, word) => {
      for (let at = head; at !== 0; at = (at - 1) % STRETCH === 0 ? entries[at - 1]! : at - 1)
        visit(entries[at]!, word);
    });
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
    const [heads, entries] = [this.#heads, this.#entries];
    const [lengths, sums, met] = [this.#lengths, this.#sums, this.#met];
    let [square, found] = [0, 0];
    for (let at = 0; at < words.length; at += 1) {
      const word = words[at]!;
      const rarity = lexicon.rarity(word);
      const share = rarity * rarity;
      square += share;
      if (lexicon.metIn(word) > common) continue;
      for (let at = heads[word]!; at !== 0;) {
        const number = entries[at]!;
        const sum = sums[number]!;
        if (sum === 0) {
          met[found] = number;
          found += 1;
        }
        sums[number] = sum + share;
        at -= 1;
        if (at % STRETCH === 0) at = entries[at]!;
      }
    }
    const length = Math.sqrt(square);
    const best: Neighbour[] = [];
    let least = -1;
    for (let at = 0; at < found; at += 1) {
      const number = met[at]!;
      const likeness = Math.min(1, sums[number]! / (length * lengths[number]! + 1e-9));
      sums[number] = 0;
      if (likeness <= least || !admits(number)) continue;
      let place = Math.min(best.length, limit - 1);
      for (; place > 0 && best[place - 1]!.likeness < likeness; place -= 1) best[place] = best[place - 1]!;
      best[place] = { number, likeness };
      if (best.length === limit) least = best[limit - 1]!.likeness;
    }
    return best;
  }
}

function lengthOf(words: Uint32Array, lexicon: Lexicon): number {
  let square = 0;
  for (const word of words) {
    const rarity = lexicon.rarity(word);
    square += rarity * rarity;
  }
  return Math.sqrt(square);
}

/** Room for a quarter more: what is kept here is kept for tens of thousands of examples. */
const wider = (size: number): number => size + (size >> 2) + 64;

function grown<T extends Float32Array | Int32Array>(values: T, wider: T): T {
  wider.set(values);
  return wider;
}
