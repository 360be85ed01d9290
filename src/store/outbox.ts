import type { Db } from "./database.ts";

export type InsideKind = "digest" | "transcript" | "notice" | "reminder" | "login-link" | "alert";

export interface NewInsideMail {
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
}

type Row = {
  id: number;
  kind: InsideKind;
  technician_id: number;
  message_id: string;
  ticket_id: number | null;
  sealed_mail: Buffer;
  attempts: number;
};

const toInsideMail = (row: Row): InsideMail => ({
  id: row.id,
  kind: row.kind,
  technicianId: row.technician_id,
  messageId: row.message_id,
  ticketId: row.ticket_id,
  sealedMail: row.sealed_mail,
  attempts: row.attempts,
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
