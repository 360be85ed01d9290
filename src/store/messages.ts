import type { Filing, FilingKind } from "../desk/filing.ts";
import type { Triage } from "../desk/triage.ts";
import type { Envelope, Mailbox, ParsedMessage } from "../mail/message.ts";
import { withoutTokens } from "../review/token.ts";
import type { Db } from "./database.ts";
import type { RawRow } from "./raw-messages.ts";

export interface MessageRecord {
  readonly id: number;
  readonly status: "received" | "filed" | "quarantined";
  readonly direction: "in" | "out" | "note";
  readonly rawSha256: string | null;
  readonly size: number;
  readonly source: string;
  readonly account: string | null;
  readonly envelope: Envelope | null;
  readonly receivedAt: string;
  readonly messageId: string | null;
  readonly fromAddress: string | null;
  readonly fromName: string | null;
  readonly to: readonly Mailbox[];
  readonly cc: readonly Mailbox[];
  readonly subject: string | null;
  readonly newText: string | null;
  readonly attachments: ParsedMessage["attachments"];
  readonly disposition: FilingKind | null;
  readonly dispositionCode: string | null;
  readonly dispositionReason: string | null;
  readonly ticketId: number | null;
  readonly duplicateOf: number | null;
  readonly suggestedTicketId: number | null;
  readonly triage: Triage | null;
}

type Row = {
  id: number;
  status: MessageRecord["status"];
  direction: MessageRecord["direction"];
  raw_sha256: string | null;
  size: number;
  source: string;
  account: string | null;
  envelope: string | null;
  received_at: string;
  message_id: string | null;
  from_address: string | null;
  from_name: string | null;
  to_addresses: string | null;
  cc_addresses: string | null;
  subject: string | null;
  new_text: string | null;
  attachments: string | null;
  disposition: FilingKind | null;
  disposition_code: string | null;
  disposition_reason: string | null;
  ticket_id: number | null;
  duplicate_of: number | null;
  suggested_ticket_id: number | null;
  triage: string | null;
};

/** A column of JSON; `otherwise` where it is empty. */
export function parsed<T>(json: string | null, otherwise: T): T {
  return json === null ? otherwise : (JSON.parse(json) as T);
}

function toMessage(row: Row): MessageRecord {
  return {
    id: row.id,
    status: row.status,
    direction: row.direction,
    rawSha256: row.raw_sha256,
    size: row.size,
    source: row.source,
    account: row.account,
    envelope: parsed<Envelope | null>(row.envelope, null),
    receivedAt: row.received_at,
    messageId: row.message_id,
    fromAddress: row.from_address,
    fromName: row.from_name,
    to: parsed<Mailbox[]>(row.to_addresses, []),
    cc: parsed<Mailbox[]>(row.cc_addresses, []),
    subject: row.subject,
    newText: row.new_text,
    attachments: parsed<MessageRecord["attachments"]>(row.attachments, []),
    disposition: row.disposition,
    dispositionCode: row.disposition_code,
    dispositionReason: row.disposition_reason,
    ticketId: row.ticket_id,
    duplicateOf: row.duplicate_of,
    suggestedTicketId: row.suggested_ticket_id,
    triage: parsed<Triage | null>(row.triage, null),
  };
}

export interface NewMessage {
  readonly rawSha256: string;
  readonly size: number;
  readonly source: "smtp" | "imap";
  readonly account: string | null;
  readonly folder: string | null;
  readonly uidValidity: string | null;
  readonly uid: number | null;
  readonly envelope: Envelope | null;
}

/** Rows for mail just taken in; answers their ids in order. */
export async function insertReceived(
  db: Db,
  messages: readonly NewMessage[],
  now: string,
): Promise<readonly number[]> {
  if (messages.length === 0) return [];
  const rows = (await db("messages")
    .insert(
      messages.map((message) => ({
        status: "received",
        direction: "in",
        raw_sha256: message.rawSha256,
        size: message.size,
        source: message.source,
        account: message.account,
        folder: message.folder,
        uid_validity: message.uidValidity,
        uid: message.uid,
        envelope: message.envelope === null ? null : JSON.stringify(message.envelope),
        received_at: now,
      })),
    )
    .returning("id")) as { id: number }[];
  return rows.map((row) => row.id);
}

/** A mail that stays in its mailbox because it could not be fetched: visible, with its reason, like every other. */
export async function insertUnreadable(
  db: Db,
  source: {
    readonly account: string;
    readonly folder: string;
    readonly uidValidity: string;
    readonly uid: number;
  },
  reason: string,
  now: string,
): Promise<void> {
  await db("messages").insert({
    status: "quarantined",
    direction: "in",
    source: "imap",
    account: source.account,
    folder: source.folder,
    uid_validity: source.uidValidity,
    uid: source.uid,
    received_at: now,
    disposition: "quarantined",
    disposition_code: "not-fetched",
    disposition_reason: reason,
  });
}

export async function messageById(db: Db, id: number): Promise<MessageRecord | null> {
  const row = (await db("messages").where({ id }).first()) as Row | undefined;
  return row === undefined ? null : toMessage(row);
}

/** A message with the row of its raw bytes, in one read; `raw` is `null` where none are kept. */
export async function messageWithRaw(
  db: Db,
  id: number,
): Promise<{ readonly message: MessageRecord; readonly raw: RawRow | null } | null> {
  const row = (await db("messages as m")
    .leftJoin("raw_messages as r", "r.sha256", "m.raw_sha256")
    .where("m.id", id)
    .first("m.*", "r.sealed as raw_sealed", "r.bytes as raw_bytes")) as
    (Row & { raw_sealed: boolean | number | null; raw_bytes: Buffer | null }) | undefined;
  if (row === undefined) return null;
  const { raw_sealed: sealed, raw_bytes: bytes } = row;
  return { message: toMessage(row), raw: sealed === null ? null : { sealed, bytes } };
}

/** The columns that filing fills, for `moveMessage`. */
export function filedColumns(
  parsedMessage: ParsedMessage,
  filing: Filing,
  receiptKey: string | null,
): Readonly<Record<string, unknown>> {
  const from = parsedMessage.from[0];
  return {
    direction: filing.kind === "note" ? "note" : "in",
    message_id: parsedMessage.messageId,
    receipt_key: receiptKey,
    from_address: from?.address ?? "",
    from_name: withoutTokens(from?.name ?? ""),
    to_addresses: withoutTokens(JSON.stringify(parsedMessage.to)),
    cc_addresses: withoutTokens(JSON.stringify(parsedMessage.cc)),
    subject: withoutTokens(parsedMessage.subject),
    sent_at: parsedMessage.date?.toISOString() ?? null,
    // A review reply quotes its digest and may hold its token: its words stay in the sealed bytes.
    new_text: filing.kind === "review-reply" ? null : withoutTokens(parsedMessage.newText),
    attachments: withoutTokens(JSON.stringify(parsedMessage.attachments)),
    disposition: filing.kind,
    disposition_code: filing.code,
    disposition_reason: filing.reason,
    ticket_id: filing.ticketId,
    suggested_ticket_id: filing.suggestedTicketId,
  };
}

export async function messagesOf(db: Db, ticketId: number): Promise<readonly MessageRecord[]> {
  return ((await db("messages").where({ ticket_id: ticketId }).orderBy("id")) as Row[]).map(toMessage);
}

/** What clients wrote on a ticket so far, oldest first. */
export async function earlierTexts(db: Db, ticketId: number, before: number): Promise<readonly string[]> {
  const rows = (await db("messages")
    .where({ ticket_id: ticketId, direction: "in" })
    .andWhere("id", "<", before)
    .orderBy("id", "desc")
    .limit(10)
    .select("new_text")) as { new_text: string | null }[];
  return rows.map((row) => row.new_text ?? "").toReversed();
}

/** A released reply takes its place on the ticket, known by its Message-ID before it leaves. */
export async function insertOutbound(
  db: Db,
  message: {
    readonly ticketId: number;
    readonly messageId: string;
    readonly from: Mailbox;
    readonly to: readonly Mailbox[];
    readonly cc: readonly Mailbox[];
    readonly subject: string;
    readonly text: string;
  },
  now: string,
): Promise<void> {
  await db("messages").insert({
    status: "filed",
    direction: "out",
    source: "desk",
    received_at: now,
    message_id: message.messageId,
    ticket_id: message.ticketId,
    from_address: message.from.address,
    from_name: message.from.name,
    to_addresses: JSON.stringify(message.to),
    cc_addresses: JSON.stringify(message.cc),
    subject: message.subject,
    new_text: message.text,
  });
}

/** An internal note: shown on the ticket, never in any mail to a client. */
export async function insertNote(
  db: Db,
  note: { readonly ticketId: number; readonly author: string; readonly text: string },
  now: string,
): Promise<void> {
  await db("messages").insert({
    status: "filed",
    direction: "note",
    source: "desk",
    received_at: now,
    ticket_id: note.ticketId,
    from_address: note.author,
    new_text: withoutTokens(note.text),
  });
}

export async function setRelayMessageId(db: Db, messageId: string, relayMessageId: string): Promise<void> {
  await db("messages")
    .where({ message_id: messageId, direction: "out" })
    .update({ relay_message_id: relayMessageId });
}

/** Every message the desk took in, newest first. */
export async function listMail(
  db: Db,
  query: { readonly disposition?: string; readonly before?: number; readonly limit: number },
): Promise<readonly MessageRecord[]> {
  const rows = (await db("messages")
    .whereIn("source", ["smtp", "imap"])
    .modify((q) => {
      if (query.disposition !== undefined) void q.where("disposition", query.disposition);
      if (query.before !== undefined) void q.where("id", "<", query.before);
    })
    .orderBy("id", "desc")
    .limit(query.limit)) as Row[];
  return rows.map(toMessage);
}

export async function messagesByIds(
  db: Db,
  ids: readonly number[],
): Promise<ReadonlyMap<number, MessageRecord>> {
  if (ids.length === 0) return new Map();
  const rows = (await db("messages").whereIn("id", [...new Set(ids)])) as Row[];
  return new Map(rows.map((row) => [row.id, toMessage(row)]));
}

/**
 * A later finding about a message that is filed already: the gate refused it, the content looks like spam. False where it
 * was set aside meanwhile: a worker that slept through its lease says no more about it.
 */
export async function setDisposition(db: Db, id: number, code: string, reason: string): Promise<boolean> {
  const changed = await db("messages")
    .where({ id, status: "filed" })
    .update({ disposition_code: code, disposition_reason: reason });
  return changed > 0;
}
