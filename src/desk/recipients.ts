import type { Mailbox } from "../mail/message.ts";
import { addressSet, domainOf, normaliseAddress, sameAddress } from "../mail/address.ts";
import { isDeskAddress, isUnderDomains } from "./address-domain.ts";

export interface ReplyRecipientsInput {
  readonly message: {
    readonly from: readonly Mailbox[];
    readonly replyTo: readonly Mailbox[];
    readonly to: readonly Mailbox[];
    readonly cc: readonly Mailbox[];
  };
  /** The support and the review address, without sub-address. */
  readonly deskAddresses: readonly string[];
  /** Empty where the client is not known. */
  readonly clientDomains: readonly string[];
  /** addr-specs of those who took part so far: requester, Cc of the desk's earlier replies. */
  readonly ticketParticipants: readonly string[];
  /** The person the ticket is for; on a new ticket the author, or the author of the forwarded mail. */
  readonly requester: Mailbox;
}

interface DroppedRecipient {
  readonly mailbox: Mailbox;
  readonly reason: string;
}

export interface ReplyRecipients {
  readonly to: readonly Mailbox[];
  readonly cc: readonly Mailbox[];
  /** Shown in the review: who was on the mail and gets no reply, and why. */
  readonly dropped: readonly DroppedRecipient[];
  /** Sentences for the reviewer. */
  readonly warnings: readonly string[];
}

/** As many recipients as every relay must take (RFC 5321 §4.5.3.1.8); a mail to more is a circular, and its answer is none. */
const MOST_OTHERS = 100;

/**
 * Who gets the reply (protocol §5): the requester, with Cc of the client's own domains.
 *
 * - A Reply-To is followed only on the author's or the client's domain; elsewhere it is ignored and flagged.
 * - When someone other than the requester writes, nobody new joins: requester and recipients stay as they were.
 * - Of a mail to more than a hundred others only the requester is answered.
 * - The desk's own addresses are never included, also not with a sub-address (a review token is one).
 */
export function replyRecipients(input: ReplyRecipientsInput): ReplyRecipients {
  const { message, requester, clientDomains } = input;
  const author = message.from[0] ?? requester;
  const byRequester = key(author) === key(requester);
  const warnings: string[] = [];
  const dropped: DroppedRecipient[] = [];

  const drop = (mailbox: Mailbox, reason: string): void => {
    dropped.push({ mailbox, reason });
  };
  const usable = (mailbox: Mailbox): boolean => {
    if (!isPlainAddress(mailbox.address)) drop(mailbox, "not a plain address");
    else if (isDeskAddress(mailbox.address, input.deskAddresses)) return false;
    else return true;
    return false;
  };

  const followed = byRequester ? followedReplyTo(input, author, drop, warnings) : [];
  const asked = unique(followed.filter(usable));
  const to = asked.length > 0 ? asked : [requester].filter(usable);
  if (to.length === 0)
    warnings.push(
      `Nobody can be answered: ${requester.address || "the requester"} is not an address that the desk may write to.`,
    );

  const cc: Mailbox[] = [];
  const answered = new Set(to.map(key));
  const participants = addressSet(input.ticketParticipants);
  const others = unique(
    byRequester ? [...message.to, ...message.cc] : [author, ...message.to, ...message.cc],
  ).filter((mailbox) => !answered.has(key(mailbox)) && key(mailbox) !== key(requester));
  if (others.length > MOST_OTHERS) {
    warnings.push(
      `More than ${MOST_OTHERS} people are on this mail: the reply goes to ${to.map(({ address }) => address).join(", ") || "nobody"} alone.`,
    );
    return { to, cc, dropped, warnings };
  }
  for (const mailbox of others) {
    if (!usable(mailbox)) continue;
    const known = participants.has(mailbox.address);
    if (known || (byRequester && isUnderDomains(mailbox.address, clientDomains))) cc.push(mailbox);
    else if (byRequester) drop(mailbox, "outside the client's domains and not part of the ticket");
    else drop(mailbox, `not part of the ticket; only ${requester.address} can add people`);
  }
  return { to, cc, dropped, warnings };
}

/** The Reply-To mailboxes that the reply may follow; every other one is dropped with a warning. */
function followedReplyTo(
  input: ReplyRecipientsInput,
  author: Mailbox,
  drop: (mailbox: Mailbox, reason: string) => void,
  warnings: string[],
): readonly Mailbox[] {
  const followed: Mailbox[] = [];
  if (input.message.replyTo.length > MOST_OTHERS) {
    warnings.push(
      `The mail asks for replies to more than ${MOST_OTHERS} people; the reply goes to ${author.address}.`,
    );
    return [];
  }
  for (const mailbox of input.message.replyTo) {
    // A group that is the support address (Google Groups) asks for replies to itself: the author is meant.
    if (isDeskAddress(mailbox.address, input.deskAddresses)) continue;
    if (
      sameAddress(mailbox.address, author.address) ||
      isUnderDomains(mailbox.address, [domainOf(author.address), ...input.clientDomains])
    ) {
      followed.push(mailbox);
      continue;
    }
    drop(mailbox, "a Reply-To outside the author's and the client's domains");
    warnings.push(
      `The mail asks for replies to ${mailbox.address}, which is not the author's domain; the reply goes to ${author.address}.`,
    );
  }
  return followed;
}

/**
 * In the form that the mail layer keeps. Quoted local parts, comments, source routes and address literals are legal,
 * unused by real people, and read differently by different mail programs.
 */
function isPlainAddress(address: string): boolean {
  if (normaliseAddress(address)?.toLowerCase() !== address.toLowerCase()) return false;
  // RFC 5321 §F.2: some servers still send `eve%evil.example@contoso.example` and `evil.example!eve@…` on to evil.example.
  return !/[%!]/.test(address);
}

/** By text, not by `sameAddress`: what is no address must stay in the list to be shown as dropped. */
function unique(mailboxes: readonly Mailbox[]): readonly Mailbox[] {
  const seen = new Map<string, Mailbox>();
  for (const mailbox of mailboxes) if (!seen.has(key(mailbox))) seen.set(key(mailbox), mailbox);
  return [...seen.values()];
}

function key(mailbox: Mailbox): string {
  return mailbox.address.toLowerCase();
}
