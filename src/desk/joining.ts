/** Which ticket a client's mail joins, if any (protocol §5). */
import { sameAddress } from "../mail/address.ts";
import type { ParsedMessage } from "../mail/message.ts";
import { isUnderDomains } from "./address-domain.ts";
import { isNews } from "./alert-state.ts";
import { filing, type Filing } from "./filing.ts";
import type { FilingFacts, KnownTicket } from "./filing-facts.ts";

/** A reply to a ticket that has been closed for this long opens a new one (protocol §5). */
export const CLOSED_FOR_GOOD_MS = 14 * 24 * 60 * 60 * 1000;

/** Where a client's mail belongs: in a ticket that it names and its sender takes part in, or in a new one. */
export function fileClientMail(message: ParsedMessage, facts: FilingFacts): Filing {
  const requester = authorOf(message);
  const candidates = candidatesOf(message, facts);
  const best = candidates[0];
  if (best === undefined) {
    const repeated = sameAlert(message, facts, requester);
    if (repeated !== null) return repeated;
    const refers = message.inReplyTo.length + message.references.length > 0;
    return refers
      ? filing(
          "new-ticket",
          "unknown-reference",
          "It answers a mail that the desk does not know, so it opens a ticket.",
          { requester },
        )
      : filing("new-ticket", "first-message", "It refers to no ticket, so it opens one.", { requester });
  }
  if (facts.authenticationFailed) {
    return filing(
      "new-ticket",
      "authentication-failed",
      `It names ticket #${best.ticket.number}, but failed authentication, so it does not join it.`,
      {
        requester,
        suggestedTicketId: best.ticket.ticketId,
        evidence: ["DMARC: fail", best.because],
      },
    );
  }
  const joined = candidates.find((candidate) => takesPart(message, facts, candidate.ticket));
  if (joined === undefined) {
    return filing(
      "new-ticket",
      "not-a-participant",
      `It names ticket #${best.ticket.number}, but ${requester.address} does not take part in it.`,
      {
        requester,
        suggestedTicketId: best.ticket.ticketId,
        evidence: [best.because],
      },
    );
  }
  return joinOrReplace(joined, requester, facts.now);
}

/**
 * A repeat or a recovery joins the ticket of its alert. Only from the very address that opened it, and never where the
 * address may be forged: a host's name is no secret.
 */
function sameAlert(message: ParsedMessage, facts: FilingFacts, requester: Author): Filing | null {
  const { alert } = facts;
  if (alert === null || alert.ticket === null || facts.authenticationFailed) return null;
  const { address } = authorOf(message);
  if (!alert.ticket.participants.some((participant) => sameAddress(participant, address))) return null;
  const client = facts.sender.client?.id ?? facts.sender.contact?.clientId ?? null;
  if (alert.ticket.clientId !== client || alert.ticket.status === "spam") return null;
  const { number, status } = alert.ticket;
  const ticketId = alert.ticket.mergedIntoId ?? alert.ticket.ticketId;
  // A ticket that waits or was solved is news in any case: whoever worked on it believed that all was well.
  const worked = status === "pending" || status === "resolved";
  if (!isNews(alert.state, alert.before) && !(worked && alert.state !== "info")) {
    return filing(
      "automatic",
      "same-alert-again",
      `The same alert as ticket #${number} again: recorded, nobody is asked anew.`,
      { ticketId, evidence: [alert.key, alert.state] },
    );
  }
  return filing("follow-up", "same-alert", `It is about the same alert as ticket #${number}.`, {
    ticketId,
    requester,
    evidence: [alert.key, alert.state],
  });
}

/** The sender may join; the ticket's own state has the last word. */
function joinOrReplace({ ticket, because, code }: Candidate, requester: Author, now: Date): Filing {
  if (ticket.status === "spam") {
    return filing(
      "new-ticket",
      "ticket-is-spam",
      `It answers ticket #${ticket.number}, which is marked as spam; it opens a ticket so that a person sees it.`,
      {
        requester,
        suggestedTicketId: ticket.ticketId,
        evidence: [because],
      },
    );
  }
  if (ticket.closedAt !== null && now.getTime() - ticket.closedAt.getTime() >= CLOSED_FOR_GOOD_MS) {
    return filing(
      "new-ticket",
      "ticket-closed",
      `It answers ticket #${ticket.number}, which has been closed for 14 days or more.`,
      {
        requester,
        suggestedTicketId: ticket.ticketId,
        evidence: [because, `closed ${ticket.closedAt.toISOString()}`],
      },
    );
  }
  const evidence =
    ticket.mergedIntoId === null ? [because] : [because, `#${ticket.number} was merged into another ticket`];
  return filing("follow-up", code, `It belongs to ticket #${ticket.number}.`, {
    ticketId: ticket.mergedIntoId ?? ticket.ticketId,
    requester,
    evidence,
  });
}

type Author = { readonly name: string; readonly address: string };

interface Candidate {
  readonly ticket: KnownTicket;
  readonly code: "known-message-id" | "ticket-reference";
  readonly because: string;
}

/** Tickets that the message may be about, strongest sign first: In-Reply-To, then References from the newest, then the subject. */
export function candidatesOf(message: ParsedMessage, facts: FilingFacts): readonly Candidate[] {
  const candidates: Candidate[] = [];
  for (const messageId of [...message.inReplyTo, ...message.references.toReversed()]) {
    // A Message-ID can be squatted: the desk may have it on several tickets, and the sender takes part in one of them.
    for (const known of facts.knownReferences) {
      if (known.messageId !== messageId || known.ticket === null) continue;
      candidates.push({ ticket: known.ticket, code: "known-message-id", because: `refers to ${messageId}` });
    }
  }
  const { referencedTicket } = facts;
  if (referencedTicket !== null) {
    candidates.push({
      ticket: referencedTicket,
      code: "ticket-reference",
      because: `subject bears [#${referencedTicket.number}]`,
    });
  }
  return candidates;
}

/** Knowing a Message-ID or a number is not enough: both can be guessed, forwarded or read over a shoulder. */
export function takesPart(message: ParsedMessage, facts: FilingFacts, ticket: KnownTicket): boolean {
  const { address } = authorOf(message);
  if (ticket.participants.some((participant) => sameAddress(participant, address))) return true;
  if (ticket.clientId === null) return false;
  if (facts.sender.contact?.clientId === ticket.clientId) return true;
  return isUnderDomains(address, ticket.clientDomains);
}

/** The first mailbox of From; empty where there is none, which `fileMessage` sets aside first. */
export function authorOf(message: ParsedMessage): Author {
  const author = message.from[0];
  return { name: author?.name ?? "", address: author?.address ?? "" };
}
