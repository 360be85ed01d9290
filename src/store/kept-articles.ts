import type { Knex } from "knex";
import { bytesOf, type CompactText } from "../desk/search/compact.ts";
import { articleChanges } from "./article-words.ts";
import { readVocabulary, vocabularyIn, type Vocabulary } from "./vocabulary.ts";

/** The database is what holds this class, so its type is not asked for here. */
type Db = Knex | Knex.Transaction;

/** An article as it is compared. */
export interface RankedText extends CompactText {
  readonly id: number;
}

/** An article as it is shown. */
export interface ShownArticle {
  readonly id: number;
  readonly title: string;
  readonly source: string;
  readonly body: string;
}

/** Bytes of compared texts and of shown articles: all that most desks have. */
const MOST_COMPARED = 6_000_000;
const MOST_SHOWN = 4_000_000;

/** Another process may have changed articles: their vocabulary is asked about so often, in milliseconds. */
const LOOKED_AFTER = 1000;

/**
 * What a search for articles needs of them, kept between mails and given up as soon as any article changes. Whose an article
 * is, is never kept: each search asks the database.
 */
export class KeptArticles {
  readonly #texts = new Recent<RankedText>(MOST_COMPARED, bytesOf);
  readonly #shown = new Recent<ShownArticle>(
    MOST_SHOWN,
    ({ title, source, body }) => 2 * (title.length + source.length + body.length),
  );
  /** `null` where the words are too many. */
  #vocabulary: Promise<Vocabulary | null> | undefined;
  #changes = -1;
  #lookedAt = -Infinity;

  /** @param now monotonic, in milliseconds */
  async vocabulary(db: Db, now = performance.now()): Promise<Vocabulary> {
    if (now - this.#lookedAt >= LOOKED_AFTER) {
      this.#lookedAt = now;
      this.isAsOf(await articleChanges(db));
    }
    try {
      this.#vocabulary ??= readVocabulary(db);
      return (await this.#vocabulary) ?? vocabularyIn(db);
    } catch (error) {
      this.#vocabulary = undefined;
      throw error;
    }
  }

  /** How many changes were counted when it was last looked. */
  get changes(): number {
    return this.#changes;
  }

  text(id: number): RankedText | undefined {
    return this.#texts.get(id);
  }

  shown(id: number): ShownArticle | undefined {
    return this.#shown.get(id);
  }

  /** Keep what was read after that many changes; where there are more by now, it may be an older state. */
  keep(
    read: { readonly texts?: readonly RankedText[]; readonly shown?: readonly ShownArticle[] },
    changes: number,
  ): void {
    if (changes !== this.#changes) return;
    for (const text of read.texts ?? []) this.#texts.keep(text);
    for (const article of read.shown ?? []) this.#shown.keep(article);
  }

  /** What is kept is given up where articles have changed since. @param changes as `articleChanges` counts them */
  isAsOf(changes: number): void {
    if (changes === this.#changes) return;
    this.#vocabulary = undefined;
    this.#texts.clear();
    this.#shown.clear();
    this.#changes = changes;
  }

  /** This process has changed articles: the next search looks after them at once. */
  lookAfter(): void {
    this.#lookedAt = -Infinity;
  }
}

/** The values that were asked for last, as many as fit. */
class Recent<T extends { readonly id: number }> {
  readonly #most: number;
  readonly #sizeOf: (value: T) => number;
  readonly #values = new Map<number, T>();
  #size = 0;

  constructor(most: number, sizeOf: (value: T) => number) {
    this.#most = most;
    this.#sizeOf = sizeOf;
  }

  get(id: number): T | undefined {
    const value = this.#values.get(id);
    if (value === undefined) return undefined;
    this.#values.delete(id);
    this.#values.set(id, value);
    return value;
  }

  keep(value: T): void {
    const size = this.#sizeOf(value);
    // One that is as large as a quarter of all would push out too many.
    if (size > this.#most / 4 || this.#values.has(value.id)) return;
    this.#values.set(value.id, value);
    this.#size += size;
    for (const [id, oldest] of this.#values) {
      if (this.#size <= this.#most) return;
      this.#values.delete(id);
      this.#size -= this.#sizeOf(oldest);
    }
  }

  clear(): void {
    this.#values.clear();
    this.#size = 0;
  }
}
