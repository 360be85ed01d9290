import { draftsByIds } from "../../store/drafts.ts";
import { exchangeOn } from "../../store/exchange.ts";
import { messagesByIds } from "../../store/messages.ts";
import { clientsByIds } from "../../store/people.ts";
import type { ReviewRecord } from "../../store/reviews.ts";
import { ticketsByIds } from "../../store/tickets.ts";
import { isLoopback } from "../../transport/loopback.ts";
import type { Desk, Directory } from "../desk.ts";
import { nextDigestAt } from "./digest-round.ts";
import type { ItemSource } from "./digest-item.ts";
import { earlierWords } from "../triage/earlier-words.ts";
import { knownFacts, NOTHING_KNOWN } from "../triage/known-facts.ts";
import type { ShownAct } from "./shown-acts.ts";

/** Everything that the cards of a digest show, looked up for all of them at once. */
export async function digestSources(
  desk: Pick<Desk, "database" | "clock" | "settings">,
  { hasDevices }: Pick<Directory, "hasDevices">,
  reviews: readonly ReviewRecord[],
  acts: readonly ShownAct[],
): Promise<readonly ItemSource[]> {
  const db = desk.database.reader;
  const tickets = await ticketsByIds(
    db,
    reviews.map((review) => review.ticketId),
  );
  const drafts = await draftsByIds(
    db,
    reviews.map((review) => review.draftId).filter((id) => id !== null),
  );
  const messageIds = reviews.map(
    (review) =>
      (review.draftId === null ? null : drafts.get(review.draftId)?.basedOnMessageId) ??
      tickets.get(review.ticketId)?.lastClientMessageId ??
      null,
  );
  const messages = await messagesByIds(
    db,
    messageIds.filter((id) => id !== null),
  );
  const clients = await clientsByIds(
    db,
    [...tickets.values()].map((ticket) => ticket.clientId).filter((id) => id !== null),
  );
  // A ticket's first mail has nothing before it: no look-up for the most of them.
  const followUps = [...messages.values()].filter((message) => message.disposition !== "new-ticket");
  const exchange = await exchangeOn(
    db,
    followUps.map((message) => message.ticketId).filter((id) => id !== null),
  );
  const clock = { now: desk.clock(), timeZone: desk.settings.timeZone };
  const round = nextDigestAt(desk, clock.now);
  const consoleUrl = consoleFor(desk.settings.webUrl);
  const known = await knownFacts(
    db,
    reviews.flatMap((review, index) => {
      const ticket = tickets.get(review.ticketId);
      return ticket === undefined ? [] : [{ ticket, message: messages.get(messageIds[index] ?? 0) ?? null }];
    }),
    hasDevices,
  );
  return reviews.flatMap((review, index) => {
    const ticket = tickets.get(review.ticketId);
    if (ticket === undefined) return [];
    const mails = exchange.filter((mail) => mail.ticketId === ticket.id);
    return {
      review,
      ticket,
      client: ticket.clientId === null ? null : (clients.get(ticket.clientId) ?? null),
      draft: review.draftId === null ? null : (drafts.get(review.draftId) ?? null),
      message: messages.get(messageIds[index] ?? 0) ?? null,
      earlier: earlierWords(mails, messageIds[index] ?? 0, clock),
      known: known.get(ticket.id) ?? NOTHING_KNOWN,
      clock,
      round,
      consoleUrl,
      acts: acts.filter((act) => act.ticketId === ticket.id),
    };
  });
}

/** Where a link of a mail can lead: a console on this machine alone is out of a technician's reach. */
function consoleFor(webUrl: string): string {
  const host = URL.canParse(webUrl) ? new URL(webUrl).hostname : "localhost";
  return isLoopback(host.replace(/^\[|\]$/g, "")) ? "" : webUrl.replace(/\/+$/, "");
}
