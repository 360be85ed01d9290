import type { Asked } from "../desk/search/plan.ts";
import type { SearchText } from "../desk/search/rank.ts";
import type { Db } from "./database.ts";
import { isPostgres } from "./search-query.ts";

/** Whose articles: a client's own and those for everyone; `null`: only those for everyone; `"all"`: an operator's view. */
export type Reader = number | null | "all";

export interface Candidate extends SearchText {
  readonly id: number;
}

/** How much of a body is ranked, in characters. What an article is about stands at its head. */
const RANKED = 6000;

/** Where the rarest word is common, only so many of its articles are looked at. */
const LOOKED_AT = 12_000;

/** The best articles for these words by a first, cheap measure; the ranking that counts comes after. */
export async function findCandidates(
  db: Db,
  asked: readonly Asked[],
  reader: Reader,
  limit: number,
): Promise<readonly Candidate[]> {
  if (asked.length === 0) return [];
  return isPostgres(db)
    ? candidatesOnPostgres(db, asked, reader, limit)
    : candidatesOnSqlite(db, asked, reader, limit);
}

async function candidatesOnSqlite(
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
    `SELECT a.id, a.title_words AS title, substr(a.body_words, 1, ${RANKED}) AS body, a.word_count AS length
     FROM (SELECT id FROM (SELECT rowid AS id, bm25(articles_fts, 2.0, 1.0) AS score FROM articles_fts
                           WHERE articles_fts MATCH ? ${others} LIMIT ${LOOKED_AT})
           ORDER BY score, id LIMIT ?) best
     JOIN articles a ON a.id = best.id`,
    [query, ...(typeof reader === "number" ? [reader] : []), limit],
  );
}

/** By the worth of the words that an article holds: ts_rank would read each article's whole vector. */
async function candidatesOnPostgres(
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
    `SELECT a.id, a.title_words AS title, left(a.body_words, ${RANKED}) AS body, a.word_count AS length
     FROM (SELECT id FROM (${each.join(" UNION ALL ")}) held GROUP BY id ORDER BY sum(worth) DESC, id LIMIT ?) best
     JOIN articles a ON a.id = best.id`,
    [...asked.flatMap(({ word, worth }) => [worth, `'${word}'`, ...bound]), limit],
  );
  return rows;
}
