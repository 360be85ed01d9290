import type { Desk, Log } from "../steps/desk.ts";

export interface ReadinessCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

export interface MailboxNote {
  readonly account: string;
  readonly state: string;
  readonly detail: string;
}

export interface WebOptions {
  readonly desk: Desk;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** As people reach it; links, cookies and the check of Origin rest on it. */
  readonly url: string;
  /** Signs the tokens of forms that are shown before anybody is signed in; derived from the desk's key where `null`. */
  readonly secret: string | null;
  readonly version: string;
  /** Database, mailboxes, relay: what the desk needs to work now. */
  readiness(): Promise<readonly ReadinessCheck[]>;
  /** One a mailbox; a notice on every page names those that cannot be read. */
  readonly mailboxStates?: () => readonly MailboxNote[];
  /** Set where the relay only captures: mail that would have left is shown, and may be answered. */
  readonly capture?: Capture | null;
  readonly log: Log;
}

/** A desk to try: it sends nothing, and its own pages play the mail programs of the people outside. */
export interface Capture {
  /**
   * Hands what somebody wrote to the desk's own SMTP intake. Answers what went wrong, or `null`. `null` in its place
   * where the desk has no such intake.
   */
  readonly post:
    | ((mail: {
        readonly from: string;
        readonly to: readonly string[];
        readonly mime: Buffer;
      }) => Promise<string | null>)
    | null;
}

/** What every page and every route has at hand. */
export interface Web extends WebOptions {
  /** templates/ as it is on disk, by name. */
  readonly defaults: ReadonlyMap<string, string>;
  readonly formKey: Buffer;
  /** Whether people come by https: then cookies are Secure. */
  readonly secure: boolean;
  /** Changes with the content of the assets, so that browsers keep them and never show an old one. */
  readonly assetVersion: string;
  /** Work that goes on after the answer; `close` waits for it. */
  inBackground(work: Promise<void>): void;
}

export const now = (web: Pick<Web, "desk">): Date => web.desk.clock();
