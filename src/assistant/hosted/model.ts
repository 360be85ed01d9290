import type { Impact, TicketType, Urgency } from "../../desk/ticket.ts";
import type { RiskKind, Triage } from "../../desk/triage.ts";

/**
 * A model that somebody else runs, as the desk sees it. It is told plain values and answers plain values: no look-up, no
 * store and no template is in its reach, so it cannot ask for more than it was told.
 */

/** What a model is asked about one mail; every text in it has gone through `redact`. */
export interface TriageQuestion {
  readonly subject: string;
  readonly text: string;
  /** Earlier new texts of the client on this ticket, oldest first. */
  readonly earlier: readonly string[];
  /** Names of files. */
  readonly attachments: readonly string[];
  readonly sender: "contact" | "client" | "stranger";
  /** A program wrote it. */
  readonly automatic: boolean;
  readonly queues: readonly { readonly name: string; readonly skills: readonly string[] }[];
  readonly categories: readonly string[];
}

/** One value with the chance that it is right, as the model says it: 0 to 1, not yet calibrated. */
export interface Judged<T> {
  readonly value: T;
  readonly confidence: number;
  /** Words of the mail that speak for it. */
  readonly because: string;
}

export interface TriageAnswer {
  readonly type: Judged<TicketType>;
  readonly category: Judged<string>;
  readonly queue: Judged<string>;
  readonly impact: Judged<Impact>;
  readonly urgency: Judged<Urgency>;
  readonly spam: Judged<boolean>;
  readonly sentiment: Judged<Triage["sentiment"]["value"]>;
  /** ISO 639-1. */
  readonly language: Judged<string>;
  readonly risks: readonly { readonly kind: RiskKind; readonly because: string }[];
  /** Questions that the client asked, in the client's words. */
  readonly questions: readonly string[];
}

/** What a model is asked to write: the part between greeting and signature. Every text has gone through `redact`. */
export interface DraftQuestion {
  /** ISO 639-1, of the reply. */
  readonly language: string;
  readonly subject: string;
  readonly text: string;
  readonly earlier: readonly string[];
  readonly questions: readonly string[];
  /** What the desk must know first. */
  readonly missing: readonly string[];
  readonly articles: readonly { readonly id: number; readonly title: string; readonly excerpt: string }[];
  /** The desk's own text for such a mail. */
  readonly deskText: string;
  readonly redraft: { readonly instruction: string; readonly previous: string } | null;
}

export interface DraftAnswer {
  readonly body: string;
  /** Ids of the articles that it used. */
  readonly articles: readonly number[];
  /** Questions of the client that it could not answer, in the client's words. */
  readonly open: readonly string[];
}

/** The name of the one model engine; a draft's author begins with it. */
export const MODEL_NAME = "openai";

export const isByModel = (author: string): boolean => author.startsWith(`${MODEL_NAME} `);

/** How long a question may take, over all its attempts. */
export interface Patience {
  readonly signal: AbortSignal;
  /** By `performance.now()`, in milliseconds. */
  readonly endsAt: number;
}

/** Answers are `unknown` until they have been checked (`answer-shape.ts`). Each throws ModelFailure. */
export interface Model {
  /** `openai` */
  readonly name: string;
  /** Which model, and which version of what it is asked. */
  readonly version: string;
  triage(question: TriageQuestion, patience: Patience): Promise<unknown>;
  draft(question: DraftQuestion, patience: Patience): Promise<unknown>;
  /** Something small, to see whether it answers; what it says does not matter. */
  probe?(patience: Patience): Promise<void>;
  /** There only where an embeddings model is set: its name, and vectors for texts in their order. */
  readonly embeddings?: {
    readonly model: string;
    embed(texts: readonly string[], patience: Patience): Promise<readonly Float32Array[]>;
  };
}
