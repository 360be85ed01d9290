import type { TicketStatus } from "./ticket.ts";

/**
 * Every state and every legal step, as data (design §5, protocol §4). Nothing else may write a status.
 *
 * A verb that is missing for a state is refused; that is how a second approval, a late `stop`
 * or a woken worker loses the race.
 */
export interface Transition<S extends string = string, V extends string = string> {
  readonly from: S;
  readonly verb: V;
  readonly to: S;
}

export type DraftStatus =
  | "proposed"
  | "approved"
  | "released"
  | "sent"
  | "bounced"
  | "rejected"
  | "superseded"
  | "cancelled"
  | "failed"
  | "uncertain";

export type ReleaseStatus =
  "held" | "ready" | "claimed" | "started" | "accepted" | "deferred" | "rejected" | "uncertain" | "cancelled";

type ReviewStatus = "open" | "snoozed" | "decided" | "void" | "expired";

type TicketVerb =
  | "open" /** triage is done */
  | "await-client" /** a reply was released */
  | "client-reply"
  | "resolve"
  | "close"
  | "reopen" /** a person, or a bounce of the desk's reply */
  | "mark-spam"
  | "unmark-spam"
  | "merge"
  | "unmerge";

type DraftVerb =
  "approve" | "reject" | "supersede" | "cancel" | "release" | "send" | "fail" | "doubt" | "retry" | "bounce";

type ReleaseVerb =
  | "free" /** the hold is over */
  | "cancel"
  | "claim"
  | "let-go" /** the lease ran out, or the worker gave it back, before the first byte */
  | "start" /** the relay's 354 was seen; the first byte follows */
  | "accept"
  | "defer"
  | "reject"
  | "doubt" /** lost after the first byte: nobody knows */
  | "confirm" /** a person, or a copy that came back: it did arrive */
  | "resend" /** a person: it did not arrive, send the same bytes again */
  | "deny"; /** a person: it did not arrive, and is not sent again */

type ReviewVerb = "decide" | "void" | "expire" | "snooze" | "wake";

/** `spam` and `merged` are end states: only a person's undo leads out of them. */
export const TICKET_TRANSITIONS: readonly Transition<TicketStatus, TicketVerb>[] = [
  { from: "new", verb: "open", to: "open" },
  { from: "new", verb: "await-client", to: "pending" },
  { from: "open", verb: "await-client", to: "pending" },
  { from: "pending", verb: "await-client", to: "pending" },

  { from: "new", verb: "client-reply", to: "new" },
  { from: "open", verb: "client-reply", to: "open" },
  { from: "pending", verb: "client-reply", to: "open" },
  { from: "resolved", verb: "client-reply", to: "open" },
  { from: "closed", verb: "client-reply", to: "open" },

  { from: "new", verb: "resolve", to: "resolved" },
  { from: "open", verb: "resolve", to: "resolved" },
  { from: "pending", verb: "resolve", to: "resolved" },
  { from: "new", verb: "close", to: "closed" },
  { from: "open", verb: "close", to: "closed" },
  { from: "pending", verb: "close", to: "closed" },
  { from: "resolved", verb: "close", to: "closed" },

  { from: "pending", verb: "reopen", to: "open" },
  { from: "resolved", verb: "reopen", to: "open" },
  { from: "closed", verb: "reopen", to: "open" },

  { from: "new", verb: "mark-spam", to: "spam" },
  { from: "open", verb: "mark-spam", to: "spam" },
  { from: "pending", verb: "mark-spam", to: "spam" },
  { from: "resolved", verb: "mark-spam", to: "spam" },
  { from: "spam", verb: "unmark-spam", to: "open" },

  { from: "new", verb: "merge", to: "merged" },
  { from: "open", verb: "merge", to: "merged" },
  { from: "pending", verb: "merge", to: "merged" },
  { from: "resolved", verb: "merge", to: "merged" },
  { from: "merged", verb: "unmerge", to: "open" },
];

/** `approved` is held: its release waits out the undo window. `superseded` needs a newer client message or revision. */
export const DRAFT_TRANSITIONS: readonly Transition<DraftStatus, DraftVerb>[] = [
  { from: "proposed", verb: "approve", to: "approved" },
  { from: "proposed", verb: "reject", to: "rejected" },
  { from: "proposed", verb: "supersede", to: "superseded" },
  { from: "approved", verb: "supersede", to: "superseded" },
  { from: "approved", verb: "cancel", to: "cancelled" },
  { from: "approved", verb: "release", to: "released" },
  { from: "released", verb: "cancel", to: "cancelled" },
  { from: "released", verb: "send", to: "sent" },
  { from: "released", verb: "fail", to: "failed" },
  { from: "released", verb: "doubt", to: "uncertain" },
  { from: "uncertain", verb: "send", to: "sent" },
  { from: "uncertain", verb: "retry", to: "released" },
  { from: "uncertain", verb: "fail", to: "failed" },
  { from: "sent", verb: "bounce", to: "bounced" },
  { from: "uncertain", verb: "bounce", to: "bounced" },
];

/**
 * INVARIANT: `accepted` is reached from `claimed` only through `started`, and from `started` nothing leads back to
 * `ready`: bytes that may have arrived are never sent again without a person.
 */
export const RELEASE_TRANSITIONS: readonly Transition<ReleaseStatus, ReleaseVerb>[] = [
  { from: "held", verb: "free", to: "ready" },
  { from: "held", verb: "cancel", to: "cancelled" },
  // A relay that defers for hours has sent nothing yet: "too late" would not be true, so `stop` still works.
  { from: "ready", verb: "cancel", to: "cancelled" },
  { from: "deferred", verb: "cancel", to: "cancelled" },

  { from: "ready", verb: "claim", to: "claimed" },
  { from: "deferred", verb: "claim", to: "claimed" },
  { from: "claimed", verb: "let-go", to: "ready" },
  { from: "claimed", verb: "defer", to: "deferred" },
  // 5xx to MAIL FROM or RCPT TO comes before DATA, hence before `started`.
  { from: "claimed", verb: "reject", to: "rejected" },
  { from: "claimed", verb: "start", to: "started" },

  { from: "started", verb: "accept", to: "accepted" },
  { from: "started", verb: "defer", to: "deferred" },
  { from: "started", verb: "reject", to: "rejected" },
  { from: "started", verb: "doubt", to: "uncertain" },

  // Tried for too long.
  { from: "deferred", verb: "reject", to: "rejected" },
  { from: "uncertain", verb: "confirm", to: "accepted" },
  { from: "uncertain", verb: "resend", to: "ready" },
  { from: "uncertain", verb: "deny", to: "rejected" },
];

export const REVIEW_TRANSITIONS: readonly Transition<ReviewStatus, ReviewVerb>[] = [
  { from: "open", verb: "decide", to: "decided" },
  { from: "open", verb: "void", to: "void" },
  { from: "open", verb: "expire", to: "expired" },
  { from: "open", verb: "snooze", to: "snoozed" },
  { from: "snoozed", verb: "wake", to: "open" },
  // A technician may decide early, and a new client message or the expiry does not wait for the snooze.
  { from: "snoozed", verb: "decide", to: "decided" },
  { from: "snoozed", verb: "void", to: "void" },
  { from: "snoozed", verb: "expire", to: "expired" },
];
