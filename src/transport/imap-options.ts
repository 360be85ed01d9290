import type { AccessToken } from "./access-token.ts";
import type { IntakeSource, OnMail, TransportLog } from "./intake.ts";

export interface ImapIntakeOptions {
  /** Names the mailbox in cursors and sources; does not change when its server does. */
  readonly account: string;
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (port 993). Otherwise STARTTLS, which only a server on this machine may go without. */
  readonly secure: boolean;
  readonly user: string;
  readonly pass?: string;
  /** In place of `pass`: XOAUTH2. */
  readonly accessToken?: AccessToken;
  readonly folder: string;
  /** Moved there once taken in; made if missing. */
  readonly archive?: string;
  /** At the first contact, take older mail too, from this time on. */
  readonly since?: Date;
  /** Bytes. Larger ones are reported to `onBad`. */
  readonly maxSize: number;
  /** Made if missing. */
  readonly spoolDir: string;
  readonly log?: TransportLog;
  /** Milliseconds between two looks where IDLE says nothing. Default 45,000, so that with `answerWithin` a dead connection is noticed within a minute. */
  readonly pollEvery?: number;
  /** How long the server may take to answer a NOOP. Milliseconds, default 10,000. */
  readonly answerWithin?: number;
  /** Connection, greeting and TLS, each. Milliseconds, default 30,000 (16,000 for the greeting). */
  readonly connectWithin?: number;
  /** A server that sends nothing for so long while it owes an answer is gone. Longer than `pollEvery`. Milliseconds, default 60,000. */
  readonly silentFor?: number;
  /** Between connections, and between tries of a mail that could not be taken. Milliseconds, default 1,000 doubling to 60,000. */
  readonly backoff?: { readonly least: number; readonly most: number };
  /** How often a mail that cannot be fetched, or that `onMail` throws at, is tried before it is reported and passed over. Default 5. */
  readonly tries?: number;
}

export interface ImapCursor {
  /** The last UID whose bytes are committed. */
  readonly lastUid: number;
  /** Set by `startAt`: below this UID, mail older than the first contact is passed over. */
  readonly rescanBelow?: number;
}

/**
 * `failed`: the server answers, and refuses the login or the folder. Tried again all the same, since a person may correct it there.
 * `stalled`: connected, and the next mail cannot be taken in now.
 */
export type ImapState = "connecting" | "connected" | "stalled" | "reconnecting" | "failed" | "closed";

export type ImapSource = Extract<IntakeSource, { kind: "imap" }>;

/** What the caller keeps. The cursor moves in the transaction that stores the mail, so `onMail` and `onBad` move it, and nothing else does. */
export interface ImapHooks {
  /** When this account and folder were first read, under any UIDVALIDITY; `null`: never. */
  startedOn(): Promise<Date | null>;
  loadCursor(uidValidity: string): Promise<ImapCursor | null>;
  /** Commits the cursor of a mailbox met for the first time: the next UID to take, and where a rescan ends. */
  startAt(uidValidity: string, uidNext: number, rescanBelow?: number): Promise<void>;
  readonly onMail: OnMail;
  /** Commits a mail that was given up, with a sentence, and moves the cursor past it. */
  onBad(source: ImapSource, reason: string): Promise<void>;
  onState?(state: ImapState, detail: string): void;
}
