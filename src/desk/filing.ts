/** Where a message belongs, and the sentence that says why: every message the desk took in has exactly one. */

export type FilingKind =
  | "new-ticket"
  | "follow-up"
  /** A technician's mail on a ticket: kept as an internal note. */
  | "note"
  | "review-reply"
  | "delivery-status"
  | "automatic"
  | "spam-suspect"
  | "duplicate"
  | "refused"
  | "quarantined";

export interface Filing {
  readonly kind: FilingKind;
  /** A code for programs: `known-message-id`, `auto-submitted`, `unknown-reference`. */
  readonly code: string;
  /** One sentence for people. */
  readonly reason: string;
  readonly ticketId: number | null;
  /** A ticket that may be meant, shown but not joined. */
  readonly suggestedTicketId: number | null;
  /** The person the ticket is for: the author, or the client whose mail a technician forwarded. */
  readonly requester: { readonly name: string; readonly address: string } | null;
  readonly evidence: readonly string[];
}

/** A filing of this kind; what `rest` leaves out is empty. */
export function filing(
  kind: FilingKind,
  code: string,
  reason: string,
  rest: Partial<Omit<Filing, "kind" | "code" | "reason">>,
): Filing {
  return {
    kind,
    code,
    reason,
    ticketId: null,
    suggestedTicketId: null,
    requester: null,
    evidence: [],
    ...rest,
  };
}
