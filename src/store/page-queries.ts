import type { Db } from "./database.ts";
import type { InsideKind } from "./outbox.ts";

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
    .limit(query.limit)
    .select("id", "client_id", "title", "source", "body", "author", "updated_at")) as Row[];
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

/** Mail to a technician as it is kept: its bytes are encrypted, since they hold a token or what a client wrote. */
interface KeptInsideMail {
  readonly id: number;
  readonly kind: InsideKind;
  readonly technicianId: number;
  readonly ticketId: number | null;
  readonly sealedMail: Buffer;
  readonly createdAt: string;
}

type InsideRow = {
  id: number;
  kind: InsideKind;
  technician_id: number;
  ticket_id: number | null;
  sealed_mail: Buffer;
  created_at: string;
};

const toInside = (row: InsideRow): KeptInsideMail => ({
  id: row.id,
  kind: row.kind,
  technicianId: row.technician_id,
  ticketId: row.ticket_id,
  sealedMail: row.sealed_mail,
  createdAt: row.created_at,
});

/** Mail to technicians, newest first, whatever became of it. */
export async function listInsideMail(
  db: Db,
  query: { readonly before?: number; readonly limit: number },
): Promise<readonly KeptInsideMail[]> {
  const rows = (await db("outbox")
    .modify((q) => {
      if (query.before !== undefined) void q.where("id", "<", query.before);
    })
    .orderBy("id", "desc")
    .limit(query.limit)) as InsideRow[];
  return rows.map(toInside);
}

export async function keptInsideMail(db: Db, id: number): Promise<KeptInsideMail | null> {
  const row = (await db("outbox").where({ id }).first()) as InsideRow | undefined;
  return row === undefined ? null : toInside(row);
}

export async function countInsideMail(db: Db): Promise<number> {
  const row = (await db("outbox").count({ count: "*" }).first()) as { count: number | string } | undefined;
  return Number(row?.count ?? 0);
}
