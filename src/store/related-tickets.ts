import { likenessTo, readComparable } from "../desk/search/likeness.ts";
import type { RelatedTicket } from "../desk/triage.ts";
import type { Db } from "./database.ts";
import type { RecentTickets } from "./recent-tickets.ts";

/** Only so many of the newest tickets are looked at: an old one is not the same outage. */
const RECENT = 2000;

/** And of those so many of one client. Their words are compared here, so that the cost of a mail stays flat. */
const COMPARED = 50;

/** Likeness from which a ticket is taken for another report of the same. */
const DUPLICATE = 0.5;

type Row = { id: number; number: number; subject: string; search_text: string };

/**
 * This client's recent tickets that share words with the query, best first. `exclude` is the ticket that asks.
 * A requester without a client sees only their own tickets.
 */
export async function relatedTickets(
  db: Db,
  recent: Pick<RecentTickets, "corpus" | "wordsOf">,
  query: {
    readonly text: string;
    readonly clientId: number | null;
    readonly requesterAddress: string;
    readonly exclude: number | null;
    readonly newestId: number;
  },
  limit: number,
): Promise<readonly RelatedTicket[]> {
  const asked = readComparable(query.text);
  if (asked.question.weights.size === 0) return [];
  const rows = (await db("tickets")
    .where(
      query.clientId === null
        ? { client_id: null, requester_address: query.requesterAddress }
        : { client_id: query.clientId },
    )
    .where("id", ">", Math.max(0, query.newestId - RECENT))
    .whereNot("id", query.exclude ?? 0)
    .whereNotIn("status", ["spam", "merged"])
    .orderBy("id", "desc")
    .limit(COMPARED)
    .select("id", "number", "subject", "search_text")) as Row[];
  const likeAsked = likenessTo(asked, recent.corpus);
  return rows
    .map((row) => ({
      row,
      similarity: likeAsked(recent.wordsOf(row.id) ?? readComparable(row.search_text)),
    }))
    .filter(({ similarity }) => similarity > 0)
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, limit)
    .map(({ row, similarity }) => ({
      ticketId: row.id,
      number: row.number,
      subject: row.subject,
      similarity,
      relation: similarity >= DUPLICATE ? "duplicate" : "related",
    }));
}
