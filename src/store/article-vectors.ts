import type { Knex } from "knex";
import { isPostgres } from "./search-query.ts";

/** The database is what holds what is read here, so its type is not asked for. */
type Db = Knex | Knex.Transaction;

/** An article whose vector is missing, or was made of an earlier state or by another model. */
export interface WaitingArticle {
  readonly id: number;
  readonly title: string;
  readonly body: string;
  /** Its state: whoever stores a vector says of which. */
  readonly updatedAt: string;
  /** What this model's stored answer was made of; `null` where there is none. */
  readonly textSha256: string | null;
}

/** What became of one article's text. */
export interface ArticleVector {
  readonly articleId: number;
  readonly textSha256: string;
  readonly articleUpdatedAt: string;
  readonly result: { readonly vector: Float32Array } | { readonly refused: string };
}

/** How far the articles have got, for one model. */
interface VectorCounts {
  readonly articles: number;
  readonly waiting: number;
  /** Of those that do not wait: the model would not take their text. */
  readonly refused: number;
}

/** At most `limit`, the oldest first. */
export async function waitingArticles(
  db: Db,
  model: string,
  limit: number,
): Promise<readonly WaitingArticle[]> {
  // The ids first: a body is long, and an index tells which articles wait.
  const ids = (await waiting(db, model).orderBy("a.id").limit(limit).select("a.id")) as { id: number }[];
  const rows = (await db("articles as a")
    .leftJoin("article_vectors as v", (join) => {
      void join.on("v.article_id", "a.id").andOnVal("v.model", model);
    })
    .whereIn(
      "a.id",
      ids.map(({ id }) => id),
    )
    .orderBy("a.id")
    .select("a.id", "a.title", "a.body", "a.updated_at", "v.text_sha256")) as {
    id: number;
    title: string;
    body: string;
    updated_at: string;
    text_sha256: string | null;
  }[];
  return rows.map((row) => ({
    id: row.id,
    title: row.title,
    body: row.body,
    updatedAt: row.updated_at,
    textSha256: row.text_sha256,
  }));
}

export async function countVectors(db: Db, model: string): Promise<VectorCounts> {
  const [articles, left, refused] = await Promise.all([
    countOf(db("articles")),
    countOf(waiting(db, model)),
    countOf(db("article_vectors").where({ model }).whereNull("vector")),
  ]);
  return { articles, waiting: left, refused };
}

async function countOf(query: Knex.QueryBuilder): Promise<number> {
  const [row] = (await query.count({ count: "*" })) as { count: number }[];
  return row?.count ?? 0;
}

function waiting(db: Db, model: string): Knex.QueryBuilder {
  return db("articles as a")
    .leftJoin("article_vectors as v", (join) => {
      void join
        .on("v.article_id", "a.id")
        .andOnVal("v.model", model)
        .andOn("v.article_updated_at", "a.updated_at");
    })
    .whereNull("v.article_id");
}

/** The key of PostgreSQL's advisory lock while vectors are stored; any number of our own. */
const STORING = 1_129_270_869;

/**
 * Takes the place of whatever was stored of these articles. Call it in a transaction: on PostgreSQL one at a time goes on from
 * here to its commit, so that whoever reads on from a version misses none that is committed later.
 */
export async function saveVectors(db: Db, model: string, saved: readonly ArticleVector[]): Promise<void> {
  if (saved.length === 0) return;
  if (isPostgres(db)) await db.raw("SELECT pg_advisory_xact_lock(?)", [STORING]);
  const version = (await lastVersion(db)) + 1;
  await db("article_vectors")
    .insert(
      saved.map((one) => ({
        article_id: one.articleId,
        model,
        text_sha256: one.textSha256,
        article_updated_at: one.articleUpdatedAt,
        vector: "vector" in one.result ? bytesOf(one.result.vector) : null,
        refused: "refused" in one.result ? one.result.refused : null,
        version,
      })),
    )
    .onConflict("article_id")
    .merge();
}

/** The text is the same as before: only the state it stands for is new. */
export async function confirmVectors(
  db: Db,
  confirmed: readonly { readonly articleId: number; readonly articleUpdatedAt: string }[],
): Promise<void> {
  for (const { articleId, articleUpdatedAt } of confirmed)
    await db("article_vectors")
      .where({ article_id: articleId })
      .update({ article_updated_at: articleUpdatedAt });
}

/** How long this model's newest vector is, in numbers; `null` before the first. */
export async function newestDimensions(db: Db, model: string): Promise<number | null> {
  const row = (await db("article_vectors")
    .where({ model })
    .whereNotNull("vector")
    .orderBy("version", "desc")
    .first(db.raw("length(vector) AS bytes"))) as { bytes: number } | undefined;
  return row === undefined ? null : row.bytes / 4;
}

/** What this model has answered is worth nothing any more: all its articles wait again. */
export async function dropVectors(db: Db, model: string): Promise<void> {
  // Rows stay: versions must go on counting where they were.
  await db("article_vectors").where({ model }).update({ model: NOBODY, vector: null });
}

/** The model of what is worth nothing. */
const NOBODY = "";

export interface StoredVector {
  readonly articleId: number;
  readonly version: number;
  readonly vector: Float32Array;
}

/** Vectors of this model that were written after this version, oldest first, at most `limit` of them. */
export async function vectorsAfter(
  db: Db,
  model: string,
  after: { readonly version: number; readonly articleId: number },
  limit: number,
): Promise<readonly StoredVector[]> {
  const rows = (await db("article_vectors")
    .where("version", ">=", after.version)
    .whereRaw("(version > ? OR article_id > ?)", [after.version, after.articleId])
    .where({ model })
    .whereNotNull("vector")
    .orderBy(["version", "article_id"])
    .limit(limit)
    .select("article_id", "version", "vector")) as { article_id: number; version: number; vector: Buffer }[];
  return rows.map((row) => ({
    articleId: row.article_id,
    version: row.version,
    vector: vectorIn(row.vector),
  }));
}

async function lastVersion(db: Db): Promise<number> {
  const row = (await db("article_vectors").max({ version: "version" }).first()) as
    { version: number | null } | undefined;
  return row?.version ?? 0;
}

/** Of length 1, so that a product is a cosine. */
function bytesOf(vector: Float32Array): Buffer {
  const length = Math.hypot(...vector) || 1;
  const bytes = Buffer.alloc(vector.length * 4);
  for (let at = 0; at < vector.length; at += 1) bytes.writeFloatLE((vector[at] ?? 0) / length, at * 4);
  return bytes;
}

function vectorIn(bytes: Buffer): Float32Array {
  const vector = new Float32Array(bytes.length / 4);
  for (let at = 0; at < vector.length; at += 1) vector[at] = bytes.readFloatLE(at * 4);
  return vector;
}
