import type { Knex } from "knex";
import { vectorsAfter, type StoredVector } from "./article-vectors.ts";

/** The database is what holds this class, so its type is not asked for here. */
type Db = Knex | Knex.Transaction;

/**
 * A byte a number: five thousand articles with 1,536 numbers each, which are compared in some ten milliseconds. Articles beyond
 * that are found by their words alone.
 */
const MOST_BYTES = 8_000_000;

/** How many vectors of this length are compared; of more articles the others are found by their words alone. */
export function roomFor(dimensions: number): number {
  return Math.floor(MOST_BYTES / dimensions);
}

/** Vectors that are read at once: a desk that starts takes mail between them. */
const PAGE = 50;

/** Another process may have made vectors: it is looked so often, in milliseconds. */
const LOOKED_AFTER = 1000;

const START = { version: 0, articleId: 0 };

/** The nearest of all vectors to a question. */
export interface Nearness {
  /** Of this many. */
  readonly vectors: number;
  /** Of all cosines. */
  readonly mean: number;
  /** `undefined` where the article has no vector. */
  cosineOf(articleId: number): number | undefined;
  /** Those with a cosine of at least this, the nearest first. */
  ranked(least: number): readonly number[];
}

/**
 * The articles' vectors of one model, compared one by one: exact, and with some thousand articles faster than any index would be.
 * Each number is kept as a byte, which changes a cosine by less than a hundredth. Whose an article is, is not kept here.
 */
export class KeptVectors {
  readonly #most: number;
  #model = "";
  #dimensions = 0;
  #values = new Int8Array(0);
  /** What a byte of each vector stands for. */
  #units: number[] = [];
  #ids: number[] = [];
  readonly #places = new Map<number, number>();
  #after = START;
  #lookedAt = -Infinity;
  #reading: Promise<void> = Promise.resolve();

  constructor(mostBytes = MOST_BYTES) {
    this.#most = mostBytes;
  }

  get vectors(): number {
    return this.#ids.length;
  }

  /** Of one vector, in numbers; 0 before the first. */
  get dimensions(): number {
    return this.#dimensions;
  }

  /** Read what was made since the last time. @param now monotonic, in milliseconds */
  follow(db: Db, model: string, now = performance.now()): Promise<void> {
    if (model === this.#model && now - this.#lookedAt < LOOKED_AFTER) return this.#reading;
    this.#lookedAt = now;
    const read = (): Promise<void> => this.#read(db, model);
    // One at a time, each from where the one before it ended; one that failed is not waited for again.
    this.#reading = this.#reading.then(read, read);
    return this.#reading;
  }

  /** This process has made vectors: the next look reads them. */
  lookAfter(): void {
    this.#lookedAt = -Infinity;
  }

  /** `null` where the question's vector is of another length: another model made it. */
  nearness(question: Float32Array): Nearness | null {
    if (question.length !== this.#dimensions) return null;
    const { bytes, unit } = inBytes(question);
    const each = unit / (Math.hypot(...question) || 1);
    const cosines = new Float32Array(this.#ids.length);
    let sum = 0;
    for (let place = 0; place < cosines.length; place += 1) {
      const cosine = product(bytes, this.#values, place * bytes.length) * (this.#units[place] ?? 0) * each;
      cosines[place] = cosine;
      sum += cosine;
    }
    const places = this.#places;
    const ids = this.#ids;
    return {
      vectors: cosines.length,
      mean: cosines.length === 0 ? 0 : sum / cosines.length,
      cosineOf(articleId) {
        const place = places.get(articleId);
        return place === undefined ? undefined : cosines[place];
      },
      ranked(least) {
        const near: { readonly id: number; readonly cosine: number }[] = [];
        for (const [place, cosine] of cosines.entries())
          if (cosine >= least) near.push({ id: ids[place] ?? 0, cosine });
        return near.sort((a, b) => b.cosine - a.cosine || a.id - b.id).map(({ id }) => id);
      },
    };
  }

  async #read(db: Db, model: string): Promise<void> {
    if (model !== this.#model) {
      this.#clear();
      this.#model = model;
      this.#after = START;
    }
    for (;;) {
      const rows = await vectorsAfter(db, model, this.#after, PAGE);
      for (const row of rows) this.#keep(row);
      if (rows.length < PAGE) return;
    }
  }

  #keep({ articleId, version, vector }: StoredVector): void {
    this.#after = { version, articleId };
    if (vector.length !== this.#dimensions) {
      // The model was changed under its name: what it said before is worth nothing.
      this.#clear();
      this.#dimensions = vector.length;
    }
    const place = this.#places.get(articleId) ?? this.#newPlace(articleId);
    if (place === null) return;
    const { bytes, unit } = inBytes(vector);
    this.#units[place] = unit;
    this.#values.set(bytes, place * this.#dimensions);
  }

  #newPlace(articleId: number): number | null {
    const place = this.#ids.length;
    const needed = (place + 1) * this.#dimensions;
    if (needed > this.#most) return null;
    if (needed > this.#values.length) {
      const larger = new Int8Array(Math.min(this.#most, Math.max(needed, this.#values.length * 2)));
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#ids.push(articleId);
    this.#places.set(articleId, place);
    return place;
  }

  #clear(): void {
    this.#dimensions = 0;
    this.#values = new Int8Array(0);
    this.#units = [];
    this.#ids = [];
    this.#places.clear();
  }
}

/** @returns the numbers as bytes, and what 1 of them stands for */
function inBytes(vector: Float32Array): { readonly bytes: Int8Array; readonly unit: number } {
  let most = 0;
  for (const value of vector) most = Math.max(most, Math.abs(value));
  const unit = most / 127 || 1;
  const bytes = new Int8Array(vector.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = Math.round((vector[at] ?? 0) / unit);
  return { bytes, unit };
}

/** Whole numbers, and four sums side by side: a third faster than one sum of fractions. */
function product(left: Int8Array, right: Int8Array, from: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  let at = 0;
  for (; at + 4 <= left.length; at += 4) {
    a = (a + Math.imul(left[at] ?? 0, right[from + at] ?? 0)) | 0;
    b = (b + Math.imul(left[at + 1] ?? 0, right[from + at + 1] ?? 0)) | 0;
    c = (c + Math.imul(left[at + 2] ?? 0, right[from + at + 2] ?? 0)) | 0;
    d = (d + Math.imul(left[at + 3] ?? 0, right[from + at + 3] ?? 0)) | 0;
  }
  for (; at < left.length; at += 1) a = (a + Math.imul(left[at] ?? 0, right[from + at] ?? 0)) | 0;
  return a + b + c + d;
}
