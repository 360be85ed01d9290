import type { Engine } from "../assistant/engine.ts";
import type { Languages } from "../assistant/local/languages.ts";
import type { exampleReader } from "../assistant/local/example-of.ts";
import type { KnownPeople } from "../assistant/spam/known-people.ts";
import type { ErrorBound } from "../desk/action.ts";
import type { ServiceLevel } from "../desk/desk-file-rows.ts";
import type { PolicyDocument } from "../desk/policy-document.ts";
import type { Queue as WorkQueue, Technician } from "../desk/ticket.ts";
import type { Authentication } from "../mail/authentication.ts";
import type { Envelope } from "../mail/message.ts";
import type { ParserPool } from "../mail/parse/parser-pool.ts";
import type { Queue as JobQueue } from "../queue/queue.ts";
import type { ExchangeMailbox, ProofKind } from "../review/proof.ts";
import type { Vocabulary } from "../review/reading/vocabulary.ts";
import type { Database } from "../store/database.ts";
import type { Sealing } from "../store/sealing.ts";
import type { Witness } from "../store/witness.ts";
import type { Learner } from "./learning/learner-shape.ts";
import type { TemplateSet } from "../templates.ts";
import type { SmtpOutcome } from "../transport/smtp-outcome.ts";

/** The part of the configuration that the steps need, in milliseconds and addr-specs. */
interface DeskSettings {
  readonly name: string;
  /** Where clients write. */
  readonly address: string;
  /** Replies to digests come back to a sub-address of it. */
  readonly reviewAddress: string;
  readonly timeZone: string;
  readonly review: {
    readonly digestEveryMs: number;
    readonly holdMs: number;
    readonly expiresMs: number;
    readonly identity: readonly ProofKind[];
    readonly authservId: string;
    readonly authservResults: "above" | "below";
    /** Exchange mailboxes that are read by IMAP, by their account. */
    readonly exchangeMailboxes: ReadonlyMap<string, ExchangeMailbox>;
    readonly signingDomains: Readonly<Record<string, readonly string[]>>;
    /** The words of the commands in a reply. */
    readonly vocabulary: Vocabulary;
  };
  readonly webUrl: string;
}

/** What admins and imports write, as last read; at most a second old. */
export interface Directory {
  readonly technicians: readonly Technician[];
  readonly queues: readonly WorkQueue[];
  /** What clients were promised, by the name of the SLA. */
  readonly slas: ReadonlyMap<string, ServiceLevel>;
  /** Names and domains that outsiders may imitate; at most a minute old. */
  readonly people: KnownPeople;
  /** Somebody has imported devices: without one, no mail is searched for them. */
  readonly hasDevices: boolean;
  readonly defaultQueue: string;
  readonly policies: PolicyDocument;
  /** The stop switch: no automatic act. */
  readonly paused: boolean;
  /** A restored database: nothing leaves until a person has looked (steps/upkeep/freeze.ts). */
  readonly frozen: boolean;
  readonly templates: TemplateSet;
  /** The languages that drafts can be in. */
  readonly languages: Languages;
  readonly engine: Engine;
  /** Runs beside it, to be compared; decides nothing. `null`: none does. */
  readonly shadow: Engine | null;
  /** A mail as the models see it. */
  readonly exampleOf: ReturnType<typeof exampleReader>;
  /** How often people changed or turned down what was drafted from a template. */
  draftError(template: string): ErrorBound;
  /** Hosts that a draft may link to. */
  readonly allowedLinkHosts: readonly string[];
  /** Open tickets by technician id. */
  readonly loads: ReadonlyMap<number, number>;
  /** The newest seal of the audit log; "" before the first. */
  readonly auditHead: string;
}

export interface DirectoryCache {
  current(): Promise<Directory>;
  /** Read anew at the next call: something was saved in this process. Clients and contacts only where they were. */
  invalidate(what?: "people"): void;
}

/** Hands bytes to the relay; the only thing here that can reach the network. */
export interface MailSender {
  /** One attempt for a client-bound release. `onStarted` is awaited after the relay's 354, before the first byte. */
  attempt(mail: {
    readonly from: string;
    readonly to: readonly string[];
    readonly mime: Buffer;
    onStarted(): Promise<void>;
  }): Promise<SmtpOutcome>;
  /** Mail inside the desk: may be sent again with the same bytes. */
  inside(mail: { readonly from: string; readonly to: string; readonly mime: Buffer }): Promise<SmtpOutcome>;
}

export interface Log {
  debug(fields: object, text: string): void;
  info(fields: object, text: string): void;
  warn(fields: object, text: string): void;
  error(fields: object, text: string): void;
}

/** Everything a running desk has; each step names the part it uses. */
export interface Desk {
  readonly settings: DeskSettings;
  readonly database: Database;
  readonly queue: JobQueue;
  readonly directory: DirectoryCache;
  readonly parser: ParserPool;
  readonly sealing: Sealing;
  /** Derives tokens; lives outside the database. */
  readonly key: Buffer;
  readonly mail: MailSender;
  /** What was learned from decisions; the engine looks in at each message. */
  readonly learner: Learner;
  /** What the desk remembers outside of its database. */
  readonly witness: Witness;
  /**
   * Whether a mail of this Message-ID lies in a Sent folder that the configuration names; `null` where it names none.
   * Throws TemporaryError where the mailbox cannot be asked now.
   */
  readonly sentCopy: ((messageId: string) => Promise<boolean>) | null;
  /** SPF, DKIM and DMARC of a message; `null` where the desk accepts proofs that need none of them. */
  readonly authenticate:
    ((bytes: Uint8Array, envelope: Envelope | null, receivedAt: Date) => Promise<Authentication>) | null;
  readonly spoolDir: string;
  readonly log: Log;
  clock(): Date;
  random(bytes: number): Buffer;
  /** A place where a test may end the process; nothing in production. */
  failPoint(name: string): void;
}

/** What a step needs that writes, and then mails technicians about it. */
export type MailingDesk = Pick<
  Desk,
  | "database"
  | "queue"
  | "clock"
  | "settings"
  | "directory"
  | "failPoint"
  | "random"
  | "sealing"
  | "mail"
  | "log"
>;
