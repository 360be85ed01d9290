import { articleExcerpt } from "../desk/article-excerpt.ts";
import type { ArticleHit } from "../desk/triage.ts";
import type { Db } from "./database.ts";
import { fts5Query, isPostgres, searchWords, tellingWords, tsQuery } from "./search-query.ts";

export interface Article {
  readonly id: number;
  /** `null`: for every client. */
  readonly clientId: number | null;
  readonly title: string;
  /** The imported path or URL; one article a source. */
  readonly source: string;
  readonly body: string;
  readonly author: string;
  readonly updatedAt: string;
}

type Row = {
  id: number;
  client_id: number | null;
  title: string;
  source: string;
  body: string;
  author: string;
  updated_at: string;
  score: number;
};

/** How much of an article is indexed, in characters: PostgreSQL's index of one text ends at a megabyte. */
const SEARCHED = 150_000;

export async function saveArticle(
  db: Db,
  article: Omit<Article, "id" | "updatedAt">,
  now: string,
): Promise<"added" | "changed" | "same"> {
  const existing = (await db("articles").where({ source: article.source }).first()) as Row | undefined;
  const values = {
    client_id: article.clientId,
    title: article.title,
    body: article.body,
    title_words: searchWords(article.title.slice(0, SEARCHED)),
    body_words: searchWords(article.body.slice(0, SEARCHED)),
    author: article.author,
    updated_at: now,
  };
  if (existing === undefined) {
    await db("articles").insert({ ...values, source: article.source });
    return "added";
  }
  if (
    existing.title === article.title &&
    existing.body === article.body &&
    existing.client_id === article.clientId
  )
    return "same";
  await db("articles").where({ id: existing.id }).update(values);
  return "changed";
}

/**
 * Articles that hold any of the query's words, best first (bm25 with the title weighted three times).
 * `clientId` is the reader: its own articles and those for everyone, never another client's. `"all"` is for an operator.
 */
export async function searchArticles(
  db: Db,
  query: string,
  clientId: number | null | "all",
  limit: number,
): Promise<readonly ArticleHit[]> {
  const words = tellingWords(query);
  if (words.length === 0) return [];
  const scope =
    clientId === "all"
      ? ""
      : clientId === null
        ? "AND a.client_id IS NULL"
        : "AND (a.client_id IS NULL OR a.client_id = ?)";
  const bound = typeof clientId === "number" ? [clientId] : [];
  const rows = isPostgres(db)
    ? (
        await db.raw<{ rows: Row[] }>(
          `SELECT a.*, ts_rank_cd(a.search, q, 1) AS score FROM articles a, to_tsquery('english', ?) q
         WHERE a.search @@ q ${scope} ORDER BY score DESC, a.id LIMIT ?`,
          [tsQuery(words), ...bound, limit],
        )
      ).rows
    : await db.raw<Row[]>(
        `SELECT a.*, -bm25(articles_fts, 3.0, 1.0) AS score FROM articles_fts JOIN articles a ON a.id = articles_fts.rowid
         WHERE articles_fts MATCH ? ${scope} ORDER BY score DESC, a.id LIMIT ?`,
        [fts5Query(words), ...bound, limit],
      );
  return rows.map((row) => ({
    articleId: row.id,
    title: row.title,
    source: row.source,
    score: row.score,
    excerpt: articleExcerpt(row.body, words),
  }));
}

/** Title by id, of those that are there still. */
export async function articleTitles(db: Db, ids: readonly number[]): Promise<ReadonlyMap<number, string>> {
  if (ids.length === 0) return new Map();
  const rows = (await db("articles").whereIn("id", ids).select("id", "title")) as Pick<Row, "id" | "title">[];
  return new Map(rows.map((row) => [row.id, row.title]));
}
