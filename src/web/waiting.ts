import type { Priority, Technician } from "../desk/ticket.ts";
import type { Db } from "../store/database.ts";
import type { TicketRecord } from "../store/tickets.ts";
import { newestReviews, releaseStates, type NewestReview, type ReleaseState } from "../store/waiting.ts";
import { clockTime, firstName } from "../steps/words.ts";

/** What a ticket waits for, as a sentence without its full stop. `look` is for a person at once. */
export interface Waiting {
  readonly tone: "person" | "calm" | "look";
  readonly text: string;
}

/** What a ticket waits for, and the priority that its open review proposes. */
export interface TicketOutlook extends Waiting {
  readonly proposedPriority: Priority | null;
}

/** `P3, P2 proposed`: until somebody approves, a ticket has the priority that it came with. */
export function priorityWords(priority: Priority, proposed: Priority | null): string {
  return proposed === null || proposed === priority ? priority : `${priority}, ${proposed} proposed`;
}

export const isUrgent = (...priorities: readonly (Priority | null)[]): boolean =>
  priorities.some((priority) => priority === "P1" || priority === "P2");

interface Clock {
  readonly now: Date;
  readonly timeZone: string;
  readonly technicians: readonly Technician[];
}

/** One entry a ticket, in two queries however many there are. */
export async function waitingOf(
  db: Db,
  tickets: readonly TicketRecord[],
  clock: Clock,
): Promise<ReadonlyMap<number, TicketOutlook>> {
  const ids = tickets.map((ticket) => ticket.id);
  const [reviews, releases] = await Promise.all([newestReviews(db, ids), releaseStates(db, ids)]);
  return new Map(
    tickets.map((ticket) => {
      const own = releases.filter((release) => release.ticketId === ticket.id);
      const review = reviews.get(ticket.id) ?? null;
      const isOpen = review?.status === "open" || review?.status === "snoozed";
      const proposedPriority = isOpen ? review.proposedPriority : null;
      return [ticket.id, { ...waitsFor(ticket, review, own, clock), proposedPriority }];
    }),
  );
}

/** Trouble first, then what is on its way out, then who is asked, then the ticket's own state. */
export function waitsFor(
  ticket: TicketRecord,
  review: NewestReview | null,
  releases: readonly ReleaseState[],
  clock: Clock,
): Waiting {
  return (
    trouble(releases) ?? leaving(releases, clock) ?? asked(review, clock) ?? byStatus(ticket, review, clock)
  );
}

function trouble(releases: readonly ReleaseState[]): Waiting | null {
  if (releases.some((release) => release.status === "uncertain"))
    return look("uncertain: the reply may or may not have left, look");
  const last = releases.findLast((release) => release.draftKind === "reply");
  if (last?.draftStatus === "bounced") return look("the reply came back, look");
  if (last?.status === "rejected") return look("the relay refused the reply, look");
  return null;
}

function leaving(releases: readonly ReleaseState[], clock: Clock): Waiting | null {
  const replies = releases.filter((release) => release.draftKind === "reply");
  const held = replies.findLast((release) => release.status === "held");
  if (held !== undefined) return calm(`held until ${time(held.holdUntil, clock)}`);
  const deferred = replies.findLast((release) => release.status === "deferred");
  if (deferred !== undefined)
    return calm(`the relay said later; tried again at ${time(deferred.nextAttemptAt, clock)}`);
  const going = replies.some((release) => ["ready", "claimed", "started"].includes(release.status));
  return going ? calm("the reply is leaving") : null;
}

function asked(review: NewestReview | null, clock: Clock): Waiting | null {
  if (review === null) return null;
  if (review.status === "snoozed" && review.snoozedUntil !== null)
    return calm(`put off until ${time(review.snoozedUntil, clock)}`);
  if (review.status !== "open") return null;
  const person = nameOf(review.technicianId, clock);
  if (person === null) return look("nobody to ask: import a technician");
  return review.askedAt === null
    ? asks(`goes into ${person}’s next digest`)
    : asks(`waits for ${person}’s word since ${time(review.askedAt, clock)}`);
}

function byStatus(ticket: TicketRecord, review: NewestReview | null, clock: Clock): Waiting {
  switch (ticket.status) {
    case "new":
      return review?.status === "expired" ? expired(ticket, clock) : calm("is being read");
    case "open":
      if (review?.status === "expired") return expired(ticket, clock);
      return asks(`waits for ${nameOf(ticket.assigneeId, clock) ?? `somebody in ${ticket.queue}`}`);
    case "pending":
      return calm("waits for the client");
    case "resolved":
      return calm("resolved");
    case "closed":
      return calm(ticket.closedAt === null ? "closed" : `closed ${time(ticket.closedAt, clock)}`);
    case "spam":
      return calm("put aside as spam");
    case "merged":
      return calm("merged into another ticket");
  }
}

function expired(ticket: TicketRecord, clock: Clock): Waiting {
  const person = nameOf(ticket.assigneeId, clock) ?? `somebody in ${ticket.queue}`;
  return look(`nobody answered in time; waits for ${person}`);
}

const look = (text: string): Waiting => ({ tone: "look", text });
const calm = (text: string): Waiting => ({ tone: "calm", text });
const asks = (text: string): Waiting => ({ tone: "person", text });

function nameOf(id: number | null, { technicians }: Clock): string | null {
  const technician = technicians.find((one) => one.id === id);
  return technician === undefined ? null : firstName(technician.name);
}

function time(at: string, { now, timeZone }: Clock): string {
  return clockTime(new Date(at), now, timeZone);
}
