import type { Db } from "./database.ts";

/** Read-only: how many of what there are, for pages and metrics. */

type Counted = { key: string | null; count: number | string };

async function countBy(db: Db, table: string, column: string): Promise<ReadonlyMap<string, number>> {
  const rows = (await db(table)
    .groupBy(column)
    .select(`${column} as key`)
    .count({ count: "*" })) as unknown as Counted[];
  return new Map(rows.map((row) => [row.key ?? "", Number(row.count)]));
}

export const ticketsByStatus = (db: Db): Promise<ReadonlyMap<string, number>> =>
  countBy(db, "tickets", "status");
export const releasesByStatus = (db: Db): Promise<ReadonlyMap<string, number>> =>
  countBy(db, "releases", "status");
export const reviewsByStatus = (db: Db): Promise<ReadonlyMap<string, number>> =>
  countBy(db, "reviews", "status");
export const deliveriesByOutcome = (db: Db): Promise<ReadonlyMap<string, number>> =>
  countBy(db, "deliveries", "outcome");

/** Mail to technicians, by status: queued, sent, failed. */
export const insideMailByStatus = (db: Db): Promise<ReadonlyMap<string, number>> =>
  countBy(db, "outbox", "status");

/** Mail that was taken in, by disposition; "" is mail that is not filed yet. */
export async function mailByDisposition(db: Db): Promise<ReadonlyMap<string, number>> {
  const rows = (await db("messages")
    .whereIn("source", ["smtp", "imap"])
    .groupBy("disposition")
    .select("disposition as key")
    .count({ count: "*" })) as unknown as Counted[];
  return new Map(rows.map((row) => [row.key ?? "", Number(row.count)]));
}

/** When the oldest of each kind of waiting thing began to wait, ISO 8601; `null` where nothing waits. */
interface OldestWaiting {
  /** Taken in, not filed. */
  readonly message: string | null;
  /** Asked of a person, not decided. */
  readonly review: string | null;
  /** Due to leave, not settled. */
  readonly release: string | null;
}

async function oldest(query: PromiseLike<unknown>): Promise<string | null> {
  return ((await query) as { at: string | null } | undefined)?.at ?? null;
}

export async function oldestWaiting(db: Db, now: string): Promise<OldestWaiting> {
  const [message, review, release] = await Promise.all([
    oldest(db("messages").where({ status: "received" }).min({ at: "received_at" }).first()),
    oldest(db("reviews").where({ status: "open" }).min({ at: "created_at" }).first()),
    oldest(
      db("releases")
        .whereIn("status", ["held", "ready", "claimed", "started", "deferred"])
        .where("hold_until", "<=", now)
        .min({ at: "hold_until" })
        .first(),
    ),
  ]);
  return { message, review, release };
}
