import { actsOf } from "../../store/acts.ts";
import type { Db } from "../../store/database.ts";
import { decisionsOf } from "../../store/decisions.ts";
import { draftsOf } from "../../store/drafts.ts";
import { eventsOf } from "../../store/events.ts";
import { messagesOf } from "../../store/messages.ts";
import { clientById } from "../../store/people.ts";
import { deliveriesOf, releasesOf } from "../../store/releases.ts";
import { reviewsOf } from "../../store/reviews.ts";
import { ticketByNumber } from "../../store/tickets.ts";

/** Everything the desk knows about a ticket, with every event: who decided what, on which evidence. `null` for no such ticket. */
export async function caseFile(db: Db, number: number) {
  const ticket = await ticketByNumber(db, number);
  if (ticket === null) return null;
  const messages = await messagesOf(db, ticket.id);
  const releases = await releasesOf(db, ticket.id);
  return {
    ticket,
    client: ticket.clientId === null ? null : await clientById(db, ticket.clientId),
    messages,
    drafts: await draftsOf(db, ticket.id),
    reviews: await reviewsOf(db, ticket.id),
    decisions: await decisionsOf(db, ticket.id),
    acts: await actsOf(db, ticket.id),
    releases: releases.map(({ size, ...release }) => ({ ...release, bytes: size })),
    deliveries: await deliveriesOf(
      db,
      releases.map((release) => release.id),
    ),
    events: await eventsOf(db, [
      `ticket:${ticket.id}`,
      ...messages.map((message) => `message:${message.id}`),
    ]),
  };
}
