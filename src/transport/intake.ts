import type { Envelope } from "../mail/message.ts";

/** Where a mail came in: over SMTP, or from a mailbox, whose UID names it together with the account, folder and UIDVALIDITY. */
export type IntakeSource =
  | { readonly kind: "smtp" }
  | {
      readonly kind: "imap";
      readonly account: string;
      readonly folder: string;
      /** Decimal, as the server gave it (RFC 9051 §2.3.1.1); 32 bits, kept as text and only ever compared. */
      readonly uidValidity: string;
      readonly uid: number;
    };

/** One mail, its bytes exactly as received (after SMTP dot-unstuffing), before anybody has read them. */
export interface IncomingMail {
  readonly source: IntakeSource;
  /** `null` for IMAP: the mailbox does not keep the envelope. */
  readonly envelope: Envelope | null;
  /** Hex SHA-256 of the bytes. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** A spool file belongs to the transport and is removed after `onMail` settles: copy it, do not keep its path. */
  readonly body: { readonly bytes: Buffer } | { readonly file: string };
}

/**
 * Takes a mail over. Resolves only after its commit, for then the sender is told 250, or the cursor has moved.
 * Over SMTP a TemporaryError is answered with 452 and a PermanentError with 554; from a mailbox a TemporaryError is
 * tried again for as long as it takes, anything else a few times and then skipped and reported.
 */
export type OnMail = (mail: IncomingMail) => Promise<void>;

/** The desk's own logger, as far as the transport needs it. Fields never hold bodies, tokens or passwords. */
export interface TransportLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}
