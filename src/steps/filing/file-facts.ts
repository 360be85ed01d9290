import { isFreemail } from "../../mail/address.ts";
import { domainOf, sameAddress } from "../../mail/address.ts";
import { isDeskAddress } from "../../desk/address-domain.ts";
import { readForward } from "../../mail/reply/forward.ts";
import { alertKey, alertOf } from "../../assistant/local/alert.ts";
import type { ParsedMessage } from "../../mail/message.ts";
import { ticketReferenceIn } from "../../mail/subject.ts";
import { isRegistered } from "../../review/gate.ts";
import { namesDigest, tokenHashIn } from "../../review/token.ts";
import type { FilingFacts, KnownReference, KnownTicket } from "../../desk/filing-facts.ts";
import type { Technician } from "../../desk/ticket.ts";
import type { Db } from "../../store/database.ts";
import { type MessageRecord } from "../../store/messages.ts";
import { knownReferences, ownMessageIds, participantsOf } from "../../store/known-mail.ts";
import { clientById, senderOf } from "../../store/people.ts";
import { digestMessageIds, insideMailByMessageIds } from "../../store/outbox.ts";
import { releaseByMessageIds } from "../../store/releases.ts";
import { openAlertTicket, ticketById, ticketByNumber, type TicketRecord } from "../../store/tickets.ts";
import type { Desk, Directory } from "../desk.ts";

/** Look up everything that the filing rules ask for. Reads only. */
export async function filingFacts(
  desk: Pick<Desk, "database" | "settings" | "clock">,
  directory: Directory,
  stored: MessageRecord,
  message: ParsedMessage,
  authenticationFailed: boolean,
): Promise<FilingFacts> {
  const db = desk.database.reader;
  const author = message.from[0]?.address ?? "";
  const technician = technicianAt(directory.technicians, author);
  const deskAddresses = [desk.settings.address, desk.settings.reviewAddress];
  const fromDesk = deskAddresses.some((address) => sameAddress(address, author));
  const referred = [...new Set([...message.inReplyTo, ...message.references])];
  const number = ticketReferenceIn(message.subject);
  const referenced = number === null ? null : await ticketByNumber(db, number);
  const isBounce = message.deliveryStatus !== null || message.automatic.verdict === "bounce";
  const bounced = isBounce
    ? await releaseByMessageIds(db, [...(message.deliveryStatus?.originalMessageIds ?? []), ...referred])
    : null;
  const bouncedInside =
    isBounce && bounced === null ? await insideMailBounced(db, directory, message, referred) : null;
  const addresses = [...recipientsOf(stored, message)];
  const tokenPresent = tokenHashIn(addresses, desk.settings.reviewAddress) !== null;
  const toSupport = addresses.some((address) => isDeskAddress(address, [desk.settings.address]));
  const toReview = addresses.some((address) => isDeskAddress(address, [desk.settings.reviewAddress]));
  const sender =
    technician === null
      ? { technician, ...(await clientSide(db, author)) }
      : { technician, client: null, contact: null };
  return {
    deskAddresses,
    reviewTokenPresent: tokenPresent,
    reviewTokenLeaked: tokenPresent && toSupport && !isStaff(directory.technicians, author),
    plainReviewAddress:
      !tokenPresent &&
      toReview &&
      !toSupport &&
      isStaff(
        directory.technicians.filter((one) => one.active),
        author,
      ),
    namesDigest: namesDigest(message.subject),
    // A client's answer to a digest that was passed on is a client's mail, whatever it refers to.
    knownReferences: await references(db, referred, sender.client === null && sender.contact === null),
    referencedTicket: referenced === null ? null : await known(db, referenced),
    alert: technician === null ? await alertFacts(db, message, author) : null,
    sender,
    forward: technician === null ? null : readForward(message.text),
    releaseForBounce:
      bounced === null || !isAbout(message, bounced.envelopeTo)
        ? null
        : { releaseId: bounced.id, ticketId: bounced.ticketId },
    insideMailForBounce: bouncedInside,
    ownMessage: fromDesk && message.messageId !== null ? await ownMessageIds(db, message.messageId) : null,
    authenticationFailed,
    now: desk.clock(),
  };
}

/** What a monitoring system's mail is about, and the ticket that it has open about the same. */
async function alertFacts(db: Db, message: ParsedMessage, author: string): Promise<FilingFacts["alert"]> {
  const alert = alertOf(message);
  const key = alert === null ? null : alertKey(alert);
  if (alert === null || key === null || author === "") return null;
  const open = await openAlertTicket(db, author, key);
  const ticket = open === null ? null : await known(db, open.ticket);
  return { key, state: alert.state, ticket, before: open?.state ?? null };
}

/**
 * A report that names recipients must name one that the mail went to: who knows a Message-ID of ours could otherwise
 * reopen a ticket with a report about anybody.
 */
function isAbout(message: ParsedMessage, sentTo: readonly string[]): boolean {
  const named = message.deliveryStatus?.recipients ?? [];
  return named.length === 0 || sentTo.some((address) => named.some((one) => sameAddress(one, address)));
}

/** The mail to a technician that this report is about. */
async function insideMailBounced(
  db: Db,
  directory: Directory,
  message: ParsedMessage,
  referred: readonly string[],
): Promise<FilingFacts["insideMailForBounce"]> {
  const ids = [...(message.deliveryStatus?.originalMessageIds ?? []), ...referred];
  const mail = await insideMailByMessageIds(db, ids);
  const technician = directory.technicians.find((one) => one.id === mail?.technicianId);
  return mail === null || technician === undefined || !isAbout(message, [technician.email])
    ? null
    : { outboxId: mail.id };
}

/** Every address the message was sent to, by its headers and by its envelope where that is held. */
export function recipientsOf(
  stored: Pick<MessageRecord, "envelope">,
  message: ParsedMessage,
): ReadonlySet<string> {
  return new Set(
    [...message.to, ...message.cc]
      .map((mailbox) => mailbox.address)
      .concat(stored.envelope?.forwardPaths ?? []),
  );
}

/** Whether one of these technicians has this address: their own, an alias, or a delegate's. */
export function isStaff(technicians: readonly Technician[], address: string): boolean {
  return technicians.some((one) => isRegistered(one, address));
}

/** The active technician whose registered address or alias this is. */
export function technicianAt(technicians: readonly Technician[], address: string): Technician | null {
  return (
    technicians.find(
      (one) => one.active && [one.email, ...one.aliases].some((own) => sameAddress(own, address)),
    ) ?? null
  );
}

/** The contact and client of an address; a freemail domain says nothing about the client. */
export async function clientSide(db: Db, address: string): ReturnType<typeof senderOf> {
  const domain = domainOf(address);
  return senderOf(db, address, isFreemail(domain) ? "" : domain);
}

async function references(
  db: Db,
  messageIds: readonly string[],
  alsoDigests: boolean,
): Promise<readonly KnownReference[]> {
  if (messageIds.length === 0) return [];
  const found: KnownReference[] = [];
  const tickets = new Map<number, KnownTicket | null>();
  for (const reference of await knownReferences(db, messageIds)) {
    if (!tickets.has(reference.ticketId)) {
      const ticket = await ticketById(db, reference.ticketId);
      tickets.set(reference.ticketId, ticket === null ? null : await known(db, ticket));
    }
    const ticket = tickets.get(reference.ticketId) ?? null;
    found.push({
      messageId: reference.messageId,
      kind: reference.direction === "out" ? "release" : "inbound",
      ticket,
    });
  }
  if (alsoDigests)
    for (const messageId of await digestMessageIds(db, messageIds))
      found.push({ messageId, kind: "digest", ticket: null });
  return found;
}

/** Where mail for a merged ticket goes: the one that is merged no further. Its state is the one that counts. */
async function lastMerged(db: Db, ticket: TicketRecord): Promise<TicketRecord> {
  let last = ticket;
  for (let hops = 0; last.status === "merged" && last.mergedIntoId !== null && hops < 100; hops++) {
    const next = await ticketById(db, last.mergedIntoId);
    if (next === null) break;
    last = next;
  }
  return last;
}

async function known(db: Db, ticket: TicketRecord): Promise<KnownTicket> {
  const client = ticket.clientId === null ? null : await clientById(db, ticket.clientId);
  const participants = await participantsOf(db, ticket.id);
  const last = await lastMerged(db, ticket);
  return {
    ticketId: ticket.id,
    number: ticket.number,
    status: last.status,
    closedAt: last.closedAt === null ? null : new Date(last.closedAt),
    mergedIntoId: last.id === ticket.id ? null : last.id,
    clientId: ticket.clientId,
    clientDomains: client?.domains.filter((domain) => !isFreemail(domain)) ?? [],
    participants: [...participants, ticket.requesterAddress],
  };
}
