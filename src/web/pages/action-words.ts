import type { ProposedAction } from "../../desk/action.ts";
import type { Technician } from "../../desk/ticket.ts";
import type { Verdict } from "../../desk/action.ts";
import type { ReviewRecord } from "../../store/reviews.ts";
import type { DraftStatus } from "../../store/drafts.ts";
import type { ReleaseStatus } from "../../store/releases.ts";
import { TYPE_LABELS } from "../../steps/words.ts";

/** Actions, states and verbs as a reader who never saw the desk understands them. */

export function actionWords(action: ProposedAction, technicians: readonly Technician[]): string {
  switch (action.action) {
    case "reply":
      return "send the reply";
    case "acknowledge":
      return "acknowledge the mail";
    case "route": {
      const person = technicians.find((one) => one.id === action.technicianId);
      return `send to ${action.queue}${person === undefined ? "" : ` (${person.name})`}`;
    }
    case "set-priority":
      return `set ${action.priority} (was ${action.from})`;
    case "categorise":
      return `file under ${action.category} as ${TYPE_LABELS[action.type]}`;
    case "note":
      return "add a note";
    case "merge":
      return "merge into another ticket";
    case "close":
      return "close the ticket";
    case "escalate":
      return "escalate";
    case "mark-spam":
      return "mark as spam";
    case "run-runbook":
      return `run ${action.runbook}`;
  }
}

export const VERDICT_WORDS: Readonly<Record<Verdict["verdict"], string>> = {
  act: "the desk may do it alone",
  "act-and-flag": "the desk may do it alone, and it is shown",
  review: "a person decides",
};

export const REVIEW_WORDS: Readonly<Record<ReviewRecord["status"], string>> = {
  open: "open",
  snoozed: "put off",
  decided: "decided",
  void: "void: the ticket went on without it",
  expired: "expired: nobody answered in time",
};

export const DRAFT_WORDS: Readonly<Record<DraftStatus, string>> = {
  proposed: "proposed, not sent",
  approved: "approved, held",
  released: "released, on its way",
  sent: "sent",
  rejected: "rejected, not sent",
  superseded: "replaced, not sent",
  cancelled: "stopped, not sent",
  failed: "not delivered",
  uncertain: "may or may not have left",
  bounced: "sent, came back",
};

export const RELEASE_WORDS: Readonly<Record<ReleaseStatus, string>> = {
  held: "held: it can still be stopped",
  ready: "ready to leave",
  claimed: "is being handed to the relay",
  started: "is being handed to the relay",
  accepted: "the relay took it",
  deferred: "the relay said later; it is tried again",
  rejected: "the relay refused it",
  uncertain: "uncertain: it may or may not have left, and is not sent again by itself",
  cancelled: "stopped; it was not sent",
};

export const OUTCOME_WORDS: Readonly<Record<string, string>> = {
  started: "began",
  accepted: "taken",
  deferred: "deferred",
  rejected: "refused",
  uncertain: "uncertain",
  resolved: "resolved",
};

const VERBS: Readonly<Record<string, string>> = {
  approve: "approved",
  "approve-without": "approved, with a recipient fewer",
  edit: "edited and approved",
  reject: "rejected",
  redraft: "asked for another draft",
  reroute: "rerouted",
  priority: "set the priority",
  category: "set the category",
  spam: "marked as spam",
  merge: "merged",
  close: "closed",
  snooze: "put it off",
  take: "took it",
  assign: "assigned",
  undo: "undid what the desk did alone",
  stop: "stopped the reply",
};

export const verbWords = (verb: string): string => VERBS[verb] ?? verb;

export const PROOF_WORDS: Readonly<Record<string, string>> = {
  dkim: "a DKIM signature verified here",
  "authentication-results": "the mail server’s Authentication-Results",
  exchange: "Exchange’s own headers, inside the tenant",
  token: "none asked for:",
  console: "a session in the console",
};
