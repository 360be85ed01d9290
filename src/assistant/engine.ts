import type { AskedQuestion, DraftSource } from "../desk/draft-findings.ts";
import type { ArticleHit, RelatedTicket, Triage } from "../desk/triage.ts";
import type { Client, Contact, Device, Queue } from "../desk/ticket.ts";
import type { Authentication } from "../mail/authentication.ts";
import type { ParsedMessage } from "../mail/message.ts";
import type { KnownPeople } from "./spam/known-people.ts";

/** What the desk knows about the sender and the thread; look-ups are handed in, so that no engine needs the store. */
export interface TriageContext {
  readonly client: Client | null;
  readonly contact: Contact | null;
  readonly requester: { readonly name: string; readonly address: string };
  /** SPF, DKIM and DMARC of the mail; `null` or left out where they were not checked, or are another mail's. */
  readonly authentication?: Authentication | null;
  /** A technician passed it on: its header is theirs, not its author's. */
  readonly passedOn?: boolean;
  /** Whose names and domains an outsider may imitate; `null` or left out where nobody is known. */
  readonly people?: Pick<KnownPeople, "imitatedBy"> | null;
  /** All queues; exactly one is the default. */
  readonly queues: readonly Queue[];
  /** Earlier new texts of this ticket, oldest first; empty for a new one. */
  readonly earlier: readonly string[];
  /** The desk has written to the client on this ticket. */
  readonly answered: boolean;
  /** Articles that this client may see, best first. */
  searchArticles(query: string, limit: number): Promise<readonly ArticleHit[]>;
  /** Devices of this client: the contact's own, and those that the text names. Asked only where the answer can matter. */
  devices(text: string): Promise<readonly Device[]>;
  /** This client's own recent tickets, best first. */
  searchTickets(query: string, limit: number): Promise<readonly RelatedTicket[]>;
}

/** A proposed client reply, before it has a revision. */
export interface ProposedDraft {
  /** Name of the client template it was made from: `client/vpn`. */
  readonly template: string;
  /** Markdown subset; greeting and signature included. */
  readonly body: string;
  readonly articleIds: readonly number[];
  /** Sentences that no source supports, as they stand in `body`, for the reviewer. */
  readonly unsourced: readonly string[];
  /** Where the other sentences come from; what is never checked (greeting, signature) has none. */
  readonly sources: readonly DraftSource[];
  /** What the client asked, each with what answers it. */
  readonly questions: readonly AskedQuestion[];
  /** What `guard` found, as sentences; any of these makes the item high-risk or flagged. */
  readonly warnings: readonly string[];
  readonly confidence: number;
  /** Engine and version that wrote it, where it is not the triage's. */
  readonly author?: string;
  /** Why another engine wrote it than the desk is set to, as a sentence; left out where none did. */
  readonly fallback?: string;
}

export interface DraftRequest {
  readonly triage: Triage;
  readonly message: Pick<ParsedMessage, "subject" | "newText">;
  readonly context: TriageContext;
  readonly ticketNumber: number;
  /** Name that signs: the technician who will review, and the desk. `technician` is "" where nobody reads it before it leaves. */
  readonly signature: { readonly technician: string; readonly desk: string };
  /** What a technician asked to change, with the draft they saw; `null` for a first draft. */
  readonly redraft: { readonly instruction: string; readonly previous: string } | null;
}

/** Texts as vectors, by a model that somebody else runs: those of like meaning point the same way. */
export interface Embeddings {
  /** Vectors of another model cannot be compared with its. */
  readonly model: string;
  /**
   * Vectors in the order of the texts, all of one length. Secrets are taken out before a text leaves, and its end where it is
   * long. @param withinMs where somebody waits for the answer. @throws ModelFailure
   */
  embed(texts: readonly string[], withinMs?: number): Promise<readonly Float32Array[]>;
}

/** Two engines, one interface: `local` and `openai`. */
export interface Engine {
  readonly name: string;
  triage(message: ParsedMessage, context: TriageContext): Promise<Triage>;
  draft(request: DraftRequest): Promise<ProposedDraft>;
  /** The text that says a mail has arrived, in the client's language; no model writes it. */
  acknowledge(request: Omit<DraftRequest, "redraft">): { readonly template: string; readonly body: string };
  /** There only where an embeddings model is set. */
  readonly embeddings?: Embeddings;
}
