import type { Client, Technician } from "../desk/ticket.ts";
import { actsOf, type ActRecord } from "../store/acts.ts";
import { decisionsOf, type DecisionRecord } from "../store/decisions.ts";
import { draftsOf, type DraftRecord } from "../store/drafts.ts";
import { eventsOf, type StoredEvent } from "../store/events.ts";
import { messagesOf, type MessageRecord } from "../store/messages.ts";
import { rawInfos, type RawInfo } from "../store/page-queries.ts";
import { clientById } from "../store/people.ts";
import { deliveriesOf, releasesOf, type DeliveryRecord, type ReleaseRecord } from "../store/releases.ts";
import { reviewsOf, type ReviewRecord } from "../store/reviews.ts";
import { ticketByNumber, type TicketRecord } from "../store/tickets.ts";
import type { Web } from "./context.ts";
import { waitingOf, type TicketOutlook } from "./waiting.ts";

/** Everything the desk knows of one ticket; the page and the API tell it from here. */
export interface TicketStory {
  readonly ticket: TicketRecord;
  readonly waiting: TicketOutlook;
  readonly client: Client | null;
  readonly technicians: readonly Technician[];
  readonly messages: readonly MessageRecord[];
  readonly raws: ReadonlyMap<string, RawInfo>;
  readonly drafts: readonly DraftRecord[];
  readonly reviews: readonly ReviewRecord[];
  readonly decisions: readonly DecisionRecord[];
  readonly acts: readonly ActRecord[];
  readonly releases: readonly ReleaseRecord[];
  readonly deliveries: readonly DeliveryRecord[];
  readonly events: readonly StoredEvent[];
}

/** `null` where no ticket has that number. */
export async function ticketStory(web: Web, number: number): Promise<TicketStory | null> {
  const db = web.desk.database.reader;
  const ticket = await ticketByNumber(db, number);
  if (ticket === null) return null;
  const { technicians } = await web.desk.directory.current();
  const clock = { now: web.desk.clock(), timeZone: web.desk.settings.timeZone, technicians };
  const [waiting, client, messages, drafts, reviews, decisions, acts, releases] = await Promise.all([
    waitingOf(db, [ticket], clock),
    ticket.clientId === null ? null : clientById(db, ticket.clientId),
    messagesOf(db, ticket.id),
    draftsOf(db, ticket.id),
    reviewsOf(db, ticket.id),
    decisionsOf(db, ticket.id),
    actsOf(db, ticket.id),
    releasesOf(db, ticket.id),
  ]);
  const [raws, deliveries, events] = await Promise.all([
    rawInfos(
      db,
      messages.map((message) => message.rawSha256),
    ),
    deliveriesOf(
      db,
      releases.map((release) => release.id),
    ),
    eventsOf(db, [`ticket:${ticket.id}`, ...messages.map((message) => `message:${message.id}`)]),
  ]);
  return {
    ticket,
    waiting: waiting.get(ticket.id) ?? { tone: "calm", text: "", proposedPriority: null },
    client,
    technicians,
    messages,
    raws,
    drafts,
    reviews,
    decisions,
    acts,
    releases,
    deliveries,
    events,
  };
}
