import type { Knex } from "knex";
import { hashOf, hashWithout } from "../desk/search/hashes.ts";
import { isSpelt, keysOf } from "../desk/search/near-words.ts";
import { ALL, CHANGES, wordCounts, wordsByKey, type WordCount } from "./article-words.ts";

/** The database is what holds what is read here, so its type is not asked for. */
type Db = Knex | Knex.Transaction;

/** The words that articles hold: asked in the database, or kept at hand where there are not too many. */
export interface Vocabulary {
  /** The counts of these words; a word that no article holds has none. */
  counts(words: readonly string[]): Promise<ReadonlyMap<string, WordCount>>;
  /** Of each of these words the known ones that are it with a letter more, less or changed, and perhaps others. */
  near(words: readonly string[]): Promise<ReadonlyMap<string, readonly WordCount[]>>;
}

export function vocabularyIn(db: Db): Vocabulary {
  return {
    counts: (words) => (words.length === 0 ? Promise.resolve(new Map()) : wordCounts(db, words)),
    async near(words) {
      const sharing = await wordsByKey(db, words.flatMap(keysOf));
      return new Map(
        words.map((word) => {
          const keys = new Set(keysOf(word));
          const near = sharing.filter(({ key }) => keys.has(key));
          return [word, [...new Map(near.map((one) => [one.word, one])).values()]];
        }),
      );
    },
  };
}

/** Words that are kept: what some thousand articles hold, in some megabytes. */
const MOST_KEPT = 30_000;

/** All words of all articles, or `null` where they are more than are kept. */
export async function readVocabulary(db: Db): Promise<Vocabulary | null> {
  const [counted] = (await db("article_words").count({ words: "*" })) as { words: number }[];
  if (counted === undefined || counted.words > MOST_KEPT) return null;
  const rows = (await db("article_words")
    .where("articles", ">", 0)
    .whereNot({ word: CHANGES })
    .select("word", "articles", "titles")) as WordCount[];
  const words = new Map(rows.map((row) => [row.word, row]));
  const spelt = rows.filter(({ word }) => word !== ALL && isSpelt(word));
  let keys: Float64Array | null = null;
  return {
    counts: (asked) =>
      Promise.resolve(
        new Map(asked.flatMap((word) => words.get(word) ?? []).map((count) => [count.word, count])),
      ),
    near(asked) {
      keys ??= keyed(spelt);
      const index = keys;
      return Promise.resolve(new Map(asked.map((word) => [word, sharing(word, index, spelt)])));
    },
  };
}

/** Each word's keys as numbers, ascending, with the word's place behind: a word's number times this, and the place. */
const PLACES = 2 ** 16;

function keyed(words: readonly WordCount[]): Float64Array {
  const keys = new Float64Array(words.reduce((sum, { word }) => sum + word.length + 1, 0));
  let made = 0;
  for (const [place, { word }] of words.entries())
    for (let left = 0; left <= word.length; left += 1) {
      keys[made] = (hashWithout(word, left) >>> 0) * PLACES + place;
      made += 1;
    }
  return keys.sort();
}

function sharing(word: string, keys: Float64Array, words: readonly WordCount[]): readonly WordCount[] {
  const places = new Set<number>();
  for (const key of keysOf(word)) {
    const from = (hashOf(key) >>> 0) * PLACES;
    for (let at = firstFrom(keys, from); at < keys.length; at += 1) {
      const place = (keys[at] ?? 0) - from;
      if (place >= PLACES) break;
      places.add(place);
    }
  }
  return [...places].flatMap((place) => words[place] ?? []);
}

/** The first place in an ascending list that holds at least this. */
function firstFrom(list: Float64Array, least: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
