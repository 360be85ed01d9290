import { LikenessTo, readComparable } from "../desk/search/likeness.ts";
import type { RelatedTicket } from "../desk/triage.ts";
import type { Db } from "./database.ts";
import type { RecentTickets } from "./recent-tickets.ts";

/** So many of one client are compared, those at hand: the cost of a mail stays flat. */
const COMPARED = 50;

/** And so many of them in full, those that share most: a few are asked for, and the rest share a word or two. */
const IN_FULL = 12;

/** Likeness from which a ticket is taken for another report of the same. */
const DUPLICATE = 0.5;

/**
 * This client's recent tickets that share words with the query, best first. `exclude` is the ticket that asks.
 * A requester without a client sees only their own tickets.
 */
export async function relatedTickets(
  db: Db,
  recent: RecentTickets,
  query: {
    readonly text: string;
    readonly clientId: number | null;
    readonly requesterAddress: string;
    readonly exclude: number | null;
  },
  limit: number,
): Promise<readonly RelatedTicket[]> {
  await recent.readNew(db);
  const asked = readComparable(query.text);
  if (asked.question.stems.length === 0) return [];
  const like = new LikenessTo(asked, recent.corpus);
  return recent
    .newestOf(query, COMPARED, query.exclude)
    .map((ticket) => ({ ticket, rough: like.rough(ticket.words) }))
    .filter(({ rough }) => rough > 0)
    .sort((a, b) => b.rough - a.rough)
    .slice(0, IN_FULL)
    .map(({ ticket, rough }) => ({ ticket, similarity: like.of(ticket.words, rough) }))
    .filter(({ similarity }) => similarity > 0)
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, limit)
    .map(({ ticket, similarity }) => ({
      ticketId: ticket.id,
      number: ticket.number,
      subject: ticket.subject,
      similarity,
      relation: similarity >= DUPLICATE ? "duplicate" : "related",
    }));
}
