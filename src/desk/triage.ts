import type { Impact, TicketType, Urgency } from "./ticket.ts";

/** One value the assistant found: how sure it is (0 to 1, a calibrated chance of being right) and what it saw. */
export interface Finding<T> {
  readonly value: T;
  readonly confidence: number;
  /** Upper bound of the error among past decisions at least this sure, 0 to 1; left out where nothing is known. */
  readonly expectedError?: number;
  /** How many decisions that bound rests on. */
  readonly decisions?: number;
  /** What a model said of its own certainty, before it was calibrated; left out where no model said this value. */
  readonly stated?: number;
  /** Short phrases: `subject says "vpn"`, `rule "printer"`. */
  readonly evidence: readonly string[];
}

export const RISK_KINDS = [
  "identity", // password, MFA, new admin, changed bank details: the call-back rule
  "security", // phishing report, malware, lost device, suspected break-in
  "legal", // contract, lawyer, data-protection request, threat to leave
  "payment",
  "spoofing", // display name or Reply-To that pretends
  "hidden-text", // bidi, zero-width or homoglyph characters
] as const;
export type RiskKind = (typeof RISK_KINDS)[number];

export interface RiskFlag {
  readonly kind: RiskKind;
  readonly evidence: string;
}

export interface RelatedTicket {
  readonly ticketId: number;
  readonly number: number;
  readonly subject: string;
  /** 0 to 1. */
  readonly similarity: number;
  readonly relation: "duplicate" | "related";
}

export interface ArticleHit {
  readonly articleId: number;
  readonly title: string;
  /** The imported path or URL. */
  readonly source: string;
  /** Larger is better; comparable within one answer only. */
  readonly score: number;
  /** The passage that answers, plain text. */
  readonly excerpt: string;
  /** How much of the way from the usual to the same it is in meaning, 0 to 1; left out where only words were compared. */
  readonly meaning?: number;
  /** Its meaning alone speaks for it: the mail names next to no word of its title. No reply goes out alone on that. */
  readonly byMeaningAlone?: true;
}

/** Other clients that wrote the like within hours: how many, and when the first of them did (ISO 8601). No more is told. */
export interface SameElsewhere {
  readonly count: number;
  readonly since: string;
}

/** Everything the assistant found for one message. */
export interface Triage {
  readonly type: Finding<TicketType>;
  readonly category: Finding<string>;
  readonly impact: Finding<Impact>;
  readonly urgency: Finding<Urgency>;
  readonly spam: Finding<boolean>;
  readonly sentiment: Finding<"calm" | "annoyed" | "angry">;
  /** ISO 639-1. */
  readonly language: Finding<string>;
  readonly queue: Finding<string>;
  readonly risks: readonly RiskFlag[];
  readonly related: readonly RelatedTicket[];
  /** For reviewers, never for clients. */
  readonly sameElsewhere?: SameElsewhere | null;
  readonly articles: readonly ArticleHit[];
  /** Questions the client asked, in their words. */
  readonly questions: readonly string[];
  /** What the desk must know before it can act, as noun phrases: `job title`. */
  readonly missing: readonly string[];
  /** One line: what happened, for the head of a review card. */
  readonly summary: string;
  /** Clues of how the mail was made, hashed, for what is learned from a decision about it; left out where nobody looked. */
  readonly making?: string;
  /** Which engine and which version of its model or rules. */
  readonly engine: string;
  readonly version: string;
  /** Why another engine answered than the desk is set to, as a sentence; left out where none did. */
  readonly fallback?: string;
  /** Why articles were looked up by their words alone, as a sentence; left out where they were not, or no vectors are set up. */
  readonly lookUp?: string;
}
