import type { Db } from "./database.ts";

/** One mail between a client and the desk, as it begins. Notes are no part of it. */
export interface ExchangedMail {
  readonly id: number;
  readonly ticketId: number;
  readonly direction: "in" | "out";
  readonly fromName: string;
  readonly fromAddress: string;
  readonly receivedAt: string;
  /** The first 600 characters of its new text. */
  readonly opening: string;
  /** An acknowledgement of the desk: it says nothing. */
  readonly acknowledgement: boolean;
}

/** What was said on these tickets so far, oldest first. */
export async function exchangeOn(db: Db, ticketIds: readonly number[]): Promise<readonly ExchangedMail[]> {
  if (ticketIds.length === 0) return [];
  type Row = {
    id: number;
    ticket_id: number;
    direction: "in" | "out";
    from_name: string | null;
    from_address: string | null;
    received_at: string;
    opening: string | null;
    kind: string | null;
  };
  const rows = (await db("messages as m")
    .leftJoin("releases as r", "r.message_id", "m.message_id")
    .leftJoin("drafts as d", "d.id", "r.draft_id")
    .whereIn("m.ticket_id", [...new Set(ticketIds)])
    .whereIn("m.direction", ["in", "out"])
    .orderBy("m.id")
    .select(
      "m.id",
      "m.ticket_id",
      "m.direction",
      "m.from_name",
      "m.from_address",
      "m.received_at",
      db.raw("substr(m.new_text, 1, 600) as opening"),
      "d.kind",
    )) as Row[];
  return rows.map((row) => ({
    id: row.id,
    ticketId: row.ticket_id,
    direction: row.direction,
    fromName: row.from_name ?? "",
    fromAddress: row.from_address ?? "",
    receivedAt: row.received_at,
    opening: row.opening ?? "",
    acknowledgement: row.kind === "acknowledge",
  }));
}
