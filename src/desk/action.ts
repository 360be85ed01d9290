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

/** Policy's word on one proposed action. */
export interface Verdict {
  readonly verdict: "act" | "act-and-flag" | "review";
  /** `policy 2: categorise for Contoso may act alone up to 5 % error`. Never empty. */
  readonly reasons: readonly string[];
  /** Index of the rule in the policy document that decided; `null` when none matched. */
  readonly rule: number | null;
}
