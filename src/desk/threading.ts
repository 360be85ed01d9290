import { headerOf } from "../mail/message.ts";
import type { ParsedMessage } from "../mail/message.ts";
import { sameAddress } from "../mail/address.ts";
import { isDeskAddress } from "./address-domain.ts";
import { filing, type Filing } from "./filing.ts";
import type { FilingFacts } from "./filing-facts.ts";
import { authorOf, candidatesOf, fileClientMail, takesPart } from "./joining.ts";
import type { Technician } from "./ticket.ts";

/** Where a message belongs, and why (protocol §5). The order of the questions is the order of this function. */
export function fileMessage(message: ParsedMessage, facts: FilingFacts): Filing {
  return (
    quarantineUnclearAuthor(message) ??
    refuseOwnMail(message, facts) ??
    fileDeliveryStatus(message, facts) ??
    fileReviewReply(message, facts) ??
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
function fileReviewReply(message: ParsedMessage, facts: FilingFacts): Filing | null {
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
  const { technician, client, contact } = facts.sender;
  const digest = facts.knownReferences.find((reference) => reference.kind === "digest");
  const named = facts.namesDigest === true && candidatesOf(message, facts).length === 0;
  if (digest === undefined && !named) return null;
  const evidence = [digest === undefined ? "its subject is a digest's" : `refers to ${digest.messageId}`];
  if (technician !== null)
    return filing(
      "review-reply",
      "digest-without-token",
      "It answers a review, but its recipients hold no review token.",
      { evidence },
    );
  // A program in a mailbox to which digests are passed on: as a ticket it would bring the next digest, and that the next answer.
  return client === null && contact === null && !facts.reviewTokenPresent
    ? filing(
        "refused",
        "answers-review-mail",
        "It answers the desk's mail to its own people, and its sender is neither one of them nor a client.",
        { evidence },
      )
    : null;
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
      ? filing("automatic", "auto-reply", whyNoTicket(message, facts), {
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

/** The sentence tells what could be done: an alert that opens no ticket is what somebody looks for afterwards. */
function whyNoTicket(message: ParsedMessage, facts: FilingFacts): string {
  const { reasons } = message.automatic;
  if (!reasons.every((reason) => GENERATED.test(reason)))
    return "An automatic reply that belongs to no ticket.";
  return facts.alert !== null && !facts.authenticationFailed && facts.sender.client === null
    ? "An alert from a sender that belongs to no client. Make the sender a contact of a client, and its alerts open tickets."
    : "A program wrote it, and it belongs to no ticket.";
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

function isAddressOf(address: string, technician: Technician): boolean {
  return [technician.email, ...technician.aliases].some((own) => sameAddress(own, address));
}
