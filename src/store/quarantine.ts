import type { Db } from "./database.ts";

/** One message that was put aside. */
export interface PutAside {
  readonly id: number;
  readonly receivedAt: string;
  /** "" where none could be read. */
  readonly fromAddress: string;
  readonly subject: string;
  readonly code: string;
  readonly reason: string;
}

type Row = {
  id: number;
  received_at: string;
  from_address: string | null;
  subject: string | null;
  disposition_code: string | null;
  disposition_reason: string | null;
};

/** Messages in quarantine, oldest first: those after an id, at most so many. */
export async function putAsideAfter(db: Db, afterId: number, limit: number): Promise<readonly PutAside[]> {
  const rows = (await db("messages")
    .where({ status: "quarantined" })
    .andWhere("id", ">", afterId)
    .orderBy("id")
    .limit(limit)) as Row[];
  return rows.map((row) => ({
    id: row.id,
    receivedAt: row.received_at,
    fromAddress: row.from_address ?? "",
    subject: row.subject ?? "",
    code: row.disposition_code ?? "",
    reason: row.disposition_reason ?? "",
  }));
}

/** How many were put aside after an id, and the newest of them; 0 and the id itself where none was. */
export async function countPutAside(
  db: Db,
  afterId: number,
): Promise<{ readonly count: number; readonly newestId: number }> {
  const row = (await db("messages")
    .where({ status: "quarantined" })
    .andWhere("id", ">", afterId)
    .count({ count: "*" })
    .max({ newest: "id" })
    .first()) as { count: number | string; newest: number | null } | undefined;
  return { count: Number(row?.count ?? 0), newestId: row?.newest ?? afterId };
}
