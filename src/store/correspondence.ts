import type { Mailbox } from "../mail/message.ts";
import type { Db } from "./database.ts";

/** Who wrote one mail of a ticket, and to whom; addr-specs in lower case. */
export interface Letter {
  readonly direction: "in" | "out";
  readonly from: string;
  /** To and Cc. */
  readonly to: readonly string[];
}

type Row = {
  direction: Letter["direction"];
  from_address: string | null;
  to_addresses: string | null;
  cc_addresses: string | null;
};

/** The mails of a ticket that clients wrote or got, oldest first; notes are left out. */
export async function lettersOf(db: Db, ticketId: number): Promise<readonly Letter[]> {
  const rows = (await db("messages")
    .where({ ticket_id: ticketId })
    .whereIn("direction", ["in", "out"])
    .orderBy("id")
    .select("direction", "from_address", "to_addresses", "cc_addresses")) as Row[];
  return rows.map((row) => ({
    direction: row.direction,
    from: (row.from_address ?? "").toLowerCase(),
    to: [row.to_addresses, row.cc_addresses]
      .flatMap((json) => (json === null ? [] : (JSON.parse(json) as Mailbox[])))
      .map((mailbox) => mailbox.address.toLowerCase()),
  }));
}
