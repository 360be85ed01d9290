/** What the desk has had before, by which filing tells where a mail belongs. */
import type { Mailbox } from "../mail/message.ts";
import type { Db } from "./database.ts";
import { parsed } from "./messages.ts";

/** The first filed message with the same Message-ID and content; `null` when this is the first. */
export async function originalOf(
  db: Db,
  receiptKey: string,
  not: number,
): Promise<{ readonly id: number; readonly ticketId: number | null } | null> {
  const row = (await db("messages")
    .where({ receipt_key: receiptKey })
    .whereNot({ id: not })
    .first("id", "ticket_id")) as { id: number; ticket_id: number | null } | undefined;
  return row === undefined ? null : { id: row.id, ticketId: row.ticket_id };
}

/** Whether an earlier review reply with this Message-ID passed the gate, or waits before it. */
export async function actedOnBefore(db: Db, messageId: string | null, id: number): Promise<boolean> {
  if (messageId === null) return false;
  const row = (await db("messages")
    .where({ message_id: messageId, disposition: "review-reply" })
    .whereIn("disposition_code", ["review-token", "identity-deferred"])
    .andWhere("id", "<", id)
    .first("id")) as { id: number } | undefined;
  return row !== undefined;
}

export interface KnownReference {
  readonly messageId: string;
  readonly ticketId: number;
  readonly direction: "in" | "out" | "note";
}

/** Which of these msg-ids the desk has on a ticket, by its own id or by one that a relay gave. */
export async function knownReferences(
  db: Db,
  messageIds: readonly string[],
): Promise<readonly KnownReference[]> {
  if (messageIds.length === 0) return [];
  const some = messageIds.slice(-50);
  const rows = (await db("messages")
    .whereNotNull("ticket_id")
    .andWhere((q) => void q.whereIn("message_id", some).orWhereIn("relay_message_id", some))
    .select("message_id", "relay_message_id", "ticket_id", "direction")) as {
    message_id: string;
    relay_message_id: string | null;
    ticket_id: number;
    direction: KnownReference["direction"];
  }[];
  return rows.map((row) => ({
    messageId:
      row.relay_message_id !== null && some.includes(row.relay_message_id)
        ? row.relay_message_id
        : row.message_id,
    ticketId: row.ticket_id,
    direction: row.direction,
  }));
}

/** Whether the desk itself gave out this Message-ID, on a ticket or for mail inside the desk. */
export async function ownMessageIds(
  db: Db,
  messageId: string,
): Promise<{ readonly ticketId: number | null } | null> {
  const reply = (await db("messages")
    .where({ message_id: messageId, direction: "out" })
    .first("ticket_id")) as { ticket_id: number } | undefined;
  if (reply !== undefined) return { ticketId: reply.ticket_id };
  const inside = (await db("outbox").where({ message_id: messageId }).first("id")) as
    { id: number } | undefined;
  return inside === undefined ? null : { ticketId: null };
}

/** The message by which a copy of the desk's own mail came back; `null` where none has. */
export async function copyCameBack(db: Db, messageId: string): Promise<number | null> {
  const row = (await db("messages")
    .where({ message_id: messageId, direction: "in", disposition_code: "own-message-returned" })
    .first("id")) as { id: number } | undefined;
  return row?.id ?? null;
}

/** Who has written to a ticket or was written to, as addr-specs. */
export async function participantsOf(db: Db, ticketId: number): Promise<ReadonlySet<string>> {
  const rows = (await db("messages")
    .where({ ticket_id: ticketId })
    .whereIn("direction", ["in", "out"])
    .select("from_address", "to_addresses", "cc_addresses", "direction")) as {
    readonly from_address: string | null;
    readonly to_addresses: string | null;
    readonly cc_addresses: string | null;
    readonly direction: "in" | "out";
  }[];
  const addresses = new Set<string>();
  for (const row of rows) {
    // Those whom a client put in copy do not take part until the desk has written to them or they belong to the client.
    if (row.direction === "in" && row.from_address !== null) addresses.add(row.from_address.toLowerCase());
    if (row.direction === "out")
      for (const mailbox of [
        ...parsed<Mailbox[]>(row.to_addresses, []),
        ...parsed<Mailbox[]>(row.cc_addresses, []),
      ])
        addresses.add(mailbox.address.toLowerCase());
  }
  return addresses;
}
