import type { AlertState } from "../desk/alert-state.ts";
import type { Priority, Ticket, TicketStatus, TicketType } from "../desk/ticket.ts";
import type { Db } from "./database.ts";
import { fts5Query, isPostgres, queryWords, searchWords, tsQuery } from "./search-query.ts";

type Row = {
  id: number;
  number: number;
  subject: string;
  status: TicketStatus;
  client_id: number | null;
  contact_id: number | null;
  requester_name: string;
  requester_address: string;
  queue: string;
  assignee_id: number | null;
  type: TicketType;
  category: string;
  impact: Ticket["impact"];
  urgency: Ticket["urgency"];
  priority: Priority;
  last_client_message_id: number | null;
  merged_into_id: number | null;
  created_at: string;
  updated_at: string;
  snoozed_until: string | null;
  closed_at: string | null;
  minutes_spent: number;
};

export type TicketRecord = Ticket & {
  readonly closedAt: string | null;
  /** What technicians added with `time`. */
  readonly minutesSpent: number;
};

function toTicket(row: Row): TicketRecord {
  return {
    id: row.id,
    number: row.number,
    subject: row.subject,
    status: row.status,
    clientId: row.client_id,
    contactId: row.contact_id,
    requesterName: row.requester_name,
    requesterAddress: row.requester_address,
    queue: row.queue,
    assigneeId: row.assignee_id,
    type: row.type,
    category: row.category,
    impact: row.impact,
    urgency: row.urgency,
    priority: row.priority,
    lastClientMessageId: row.last_client_message_id,
    mergedIntoId: row.merged_into_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    snoozedUntil: row.snoozed_until,
    closedAt: row.closed_at,
    minutesSpent: row.minutes_spent,
  };
}

export interface NewTicket {
  readonly subject: string;
  readonly clientId: number | null;
  readonly contactId: number | null;
  readonly requesterName: string;
  readonly requesterAddress: string;
  readonly queue: string;
  readonly lastClientMessageId: number;
  readonly searchText: string;
  /** What an alert is about; left out where a person wrote. */
  readonly alert?: { readonly key: string; readonly state: AlertState } | null;
}

/** How much of a ticket is looked at for look-ups, in characters. A subject has no limit, and PostgreSQL's index has one. */
const SEARCHED = 4000;

/**
 * Numbers count up from 1001. SQLite has one writer at a time; PostgreSQL takes them from a sequence, so that no worker
 * waits for another's commit, and a number whose transaction failed is left out.
 */
export async function createTicket(db: Db, ticket: NewTicket, now: string): Promise<TicketRecord> {
  const next = db.raw(
    isPostgres(db) ? "nextval('ticket_numbers')" : "(SELECT coalesce(max(number), 1000) + 1 FROM tickets)",
  );
  const [row] = (await db("tickets")
    .insert({
      number: next,
      subject: ticket.subject,
      status: "new",
      client_id: ticket.clientId,
      contact_id: ticket.contactId,
      requester_name: ticket.requesterName,
      requester_address: ticket.requesterAddress,
      queue: ticket.queue,
      type: "question",
      category: "",
      impact: "medium",
      urgency: "medium",
      priority: "P3",
      last_client_message_id: ticket.lastClientMessageId,
      created_at: now,
      updated_at: now,
      search_text: searchWords(ticket.searchText.slice(0, SEARCHED)),
      alert_key: ticket.alert?.key ?? null,
      alert_state: ticket.alert?.state ?? null,
    })
    .returning("*")) as Row[];
  if (row === undefined) throw new Error("the ticket was not stored");
  return toTicket(row);
}

export async function ticketById(db: Db, id: number): Promise<TicketRecord | null> {
  const row = (await db("tickets").where({ id }).first()) as Row | undefined;
  return row === undefined ? null : toTicket(row);
}

/** The newest ticket about the same alert by the same sender that is not closed; `null` where there is none. */
export async function openAlertTicket(
  db: Db,
  requesterAddress: string,
  alertKey: string,
): Promise<{ readonly ticket: TicketRecord; readonly state: AlertState | null } | null> {
  const row = (await db("tickets")
    .where({ requester_address: requesterAddress, alert_key: alertKey })
    .whereIn("status", ["new", "open", "pending", "resolved"])
    .orderBy("id", "desc")
    .first()) as (Row & { alert_state: AlertState | null }) | undefined;
  return row === undefined ? null : { ticket: toTicket(row), state: row.alert_state };
}

/**
 * Keep others from opening a ticket about this alert until the transaction ends, so that what `openAlertTicket` answers
 * stays true. SQLite has one writer anyway.
 */
export async function holdAlert(db: Db, requesterAddress: string, alertKey: string): Promise<void> {
  if (!isPostgres(db)) return;
  await db.raw("SELECT pg_advisory_xact_lock(?, hashtext(?))", [ALERTS, `${requesterAddress}\n${alertKey}`]);
}

/** The space of our advisory locks about alerts; any number of our own. */
const ALERTS = 1_129_270_868;

/**
 * The ticket, held until the transaction ends: a client's new message, a decision and a triage of one ticket come one
 * after the other. SQLite has one writer anyway.
 */
export async function lockTicket(db: Db, id: number): Promise<TicketRecord | null> {
  const row = (await db("tickets").where({ id }).forUpdate().first()) as Row | undefined;
  return row === undefined ? null : toTicket(row);
}

export async function ticketByNumber(db: Db, number: number): Promise<TicketRecord | null> {
  const row = (await db("tickets").where({ number }).first()) as Row | undefined;
  return row === undefined ? null : toTicket(row);
}

/** Everything about a ticket that is not its state. */
export type TicketFields = Partial<{
  queue: string;
  assignee_id: number | null;
  type: TicketType;
  category: string;
  impact: Ticket["impact"];
  urgency: Ticket["urgency"];
  priority: Priority;
  last_client_message_id: number;
  client_id: number | null;
  contact_id: number | null;
  snoozed_until: string | null;
  merged_into_id: number | null;
  requester_name: string;
  requester_address: string;
  alert_state: AlertState;
}>;

export async function updateTicket(db: Db, id: number, fields: TicketFields, now: string): Promise<void> {
  await db("tickets")
    .where({ id })
    .update({ ...fields, updated_at: now });
}

export async function addMinutes(db: Db, id: number, minutes: number): Promise<void> {
  await db("tickets").where({ id }).increment("minutes_spent", minutes);
}

interface TicketQuery {
  readonly status?: string;
  readonly queue?: string;
  readonly clientId?: number;
  readonly q?: string;
  readonly limit: number;
  /** Tickets with a smaller number than this come next. */
  readonly before?: number;
}

/** Newest first. Every word of `q` must be in the ticket; a `q` that holds no word finds nothing. */
export async function listTickets(db: Db, query: TicketQuery): Promise<readonly TicketRecord[]> {
  const words = queryWords(query.q ?? "");
  if (query.q !== undefined && query.q.trim() !== "" && words.length === 0) return [];
  const rows = (await db("tickets")
    .modify((q) => {
      if (query.status !== undefined) void q.where("status", query.status);
      if (query.queue !== undefined) void q.where("queue", query.queue);
      if (query.clientId !== undefined) void q.where("client_id", query.clientId);
      if (query.before !== undefined) void q.where("number", "<", query.before);
      if (words.length > 0) {
        if (isPostgres(db))
          void q.whereRaw("search @@ to_tsquery('simple', ?)", [tsQuery(words).replaceAll(" | ", " & ")]);
        else
          void q.whereRaw("id IN (SELECT rowid FROM tickets_fts WHERE tickets_fts MATCH ?)", [
            fts5Query(words).replaceAll(" OR ", " AND "),
          ]);
      }
    })
    .orderBy("number", "desc")
    .limit(query.limit)) as Row[];
  return rows.map(toTicket);
}

export async function ticketsByIds(
  db: Db,
  ids: readonly number[],
): Promise<ReadonlyMap<number, TicketRecord>> {
  if (ids.length === 0) return new Map();
  const rows = (await db("tickets").whereIn("id", [...new Set(ids)])) as Row[];
  return new Map(rows.map((row) => [row.id, toTicket(row)]));
}
