import type { AlertState } from "./alert-state.ts";
import type { Client, Contact, Technician, TicketStatus } from "./ticket.ts";

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
interface ForwardedMail {
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
  /** Its subject is a digest's, or that of an answer to one. */
  readonly namesDigest?: boolean;
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
