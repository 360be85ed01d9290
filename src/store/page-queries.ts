import type { Article } from "./articles.ts";
import type { Db } from "./database.ts";

/** Read-only look-ups that the console and the API need beside those of the steps. */

export interface RawInfo {
  readonly sha256: string;
  readonly size: number;
  /** Encrypted: the bytes hold a review token. */
  readonly sealed: boolean;
}

/** What is known of stored bytes without reading them. */
export async function rawInfos(
  db: Db,
  sha256s: readonly (string | null)[],
): Promise<ReadonlyMap<string, RawInfo>> {
  const wanted = [...new Set(sha256s.filter((sha256) => sha256 !== null))];
  if (wanted.length === 0) return new Map();
  const rows = (await db("raw_messages")
    .whereIn("sha256", wanted)
    .select("sha256", "size", "sealed")) as (Omit<RawInfo, "sealed"> & { sealed: boolean | number })[];
  return new Map(rows.map((row) => [row.sha256, { ...row, sealed: Boolean(row.sealed) }]));
}

/** Articles by id, for every client or one; `after` is the last id that was seen. */
export async function listArticles(
  db: Db,
  query: { readonly after?: number; readonly limit: number },
): Promise<readonly Article[]> {
  type Row = {
    id: number;
    client_id: number | null;
    title: string;
    source: string;
    body: string;
    author: string;
    updated_at: string;
  };
  const rows = (await db("articles")
    .where("id", ">", query.after ?? 0)
    .orderBy("id")
    .limit(query.limit)) as Row[];
  return rows.map((row) => ({
    id: row.id,
    clientId: row.client_id,
    title: row.title,
    source: row.source,
    body: row.body,
    author: row.author,
    updatedAt: row.updated_at,
  }));
}
