import { z } from "zod";
import { eventsAfter } from "../../store/events.ts";
import { allClients, clientsByIds } from "../../store/people.ts";
import { listReleases } from "../../store/releases.ts";
import { listReviews } from "../../store/reviews.ts";
import { listTickets, ticketsByIds } from "../../store/tickets.ts";
import type { Web } from "../context.ts";
import { pageOf, readCursor } from "../paging.ts";
import { HttpProblem } from "../problem.ts";
import { ticketStory } from "../ticket-story.ts";
import { waitingOf } from "../waiting.ts";
import { digits, filter, paging, route, type ApiRoute } from "./route.ts";
import * as schemas from "./schemas.ts";
import { eventShape, releaseShape, reviewShape, storyShape, ticketShape } from "./shapes.ts";

/** Events are the one table whose ids may outgrow 32 bits. */
const LARGEST_EVENT = 999_999_999_999;

const numberParam = z.object({
  number: digits(1, 999_999_999).describe("The ticket’s number, without #."),
});

export const ticketRoutes: readonly ApiRoute[] = [
  route({
    path: "/tickets",
    name: "listTickets",
    summary: "Tickets, newest first",
    query: z.strictObject({
      status: z.enum(schemas.TICKET_STATUSES).optional(),
      queue: filter("The queue’s name."),
      client: filter("The client’s name or id."),
      q: filter("Words that all stand in the subject or the first mail."),
      ...paging,
    }),
    answer: schemas.listOf("TicketList", schemas.Ticket),
    async handle({ web, query }) {
      const db = web.desk.database.reader;
      const clientId = query.client === undefined ? undefined : await clientIdOf(web, query.client);
      if (clientId === null) return { items: [], next: null };
      const before = readCursor("tickets", query.cursor);
      const rows = await listTickets(db, {
        ...(query.status === undefined ? {} : { status: query.status }),
        ...(query.queue === undefined ? {} : { queue: query.queue }),
        ...(clientId === undefined ? {} : { clientId }),
        ...(query.q === undefined ? {} : { q: query.q }),
        ...(before === undefined ? {} : { before }),
        limit: query.limit + 1,
      });
      const { items, next } = pageOf("tickets", rows, query.limit, (ticket) => ticket.number);
      const { technicians } = await web.desk.directory.current();
      const clients = await clientsByIds(
        db,
        items.map((ticket) => ticket.clientId).filter((id) => id !== null),
      );
      const clock = { now: web.desk.clock(), timeZone: web.desk.settings.timeZone, technicians };
      const waiting = await waitingOf(db, items, clock);
      return {
        items: items.map((ticket) =>
          ticketShape(ticket, clients.get(ticket.clientId ?? 0) ?? null, waiting.get(ticket.id), {
            technicians,
          }),
        ),
        next,
      };
    },
  }),

  route({
    path: "/tickets/{number}",
    name: "getTicket",
    summary: "One ticket with its whole story",
    description:
      "Messages, triage, drafts, reviews, decisions with their proof, acts, releases, deliveries and events.",
    params: numberParam,
    answer: schemas.TicketStory,
    problems: [404],
    async handle({ web, params, caller }) {
      const story = await ticketStory(web, params.number);
      if (story === null) throw new HttpProblem("not-found", `There is no ticket #${params.number}.`);
      return storyShape(story, caller.role);
    },
  }),

  route({
    path: "/reviews",
    name: "listReviews",
    summary: "Reviews, newest first",
    query: z.strictObject({ state: z.enum(schemas.REVIEW_STATES).optional(), ...paging }),
    answer: schemas.listOf("ReviewList", schemas.Review),
    async handle({ web, query }) {
      const db = web.desk.database.reader;
      const rows = await listReviews(db, listQuery("reviews", query));
      const { items, next } = pageOf("reviews", rows, query.limit, (review) => review.id);
      const tickets = await ticketsByIds(
        db,
        items.map((review) => review.ticketId),
      );
      const { technicians } = await web.desk.directory.current();
      return {
        items: items.map((review) =>
          reviewShape(review, tickets.get(review.ticketId)?.number ?? 0, technicians),
        ),
        next,
      };
    },
  }),

  route({
    path: "/releases",
    name: "listReleases",
    summary: "Releases, newest first",
    description: "A release is an authorised reply, frozen as bytes. `uncertain` waits for a person.",
    query: z.strictObject({ state: z.enum(schemas.RELEASE_STATES).optional(), ...paging }),
    answer: schemas.listOf("ReleaseList", schemas.Release),
    async handle({ web, query }) {
      const db = web.desk.database.reader;
      const rows = await listReleases(db, listQuery("releases", query));
      const { items, next } = pageOf("releases", rows, query.limit, (release) => release.id);
      const tickets = await ticketsByIds(
        db,
        items.map((release) => release.ticketId),
      );
      return {
        items: items.map((release) => releaseShape(release, tickets.get(release.ticketId)?.number ?? 0)),
        next,
      };
    },
  }),

  route({
    path: "/events",
    name: "listEvents",
    summary: "The audit log, oldest first",
    description:
      "`after` is the id of the last event that you have; ask again with it to follow the log. Hashes chain each stream.",
    query: z.strictObject({
      after: digits(0, LARGEST_EVENT).optional().describe("Events with a larger id than this."),
      ...paging,
    }),
    answer: schemas.listOf("EventList", schemas.Event),
    async handle({ web, query }) {
      const after = readCursor("events", query.cursor, LARGEST_EVENT) ?? query.after ?? 0;
      const rows = await eventsAfter(web.desk.database.reader, after, query.limit + 1);
      const { items, next } = pageOf("events", rows, query.limit, (event) => event.id);
      return { items: items.map(eventShape), next };
    },
  }),
];

function listQuery(
  list: string,
  query: {
    readonly state?: string | undefined;
    readonly cursor?: string | undefined;
    readonly limit: number;
  },
): { state?: string; before?: number; limit: number } {
  const before = readCursor(list, query.cursor);
  return {
    ...(query.state === undefined ? {} : { state: query.state }),
    ...(before === undefined ? {} : { before }),
    limit: query.limit + 1,
  };
}

/** `null` for a client that the desk does not have: its list is empty. */
async function clientIdOf(web: Web, client: string): Promise<number | null> {
  const clients = await allClients(web.desk.database.reader);
  const found = clients.find(
    (one) => String(one.id) === client || one.name.toLowerCase() === client.toLowerCase(),
  );
  return found?.id ?? null;
}
