import type { TicketStatus } from "../desk/ticket.ts";
import type { Db } from "./database.ts";

/** A ticket as a line of what is known about a client. */
export interface ClientTicket {
  readonly id: number;
  readonly number: number;
  readonly subject: string;
  readonly status: TicketStatus;
  readonly clientId: number | null;
  /** addr-spec. */
  readonly requesterAddress: string;
  readonly createdAt: string;
  readonly closedAt: string | null;
  /** Its first words as they are indexed, between single spaces. */
  readonly words: string;
}

/** Only the newest of a client are looked at, so that a digest costs the same at any number of tickets. */
const NEWEST = 40;

/** The newest tickets of each of these clients, and those with these ids: one statement for a whole digest. */
export async function clientTickets(
  db: Db,
  clientIds: readonly number[],
  ids: readonly number[],
): Promise<readonly ClientTicket[]> {
  const columns = [
    "id",
    "number",
    "subject",
    "status",
    "client_id",
    "requester_address",
    "created_at",
    "closed_at",
    db.raw("substr(search_text, 1, 1000) as words"),
  ];
  const parts = [...new Set(clientIds)].map((clientId) =>
    db("tickets").where({ client_id: clientId }).orderBy("id", "desc").limit(NEWEST).select(columns),
  );
  if (ids.length > 0)
    parts.push(
      db("tickets")
        .whereIn("id", [...new Set(ids)])
        .select(columns),
    );
  if (parts.length === 0) return [];
  type Row = {
    id: number;
    number: number;
    subject: string;
    status: TicketStatus;
    client_id: number | null;
    requester_address: string;
    created_at: string;
    closed_at: string | null;
    words: string;
  };
  // A limit within a union needs a query of its own around it.
  const [first, ...rest] = parts.map((part, index) => db.select("*").from(part.as(`part${index}`)));
  const rows = (await (first as NonNullable<typeof first>).unionAll(rest)) as Row[];
  return [...new Map(rows.map((row) => [row.id, toClientTicket(row)])).values()];

  function toClientTicket(row: Row): ClientTicket {
    return {
      id: row.id,
      number: row.number,
      subject: row.subject,
      status: row.status,
      clientId: row.client_id,
      requesterAddress: row.requester_address,
      createdAt: row.created_at,
      closedAt: row.closed_at,
      words: row.words,
    };
  }
}
