import type { Knex } from "knex";
import { isSpelt, keysOf } from "../desk/search/near-words.ts";
import { isPostgres } from "./search-query.ts";

/** The database is what holds what is read here, so its type is not asked for. */
type Db = Knex | Knex.Transaction;

/** How many articles hold a word, and how many have it in their title. */
export interface WordCount {
  readonly word: string;
  readonly articles: number;
  readonly titles: number;
}

/** The row that counts all: `articles` of them, and in `titles` the words of their titles and bodies together. */
export const ALL = "";

/** The row that counts changes: `articles` is how often articles came, went or were edited. A blank is no word. */
export const CHANGES = " ";

/** How often articles have changed: as long as it stays, whatever was read of them is as it was. */
export async function articleChanges(db: Db): Promise<number> {
  const row = (await db("article_words").where({ word: CHANGES }).first("articles")) as
    { articles: number } | undefined;
  return row?.articles ?? 0;
}

/** The counts of these words; a word that no article holds has none. */
export async function wordCounts(db: Db, words: readonly string[]): Promise<ReadonlyMap<string, WordCount>> {
  const rows = await select<WordCount>(
    db,
    `SELECT word, articles, titles FROM article_words WHERE word IN (${LIST(db)}) AND articles > 0`,
    words,
  );
  return new Map(rows.map((row) => [row.word, row]));
}

/** Known words that share a key with one of these. */
export async function wordsByKey(
  db: Db,
  keys: readonly string[],
): Promise<readonly (WordCount & { readonly key: string })[]> {
  return select(
    db,
    `SELECT k.key, w.word, w.articles, w.titles FROM article_word_keys k JOIN article_words w ON w.word = k.word
     WHERE k.key IN (${LIST(db)}) AND w.articles > 0`,
    keys,
  );
}

/** Add to the counts, or take away. Words that are new get their keys. */
export async function addToCounts(db: Db, counts: readonly WordCount[]): Promise<void> {
  // In one order, and the row of all first: two imports at once wait for each other and never crosswise.
  const changes = counts.filter((one) => one.articles !== 0 || one.titles !== 0).toSorted(byWord);
  for (let at = 0; at < changes.length; at += CHUNK) {
    const chunk = changes.slice(at, at + CHUNK);
    const words = chunk.map(({ word }) => word);
    const known = new Set(
      (
        await select<{ word: string }>(
          db,
          `SELECT word FROM article_words WHERE word IN (${LIST(db)})`,
          words,
        )
      ).map(({ word }) => word),
    );
    await insert(db, "article_words", ["word", "articles", "titles"], chunk, ADD);
    const fresh = words.filter((word) => isSpelt(word) && !known.has(word));
    const keys = fresh.flatMap((word) => keysOf(word).map((key) => ({ key, word })));
    for (let from = 0; from < keys.length; from += CHUNK)
      await insert(db, "article_word_keys", ["key", "word"], keys.slice(from, from + CHUNK), "DO NOTHING");
  }
}

const CHUNK = 5000;

const ADD =
  "(word) DO UPDATE SET articles = article_words.articles + excluded.articles, titles = article_words.titles + excluded.titles";

function byWord(a: WordCount, b: WordCount): number {
  return a.word < b.word ? -1 : a.word > b.word ? 1 : 0;
}

/** A list of any length as one value, so that the statement stays one text. */
const LIST = (db: Db): string =>
  isPostgres(db) ? "SELECT json_array_elements_text(?::json)" : "SELECT value FROM json_each(?)";

async function select<T>(db: Db, sql: string, list: readonly string[]): Promise<readonly T[]> {
  const found: unknown = await db.raw(sql, [JSON.stringify(list)]);
  return (isPostgres(db) ? (found as { rows: T[] }).rows : found) as T[];
}

/** Rows as one JSON value. @param conflict what follows ON CONFLICT */
async function insert<T extends object>(
  db: Db,
  table: string,
  columns: readonly (keyof T & string)[],
  rows: readonly T[],
  conflict: string,
): Promise<void> {
  const value = (column: keyof T & string): string =>
    isPostgres(db)
      ? `(row ->> '${column}')${typeof rows[0]?.[column] === "number" ? "::integer" : ""}`
      : `json_extract(value, '$.${column}')`;
  const source = isPostgres(db) ? "json_array_elements(?::json) AS row" : "json_each(?)";
  await db.raw(
    `INSERT INTO ${table} (${columns.join(", ")}) SELECT ${columns.map(value).join(", ")} FROM ${source} WHERE true
     ON CONFLICT ${conflict}`,
    [JSON.stringify(rows)],
  );
}
