import type { Request, Response } from "express";
import type { Client } from "../../desk/ticket.ts";
import { reviewsByStatus, ticketsByStatus } from "../../store/counts.ts";
import { allClients, clientsByIds } from "../../store/people.ts";
import { listTickets, ticketByNumber, type TicketRecord } from "../../store/tickets.ts";
import { TICKET_STATUSES } from "../api/schemas.ts";
import type { Web } from "../context.ts";
import { pageOf, readCursor } from "../paging.ts";
import type { Visitor } from "../session.ts";
import { isUrgent, priorityWords, waitingOf, type TicketOutlook } from "../waiting.ts";
import { sendPage } from "./page.ts";
import { moments, STATUS_LABELS, type Moment } from "./words.ts";

const PER_PAGE = 50;

interface Filters {
  readonly status: string;
  readonly queue: string;
  readonly q: string;
}

/** `/`: every ticket with what it waits for. */
export async function showTickets(web: Web, req: Request, res: Response, visitor: Visitor): Promise<void> {
  const db = web.desk.database.reader;
  const filters = filtersOf(req);
  const { technicians, queues, paused } = await web.desk.directory.current();
  const { items, next } = await find(web, filters, text(req, "cursor"));
  const clients = await clientsByIds(
    db,
    items.map((ticket) => ticket.clientId).filter((id) => id !== null),
  );
  const clock = { now: web.desk.clock(), timeZone: web.desk.settings.timeZone, technicians };
  const [waiting, counts, reviews] = await Promise.all([
    waitingOf(db, items, clock),
    ticketsByStatus(db),
    reviewsByStatus(db),
  ]);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const at = moments(web);
  await sendPage(
    web,
    res,
    visitor,
    "tickets",
    { title: "Tickets", section: "tickets" },
    {
      heading: heading(reviews.get("open") ?? 0),
      paused,
      tabs: [
        {
          label: "All",
          count: total,
          href: href({ ...filters, status: "" }),
          current: filters.status === "",
        },
        ...TICKET_STATUSES.filter((status) => (counts.get(status) ?? 0) > 0 || status === filters.status).map(
          (status) => ({
            label: STATUS_LABELS[status] ?? status,
            count: counts.get(status) ?? 0,
            href: href({ ...filters, status }),
            current: filters.status === status,
          }),
        ),
      ],
      filters,
      queues: [...new Set([...queues.map((queue) => queue.name), filters.queue])]
        .filter((name) => name !== "")
        .map((name) => ({ name, selected: name === filters.queue })),
      filtered: filters.status !== "" || filters.queue !== "" || filters.q !== "",
      tickets: items.map((ticket) =>
        row(ticket, clients.get(ticket.clientId ?? 0) ?? null, waiting.get(ticket.id), at),
      ),
      older:
        next === null ? null : `${href(filters)}${href(filters).includes("?") ? "&" : "?"}cursor=${next}`,
      address: web.desk.settings.address,
      anyTickets: total > 0,
      noClients: total === 0 && (await allClients(db)).length === 0,
      mayWrite: Boolean(web.capture) && visitor.technician.role === "admin",
    },
  );
}

async function find(
  web: Web,
  { status, queue, q }: Filters,
  cursor: string,
): Promise<{ readonly items: readonly TicketRecord[]; readonly next: string | null }> {
  const db = web.desk.database.reader;
  const number = /^#?(\d{1,9})$/.exec(q)?.[1];
  const exact = number === undefined ? null : await ticketByNumber(db, Number(number));
  if (exact !== null) return { items: [exact], next: null };
  const before = readCursor("tickets", cursor === "" ? undefined : cursor);
  const rows = await listTickets(db, {
    ...(status === "" ? {} : { status }),
    ...(queue === "" ? {} : { queue }),
    ...(q === "" ? {} : { q }),
    ...(before === undefined ? {} : { before }),
    limit: PER_PAGE + 1,
  });
  return pageOf("tickets", rows, PER_PAGE, (ticket) => ticket.number);
}

interface Row {
  readonly number: number;
  readonly subject: string;
  readonly status: string;
  readonly priority: string;
  readonly urgent: boolean;
  readonly who: string;
  readonly client: string;
  readonly vip: boolean;
  readonly queue: string;
  readonly waits: string;
  readonly tone: string;
  readonly look: boolean;
  readonly updated: Moment;
}

function row(
  ticket: TicketRecord,
  client: Client | null,
  waiting: TicketOutlook | undefined,
  at: (iso: string) => Moment,
): Row {
  return {
    number: ticket.number,
    subject: ticket.subject,
    status: STATUS_LABELS[ticket.status] ?? ticket.status,
    priority: priorityWords(ticket.priority, waiting?.proposedPriority ?? null),
    urgent: isUrgent(ticket.priority, waiting?.proposedPriority ?? null),
    who: ticket.requesterName || ticket.requesterAddress || "unnamed sender",
    client: client?.name ?? "",
    vip: client?.vip ?? false,
    queue: ticket.queue,
    waits: waiting?.text ?? "",
    tone: waiting?.tone ?? "calm",
    look: waiting?.tone === "look",
    updated: at(ticket.updatedAt),
  };
}

function heading(open: number): string {
  if (open === 0) return "Nothing waits for a person’s word";
  return open === 1 ? "1 review waits for a person’s word" : `${open} reviews wait for a person’s word`;
}

function filtersOf(req: Request): Filters {
  const status = text(req, "status");
  return {
    status: (TICKET_STATUSES as readonly string[]).includes(status) ? status : "",
    queue: text(req, "queue"),
    q: text(req, "q").trim(),
  };
}

/** A query value; "" where it is missing or stands twice. */
export function text(req: Request, name: string): string {
  const value = req.query[name];
  return typeof value === "string" ? value.slice(0, 200) : "";
}

function href(filters: Filters): string {
  const query = new URLSearchParams(Object.entries(filters).filter(([, value]) => value !== ""));
  return query.size === 0 ? "/" : `/?${query.toString()}`;
}
