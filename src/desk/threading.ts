import { headerOf } from "../mail/message.ts";
import type { ParsedMessage } from "../mail/message.ts";
import { sameAddress } from "../mail/address.ts";
import { isDeskAddress, isUnderDomains } from "./address-domain.ts";
import { isNews } from "./alert-state.ts";
import type { AlertState } from "./alert-state.ts";
import type { Filing, FilingKind } from "./filing.ts";
import type { Client, Contact, Technician, TicketStatus } from "./ticket.ts";

/** A reply to a ticket that has been closed for this long opens a new one (protocol §5). */
export const CLOSED_FOR_GOOD_MS = 14 * 24 * 60 * 60 * 1000;

/** What threading must know of a ticket that a message may be about. */
export interface KnownTicket {
  readonly ticketId: number;
  readonly number: number;
  readonly status: TicketStatus;
  /** Set while it is closed. */
  readonly closedAt: Date | null;
  /** The ticket it was merged into; mail for it goes there. */
  readonly mergedIntoId: number | null;
  readonly clientId: number | null;
  readonly clientDomains: readonly string[];
  /** addr-specs of the requester and of everyone the desk wrote to on this ticket. */
  readonly participants: readonly string[];
}

/** A msg-id out of In-Reply-To or References that the desk knows. */
export interface KnownReference {
  readonly messageId: string;
  /** `inbound`: a message of a ticket; `release`: the desk's reply to a client; `digest`: review mail, of no single ticket. */
  readonly kind: "inbound" | "release" | "digest";
  /** `null` for a digest. */
  readonly ticket: KnownTicket | null;
}

/** The mail inside a technician's forward. */
export interface ForwardedMail {
  readonly name: string;
  readonly address: string;
  readonly subject: string;
  readonly text: string;
}

/** Everything the caller looked up; `fileMessage` asks nobody. */
export interface FilingFacts {
  /** The support and the review address, and any alias of theirs. */
  readonly deskAddresses: readonly string[];
  /** A review token stands in the recipients, live or not. */
  readonly reviewTokenPresent: boolean;
  /** That token is used by nobody of the desk's, in a mail to the support address as well: it leaked (threat 21). */
  readonly reviewTokenLeaked?: boolean;
  /** Somebody of the desk's wrote to the review address without a token, and not to the support address. */
  readonly plainReviewAddress?: boolean;
  readonly knownReferences: readonly KnownReference[];
  /** The ticket whose reference (`[#1042]`) the subject bears. */
  readonly referencedTicket: KnownTicket | null;
  /**
   * The mail is a monitoring system's alert: what it is about, and the ticket that the same sender has open about the
   * same, if any.
   */
  readonly alert: {
    readonly key: string;
    readonly state: AlertState;
    readonly ticket: KnownTicket | null;
    /** The last state of that ticket that was news. */
    readonly before: AlertState | null;
  } | null;
  readonly sender: {
    readonly technician: Technician | null;
    readonly client: Client | null;
    readonly contact: Contact | null;
  };
  readonly forward: ForwardedMail | null;
  /** The release that a delivery status notification is about. */
  readonly releaseForBounce: { readonly releaseId: number; readonly ticketId: number } | null;
  /** The mail to a technician (a digest, a transcript) that it is about. */
  readonly insideMailForBounce: { readonly outboxId: number } | null;
  /** This very Message-ID was given out by the desk: a copy of its own mail. `ticketId` is `null` for review mail. */
  readonly ownMessage: { readonly ticketId: number | null } | null;
  /** DMARC said fail: the From may be anyone's. */
  readonly authenticationFailed: boolean;
  readonly now: Date;
}

/** Where a message belongs, and why (protocol §5). The order of the questions is the order of this function. */
export function fileMessage(message: ParsedMessage, facts: FilingFacts): Filing {
  return (
    quarantineUnclearAuthor(message) ??
    refuseOwnMail(message, facts) ??
    fileDeliveryStatus(message, facts) ??
    fileReviewReply(facts) ??
    fileAutomatic(message, facts) ??
    (facts.sender.technician === null
      ? fileClientMail(message, facts)
      : fileTechnicianMail(message, facts, facts.sender.technician))
  );
}

/** RFC 5322 §3.6: exactly one From field; the desk also wants one mailbox in it, since replies go to one person. */
function quarantineUnclearAuthor(message: ParsedMessage): Filing | null {
  const multiple = message.from.length > 1 || message.defects.includes("from-multiple");
  if (multiple) {
    return filing(
      "quarantined",
      "from-multiple",
      "The message names several authors, so nobody can be answered.",
      {
        evidence: message.from.map((author) => `From: ${author.address}`),
      },
    );
  }
  if (message.from.length === 1 && !message.defects.includes("from-missing")) return null;
  return filing(
    "quarantined",
    "from-missing",
    "The message has no readable From, so nobody can be answered.",
    {
      evidence: message.defects,
    },
  );
}

/** The desk never talks to itself: without this, two desks or a catch-all would answer each other for ever. */
function refuseOwnMail(message: ParsedMessage, facts: FilingFacts): Filing | null {
  if (facts.ownMessage !== null) {
    return filing("automatic", "own-message-returned", "A copy of the desk's own mail came back.", {
      ticketId: facts.ownMessage.ticketId,
      evidence: [`Message-ID ${message.messageId ?? ""} was given out by the desk`],
    });
  }
  const author = message.from[0];
  if (author === undefined || !isDeskAddress(author.address, facts.deskAddresses)) return null;
  return filing(
    "refused",
    "own-address",
    "The message says that it comes from the desk itself, and the desk did not send it.",
    {
      evidence: [`From: ${author.address}`],
    },
  );
}

function fileDeliveryStatus(message: ParsedMessage, facts: FilingFacts): Filing | null {
  if (message.automatic.verdict !== "bounce" && message.deliveryStatus === null) return null;
  const status = message.deliveryStatus;
  const evidence = [...message.automatic.reasons];
  if (status !== null)
    evidence.push(`${status.action || "status"} ${status.status} ${status.finalRecipient}`.trim());
  if (facts.insideMailForBounce !== null) {
    return filing(
      "delivery-status",
      "bounce-of-review-mail",
      "A delivery report about mail to a technician.",
      { evidence: [...evidence, `mail ${facts.insideMailForBounce.outboxId} to a technician`] },
    );
  }
  if (facts.releaseForBounce === null) {
    return filing(
      "delivery-status",
      "bounce-unknown",
      "A delivery report about mail that the desk does not know.",
      { evidence },
    );
  }
  return filing("delivery-status", "bounce-of-release", "A delivery report about a reply of the desk.", {
    ticketId: facts.releaseForBounce.ticketId,
    evidence: [...evidence, `release ${facts.releaseForBounce.releaseId}`],
  });
}

/** Also when it is automatic or forged: the gate refuses those, each with a reason of its own. */
function fileReviewReply(facts: FilingFacts): Filing | null {
  // Refused, a client's mail would be read by nobody: it is filed as theirs, and the token is withdrawn.
  if (facts.reviewTokenPresent && facts.reviewTokenLeaked !== true) {
    return filing(
      "review-reply",
      "review-token",
      "It answers a review: a review token stands in its recipients.",
      {},
    );
  }
  if (facts.plainReviewAddress === true) {
    return filing(
      "review-reply",
      "review-address-without-token",
      "It was sent to the review address, but its recipients hold no review token.",
      {},
    );
  }
  const digest = facts.knownReferences.find((reference) => reference.kind === "digest");
  if (digest === undefined || facts.sender.technician === null) return null;
  return filing(
    "review-reply",
    "digest-without-token",
    "It answers a review, but its recipients hold no review token.",
    {
      evidence: [`refers to ${digest.messageId}`],
    },
  );
}

/** RFC 3834: programs are heard, never answered, and open no ticket. */
function fileAutomatic(message: ParsedMessage, facts: FilingFacts): Filing | null {
  const { verdict, reasons } = message.automatic;
  if (verdict === "no" || verdict === "bounce") return null;
  if (verdict === "list" && isWelcomeList(message, facts)) return null;
  if (verdict === "auto-reply" && isWelcomeAlert(message, facts)) return null;
  if (verdict === "auto-reply") {
    const ticket = facts.authenticationFailed
      ? null
      : (candidatesOf(message, facts).find((one) => takesPart(message, facts, one.ticket))?.ticket ?? null);
    return ticket === null
      ? filing("automatic", "auto-reply", "An automatic reply that belongs to no ticket.", {
          evidence: reasons,
        })
      : filing(
          "automatic",
          "auto-reply-on-ticket",
          `An automatic reply on ticket #${ticket.number}: recorded, not answered.`,
          {
            ticketId: ticket.mergedIntoId ?? ticket.ticketId,
            evidence: reasons,
          },
        );
  }
  return verdict === "list"
    ? filing("automatic", "list-mail", "List or bulk mail from someone who is no contact of a client.", {
        evidence: reasons,
      })
    : filing("automatic", "report", "A report written by a program.", { evidence: reasons });
}

/**
 * List mail is still a person's question when a known person wrote it, or when the list is the support address itself:
 * many desks publish a group (Google Groups, Microsoft 365) as their address, and it stamps List-Id on every client's mail.
 */
function isWelcomeList(message: ParsedMessage, facts: FilingFacts): boolean {
  const { contact, client, technician } = facts.sender;
  if (contact !== null || client !== null || technician !== null) return true;
  const post = (headerOf(message, "list-post") ?? "").toLowerCase();
  return facts.deskAddresses.some((address) => post.includes(`<mailto:${address.toLowerCase()}>`));
}

/**
 * Many monitoring systems say "Auto-Submitted: auto-generated" of their alerts, as RFC 3834 §5 asks for. From a client's own
 * system they are what the client pays for, so they open a ticket all the same; nothing answers them by itself.
 */
function isWelcomeAlert(message: ParsedMessage, facts: FilingFacts): boolean {
  const { contact, client } = facts.sender;
  if (facts.alert === null || (contact === null && client === null) || facts.authenticationFailed)
    return false;
  if (message.inReplyTo.length + message.references.length > 0) return false;
  return message.automatic.reasons.every((reason) => GENERATED.test(reason));
}

const GENERATED = /^(?:auto-submitted: auto-generated|x-auto-response-suppress: .*)$/i;

function fileTechnicianMail(message: ParsedMessage, facts: FilingFacts, technician: Technician): Filing {
  const candidate = candidatesOf(message, facts)[0];
  if (facts.authenticationFailed) {
    return filing(
      "spam-suspect",
      "authentication-failed",
      `The message claims to come from ${technician.name}, but failed authentication.`,
      {
        suggestedTicketId: candidate?.ticket.ticketId ?? null,
        evidence: ["DMARC: fail", `From: ${technician.email}`],
      },
    );
  }
  if (candidate !== undefined) {
    const { ticket, because } = candidate;
    return filing(
      "note",
      "technician-on-ticket",
      `${technician.name} wrote on ticket #${ticket.number}: kept as an internal note.`,
      {
        ticketId: ticket.mergedIntoId ?? ticket.ticketId,
        evidence: [because],
      },
    );
  }
  const { forward } = facts;
  if (
    forward !== null &&
    !isDeskAddress(forward.address, facts.deskAddresses) &&
    !isAddressOf(forward.address, technician)
  ) {
    return filing(
      "new-ticket",
      "forwarded-by-technician",
      `${technician.name} forwarded a mail of ${forward.address}.`,
      {
        requester: { name: forward.name, address: forward.address },
        evidence: [`forwarded by ${technician.email}`],
      },
    );
  }
  return filing(
    "new-ticket",
    "technician-request",
    `${technician.name} asks for something: no ticket is named and nothing is forwarded.`,
    {
      requester: authorOf(message),
    },
  );
}

function fileClientMail(message: ParsedMessage, facts: FilingFacts): Filing {
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
function candidatesOf(message: ParsedMessage, facts: FilingFacts): readonly Candidate[] {
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
function takesPart(message: ParsedMessage, facts: FilingFacts, ticket: KnownTicket): boolean {
  const { address } = authorOf(message);
  if (ticket.participants.some((participant) => sameAddress(participant, address))) return true;
  if (ticket.clientId === null) return false;
  if (facts.sender.contact?.clientId === ticket.clientId) return true;
  return isUnderDomains(address, ticket.clientDomains);
}

function isAddressOf(address: string, technician: Technician): boolean {
  return [technician.email, ...technician.aliases].some((own) => sameAddress(own, address));
}

function authorOf(message: ParsedMessage): Author {
  const author = message.from[0];
  return { name: author?.name ?? "", address: author?.address ?? "" };
}

function filing(
  kind: FilingKind,
  code: string,
  reason: string,
  rest: Partial<Omit<Filing, "kind" | "code" | "reason">>,
): Filing {
  return {
    kind,
    code,
    reason,
    ticketId: null,
    suggestedTicketId: null,
    requester: null,
    evidence: [],
    ...rest,
  };
}
