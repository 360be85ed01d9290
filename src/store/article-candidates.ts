import type { Asked } from "../desk/search/plan.ts";
import { compactText, inOnePiece } from "../desk/search/compact.ts";
import { CHANGES } from "./article-words.ts";
import type { Db } from "./database.ts";
import type { KeptArticles, RankedText } from "./kept-articles.ts";
import { isPostgres } from "./search-query.ts";

/** Whose articles: a client's own and those for everyone; `null`: only those for everyone; `"all"`: an operator's view. */
export type Reader = number | null | "all";

/** An article that a search looks at, and how often articles had changed when it was found. */
interface Candidate {
  readonly id: number;
  readonly changes: number;
}

/** How much of a body is ranked, in characters. What an article is about stands at its head. */
const RANKED = 6000;

/** Where the rarest word is common, only so many of its articles are looked at. */
const LOOKED_AT = 12_000;

/** Part of a statement: 0 before the first change that was counted. */
const CHANGES_NOW = `coalesce((SELECT articles FROM article_words WHERE word = '${CHANGES}'), 0)`;

/** The best articles for these words by a first, cheap measure; the ranking that counts comes after. */
export async function findCandidates(
  db: Db,
  kept: KeptArticles,
  asked: readonly Asked[],
  reader: Reader,
  limit: number,
): Promise<readonly RankedText[]> {
  if (asked.length === 0) return [];
  const found = await (isPostgres(db) ? onPostgres : onSqlite)(db, asked, reader, limit);
  const [first] = found;
  if (first === undefined) return [];
  kept.isAsOf(first.changes);
  const known = new Map(found.flatMap(({ id }) => kept.text(id) ?? []).map((text) => [text.id, text]));
  const read = await readTexts(
    db,
    found.map(({ id }) => id).filter((id) => !known.has(id)),
  );
  kept.keep({ texts: read }, first.changes);
  for (const text of read) known.set(text.id, text);
  return found.flatMap(({ id }) => known.get(id) ?? []);
}

async function readTexts(db: Db, ids: readonly number[]): Promise<readonly RankedText[]> {
  if (ids.length === 0) return [];
  const rows = (await db("articles")
    .whereIn("id", ids)
    .select("id", "title_words", db.raw(`substr(body_words, 1, ${RANKED}) AS body`), "word_count")) as {
    id: number;
    title_words: string;
    body: string;
    word_count: number;
  }[];
  return rows.map((row) => ({
    id: row.id,
    ...inOnePiece(compactText(row.title_words, row.body, row.word_count)),
  }));
}

async function onSqlite(
  db: Db,
  asked: readonly Asked[],
  reader: Reader,
  limit: number,
): Promise<readonly Candidate[]> {
  const others =
    reader === "all"
      ? ""
      : `AND NOT EXISTS (SELECT 1 FROM articles p INDEXED BY articles_private
           WHERE p.id = articles_fts.rowid AND p.client_id IS NOT NULL ${reader === null ? "" : "AND p.client_id <> ?"})`;
  const query = asked
    .map(({ word, titlesOnly }) => (titlesOnly ? `{title_words} : "${word}"` : `"${word}"`))
    .join(" OR ");
  return db.raw<Candidate[]>(
    `SELECT id, ${CHANGES_NOW} AS changes
     FROM (SELECT rowid AS id, bm25(articles_fts, 2.0, 1.0) AS score FROM articles_fts
           WHERE articles_fts MATCH ? ${others} LIMIT ${LOOKED_AT})
     ORDER BY score, id LIMIT ?`,
    [query, ...(typeof reader === "number" ? [reader] : []), limit],
  );
}

/** By the worth of the words that an article holds: ts_rank would read each article's whole vector. */
async function onPostgres(
  db: Db,
  asked: readonly Asked[],
  reader: Reader,
  limit: number,
): Promise<readonly Candidate[]> {
  const scope =
    reader === "all"
      ? ""
      : reader === null
        ? "AND client_id IS NULL"
        : "AND (client_id IS NULL OR client_id = ?)";
  const bound = typeof reader === "number" ? [reader] : [];
  const each = asked.map(
    ({ titlesOnly }) =>
      `(SELECT id, ?::real AS worth FROM articles WHERE ${titlesOnly ? "title_search" : "search"} @@ ?::tsquery ${scope} LIMIT ${LOOKED_AT})`,
  );
  const { rows } = await db.raw<{ rows: Candidate[] }>(
    `SELECT id, ${CHANGES_NOW} AS changes FROM (${each.join(" UNION ALL ")}) held
     GROUP BY id ORDER BY sum(worth) DESC, id LIMIT ?`,
    [...asked.flatMap(({ word, worth }) => [worth, `'${word}'`, ...bound]), limit],
  );
  return rows;
}
