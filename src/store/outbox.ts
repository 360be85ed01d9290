import type { Db } from "./database.ts";

export type InsideKind = "digest" | "transcript" | "notice" | "reminder" | "login-link" | "alert";

interface NewInsideMail {
  readonly kind: InsideKind;
  /** The only addressee there can be: mail inside the desk never goes to a client. */
  readonly technicianId: number;
  readonly messageId: string;
  readonly ticketId: number | null;
  /** Composed bytes, encrypted: they hold a token or what a client wrote. */
  readonly sealedMail: Buffer;
}

export interface InsideMail extends NewInsideMail {
  readonly id: number;
  readonly attempts: number;
  /** Until then whoever sends it has it alone. */
  readonly nextAttemptAt: string;
}

type Row = {
  id: number;
  kind: InsideKind;
  technician_id: number;
  message_id: string;
  ticket_id: number | null;
  sealed_mail: Buffer;
  attempts: number;
  next_attempt_at: string;
};

const toInsideMail = (row: Row): InsideMail => ({
  id: row.id,
  kind: row.kind,
  technicianId: row.technician_id,
  messageId: row.message_id,
  ticketId: row.ticket_id,
  sealedMail: row.sealed_mail,
  attempts: row.attempts,
  nextAttemptAt: row.next_attempt_at,
});

/** `retryAt`: when the sweep may take it if the sender that queued it is gone. */
export async function insertInsideMail(
  db: Db,
  mail: NewInsideMail,
  now: string,
  retryAt: string,
): Promise<number> {
  const [row] = (await db("outbox")
    .insert({
      kind: mail.kind,
      technician_id: mail.technicianId,
      message_id: mail.messageId,
      ticket_id: mail.ticketId,
      status: "queued",
      sealed_mail: mail.sealedMail,
      next_attempt_at: retryAt,
      created_at: now,
    })
    .returning("id")) as { id: number }[];
  if (row === undefined) throw new Error("the mail was not stored");
  return row.id;
}

export async function insideMailById(db: Db, id: number): Promise<InsideMail | null> {
  const row = (await db("outbox").where({ id, status: "queued" }).first()) as Row | undefined;
  return row === undefined ? null : toInsideMail(row);
}

/** Mail whose time has come and that nobody sent: after a crash or a refusal. */
export async function dueInsideMail(db: Db, now: string, limit: number): Promise<readonly InsideMail[]> {
  const rows = (await db("outbox")
    .where({ status: "queued" })
    .where("next_attempt_at", "<=", now)
    .orderBy("id")
    .limit(limit)) as Row[];
  return rows.map(toInsideMail);
}

/** Compare-and-set: of two workers that find the same mail due, one gets it, until `until`. It counts as an attempt. */
export async function claimInsideMail(
  db: Db,
  mail: Pick<InsideMail, "id" | "nextAttemptAt" | "attempts">,
  until: string,
): Promise<boolean> {
  return (
    (await db("outbox")
      .where({
        id: mail.id,
        status: "queued",
        next_attempt_at: mail.nextAttemptAt,
        attempts: mail.attempts,
      })
      .update({ next_attempt_at: until, attempts: mail.attempts + 1 })) > 0
  );
}

/** Whoever is sending it still is. */
export async function keepInsideMail(db: Db, id: number, until: string): Promise<void> {
  await db("outbox").where({ id, status: "queued" }).update({ next_attempt_at: until });
}

/** Mail that nobody has tried yet is due now: whoever queued it and meant to send it has ended. */
export async function untriedInsideMailIsDue(db: Db, now: string): Promise<number> {
  return db("outbox")
    .where({ status: "queued", attempts: 0 })
    .where("next_attempt_at", ">", now)
    .update({ next_attempt_at: now });
}

export async function deferInsideMail(
  db: Db,
  id: number,
  attempts: number,
  nextAttemptAt: string,
  error: string,
): Promise<void> {
  await db("outbox")
    .where({ id, status: "queued" })
    .update({ attempts, next_attempt_at: nextAttemptAt, last_error: error });
}

/** Which of these msg-ids are digests that the desk sent. */
export async function digestMessageIds(db: Db, messageIds: readonly string[]): Promise<readonly string[]> {
  const rows = (await db("outbox")
    .where({ kind: "digest" })
    .whereIn("message_id", messageIds.slice(-50))
    .select("message_id")) as { message_id: string }[];
  return rows.map((row) => row.message_id);
}

/** Whether mail of this Message-ID was queued before: a step that runs twice mails once. */
export async function insideMailExists(db: Db, messageId: string): Promise<boolean> {
  return (await db("outbox").where({ message_id: messageId }).first("id")) !== undefined;
}

/** The mail inside the desk that bore one of these msg-ids, whatever became of it. */
export async function insideMailByMessageIds(
  db: Db,
  messageIds: readonly string[],
): Promise<{ readonly id: number; readonly kind: InsideKind; readonly technicianId: number } | null> {
  if (messageIds.length === 0) return null;
  const row = (await db("outbox")
    .whereIn("message_id", messageIds.slice(0, 50))
    .first("id", "kind", "technician_id")) as Pick<Row, "id" | "kind" | "technician_id"> | undefined;
  return row === undefined ? null : { id: row.id, kind: row.kind, technicianId: row.technician_id };
}

/** Mail to a technician that never arrived: given up, or it came back. */
export interface LostInsideMail {
  readonly id: number;
  readonly kind: InsideKind;
  readonly technicianId: number;
  readonly ticketId: number | null;
  readonly reason: string;
  readonly at: string;
}

type LostRow = Pick<Row, "id" | "kind" | "technician_id" | "ticket_id"> & {
  last_error: string | null;
  created_at: string;
};

const toLost = (row: LostRow): LostInsideMail => ({
  id: row.id,
  kind: row.kind,
  technicianId: row.technician_id,
  ticketId: row.ticket_id,
  reason: row.last_error ?? "",
  at: row.created_at,
});

const LOST_COLUMNS = ["id", "kind", "technician_id", "ticket_id", "last_error", "created_at"] as const;

/** Lost mail that nobody was told of yet. */
export async function untoldLostMail(db: Db, limit: number): Promise<readonly LostInsideMail[]> {
  const rows = (await db("outbox")
    .where({ status: "failed" })
    .whereNull("told_at")
    .orderBy("id")
    .limit(limit)
    .select(...LOST_COLUMNS)) as LostRow[];
  return rows.map(toLost);
}

/** Compare-and-set: false where another worker tells it. */
export async function markTold(db: Db, id: number, now: string): Promise<boolean> {
  return (
    (await db("outbox").where({ id, status: "failed" }).whereNull("told_at").update({ told_at: now })) > 0
  );
}

/** Mail lost since then, the newest first: for the console and readyz. */
export async function lostMailSince(
  db: Db,
  since: string,
  limit: number,
): Promise<readonly LostInsideMail[]> {
  const rows = (await db("outbox")
    .where({ status: "failed" })
    .where("created_at", ">=", since)
    .orderBy("id", "desc")
    .limit(limit)
    .select(...LOST_COLUMNS)) as LostRow[];
  return rows.map(toLost);
}

/** The reviews that are still open and were asked by this mail alone. */
export async function openReviewsAskedBy(db: Db, outboxId: number): Promise<readonly number[]> {
  const rows = (await db("reviews as r")
    .join("digests as d", "d.id", "r.digest_id")
    .where({ "d.outbox_id": outboxId, "r.status": "open" })
    .orderBy("r.id")
    .select("r.id")) as { id: number }[];
  return rows.map((row) => row.id);
}

/** Mail inside the desk that still waits, without its bytes. */
export interface QueuedInsideMail {
  readonly id: number;
  readonly kind: InsideKind;
  readonly technicianId: number;
  readonly at: string;
}

export async function queuedInsideMail(db: Db, limit: number): Promise<readonly QueuedInsideMail[]> {
  const rows = (await db("outbox")
    .where({ status: "queued" })
    .orderBy("id")
    .limit(limit)
    .select("id", "kind", "technician_id", "created_at")) as (Pick<Row, "id" | "kind" | "technician_id"> & {
    created_at: string;
  })[];
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    technicianId: row.technician_id,
    at: row.created_at,
  }));
}
