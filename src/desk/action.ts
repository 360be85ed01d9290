import type { Impact, Priority, TicketType, Urgency } from "./ticket.ts";

export const ACTION_KINDS = [
  "reply",
  "acknowledge",
  "route",
  "set-priority",
  "categorise",
  "note",
  "merge",
  "close",
  "escalate",
  "mark-spam",
  "run-runbook",
] as const;
export type ActionKind = (typeof ACTION_KINDS)[number];

/** What the assistant proposes to do. `reply` and `acknowledge` refer to a draft; the others carry their value. */
export type ProposedAction = {
  readonly confidence: number;
  /**
   * Upper bound of the error, 0 to 1, among the desk's past decisions that were at least this sure; what policies go by.
   * Left out: unknown, which counts as 1.
   */
  readonly expectedError?: number;
  /** How many decisions that bound rests on. */
  readonly decisions?: number;
  readonly evidence: readonly string[];
} & (
  | { readonly action: "reply" | "acknowledge"; readonly template: string }
  | { readonly action: "route"; readonly queue: string; readonly technicianId: number | null }
  | {
      readonly action: "set-priority";
      readonly priority: Priority;
      readonly from: Priority;
      readonly impact: Impact;
      readonly urgency: Urgency;
    }
  | { readonly action: "categorise"; readonly category: string; readonly type: TicketType }
  | { readonly action: "note"; readonly text: string }
  | { readonly action: "merge"; readonly intoTicketId: number }
  | { readonly action: "close" | "escalate" | "mark-spam" }
  | { readonly action: "run-runbook"; readonly runbook: string }
);

/** How likely an error is, and on how many decisions that rests. */
export interface ErrorBound {
  readonly expectedError: number;
  readonly decisions: number;
}

/** Nothing is known yet: a person decides. */
export const UNKNOWN_ERROR: ErrorBound = { expectedError: 1, decisions: 0 };

/** Bound for an act that is right only where all its parts are: the chances of error add up, the least known part tells how much is known. */
export function boundOfAll(parts: readonly Partial<ErrorBound>[]): ErrorBound {
  const errors = parts.map((part) => part.expectedError ?? 1);
  return {
    expectedError: Math.min(
      1,
      errors.reduce((sum, error) => sum + error, 0),
    ),
    decisions: Math.min(...parts.map((part) => part.decisions ?? 0)),
  };
}

/** Policy's word on one proposed action. */
export interface Verdict {
  readonly verdict: "act" | "act-and-flag" | "review";
  /** `policy 2: categorise for Contoso may act alone up to 5 % error`. Never empty. */
  readonly reasons: readonly string[];
  /** Index of the rule in the policy document that decided; `null` when none matched. */
  readonly rule: number | null;
}
