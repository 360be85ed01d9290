import type { CompactText } from "./compact.ts";
import { HashCounts } from "./hash-counts.ts";
import { roomOf, said, type Scorer } from "./rank.ts";

/** Entries that the ring has room for at first. */
const ROOM = 4096;

/**
 * Which of the newest texts hold a word, and how often: a list for each word, newest text first, so that a question walks over what
 * shares its words alone. Texts leave in the order in which they came, so all lists lie in one ring: twelve bytes for each word
 * of a text, and nothing to move when one leaves.
 */
export class WordIndex {
  /** Word → number of its newest entry. Entries are numbered as they come, from 1. */
  readonly #heads = new HashCounts();
  #places = new Int32Array(ROOM);
  #counts = new Float32Array(ROOM);
  /** How many entries back the word's next older one lies; 0 where there is none. */
  #back = new Int32Array(ROOM);
  #oldestEntry = 1;
  #nextEntry = 1;
  #nextPlace = 0;
  /** By place modulo `texts`, as the next two: the lengths of the texts, what repeats go on counting in them, and what they score. */
  readonly #lengths: Float64Array;
  readonly #rooms: Float64Array;
  readonly #sums: Float64Array;

  /** @param texts that are here at a time, at most */
  constructor(texts: number) {
    this.#lengths = new Float64Array(texts);
    this.#rooms = new Float64Array(texts);
    this.#sums = new Float64Array(texts);
  }

  /** Its place among all that came, from 0. */
  add({ stems, counts, length }: CompactText): number {
    while (this.#nextEntry + stems.length - this.#oldestEntry > this.#places.length) this.#grow();
    const place = this.#nextPlace;
    this.#nextPlace += 1;
    this.#lengths[place % this.#lengths.length] = length;
    const mask = this.#places.length - 1;
    for (let at = 0; at < stems.length; at += 1) {
      const stem = stems[at] ?? 0;
      const older = this.#heads.get(stem);
      const entry = this.#nextEntry & mask;
      this.#places[entry] = place;
      this.#counts[entry] = counts[at] ?? 0;
      this.#back[entry] = older === 0 ? 0 : this.#nextEntry - older;
      this.#heads.set(stem, this.#nextEntry);
      this.#nextEntry += 1;
    }
    return place;
  }

  /** @param oldest the text that has been here longest */
  drop({ stems }: CompactText): void {
    this.#oldestEntry += stems.length;
    for (const stem of stems) if (this.#heads.get(stem) < this.#oldestEntry) this.#heads.set(stem, 0);
  }

  /**
   * What a question scores with each text by `Scorer.rough`, to the last bit: the words of a text are added up in the same order.
   *
   * @param from the first place that is asked for; what stands at places before it means nothing
   * @returns by place modulo `texts`, until the next question
   */
  rough(asked: Scorer, from: number): Float64Array {
    const { stems } = asked.question;
    const [sums, rooms, texts] = [this.#sums, this.#rooms, this.#sums.length];
    for (let place = from; place < this.#nextPlace; place += 1) {
      const at = place % texts;
      sums[at] = 0;
      rooms[at] = roomOf(this.#lengths[at] ?? 0, asked.meanLength);
    }
    const mask = this.#places.length - 1;
    for (let at = 0; at < stems.length; at += 1) {
      const worth = asked.worth[at] ?? 0;
      let number = this.#heads.get(stems[at] ?? 0);
      while (number >= this.#oldestEntry) {
        const entry = number & mask;
        const place = this.#places[entry] ?? 0;
        if (place < from) break;
        const text = place % texts;
        sums[text] = (sums[text] ?? 0) + said(worth, this.#counts[entry] ?? 0, rooms[text] ?? 0);
        const back = this.#back[entry] ?? 0;
        if (back === 0) break;
        number -= back;
      }
    }
    for (let place = from; place < this.#nextPlace; place += 1) {
      const at = place % texts;
      sums[at] = asked.share(sums[at] ?? 0);
    }
    return sums;
  }

  /** Lengths stay powers of two: the last bits of an entry's number are its place in the ring. */
  #grow(): void {
    const [places, counts, back] = [this.#places, this.#counts, this.#back];
    const length = places.length * 2;
    this.#places = new Int32Array(length);
    this.#counts = new Float32Array(length);
    this.#back = new Int32Array(length);
    for (let number = this.#oldestEntry; number < this.#nextEntry; number += 1) {
      const from = number & (places.length - 1);
      const to = number & (length - 1);
      this.#places[to] = places[from] ?? 0;
      this.#counts[to] = counts[from] ?? 0;
      this.#back[to] = back[from] ?? 0;
    }
  }
}
