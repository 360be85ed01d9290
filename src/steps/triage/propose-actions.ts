import { boundOfAll, type ErrorBound, type ProposedAction } from "../../desk/action.ts";
import type { Filing } from "../../desk/filing.ts";
import type { Route } from "../../desk/routing.ts";
import type { Priority } from "../../desk/ticket.ts";
import type { Triage } from "../../desk/triage.ts";
import type { NewDraft } from "../../store/drafts.ts";
import type { TicketRecord } from "../../store/tickets.ts";

/** The template of the one mail that may go out before a person has read anything. */
export const ACKNOWLEDGEMENT = "client/acknowledge";

/** What the triage suggests to do, each with how sure it is; only what would change something. */
export function proposeActions(input: {
  readonly ticket: TicketRecord;
  readonly triage: Triage;
  readonly route: Route;
  readonly priority: Priority;
  readonly draft: NewDraft | null;
  readonly filing: Filing;
  /** A monitoring system says that what its ticket is about is over. */
  readonly isOver: boolean;
  /** False for list mail, for alerts and for mail that failed authentication: nothing automatic answers those (RFC 3834 §2). */
  readonly mayAcknowledge: boolean;
  /** How often people changed or turned down drafts of this template. */
  readonly draftError: ErrorBound;
}): readonly ProposedAction[] {
  const { ticket, triage, route, priority, draft, filing } = input;
  const actions: ProposedAction[] = [];
  if (triage.spam.value)
    return [
      {
        action: "mark-spam",
        confidence: triage.spam.confidence,
        ...boundOfAll([triage.spam]),
        evidence: triage.spam.evidence,
      },
    ];
  if (draft !== null)
    actions.push({
      action: "reply",
      template: draft.template,
      confidence: draft.findings.confidence,
      ...input.draftError,
      evidence: [],
    });
  if (draft !== null && filing.kind === "new-ticket" && input.mayAcknowledge)
    actions.push({
      action: "acknowledge",
      template: ACKNOWLEDGEMENT,
      confidence: triage.spam.confidence,
      ...boundOfAll([triage.spam]),
      evidence: triage.spam.evidence,
    });
  if (input.isOver && filing.code === "same-alert" && ticket.status !== "closed")
    actions.push({
      action: "close",
      confidence: 0.8,
      evidence: ["the monitoring system says that it is over", ...filing.evidence],
    });
  // A desk without queues has nowhere to route to.
  const elsewhere =
    ticket.queue !== route.queue || (route.technicianId !== null && ticket.assigneeId !== route.technicianId);
  if (route.queue !== "" && elsewhere) {
    actions.push({
      action: "route",
      queue: route.queue,
      technicianId: route.technicianId,
      confidence: triage.queue.confidence,
      ...boundOfAll([triage.queue]),
      evidence: [...triage.queue.evidence, route.reason],
    });
  }
  if (ticket.category !== triage.category.value) {
    actions.push({
      action: "categorise",
      category: triage.category.value,
      type: triage.type.value,
      confidence: Math.min(triage.category.confidence, triage.type.confidence),
      ...boundOfAll([triage.category, triage.type]),
      evidence: triage.category.evidence,
    });
  }
  if (ticket.priority !== priority) {
    actions.push({
      action: "set-priority",
      priority,
      from: ticket.priority,
      impact: triage.impact.value,
      urgency: triage.urgency.value,
      confidence: Math.min(triage.impact.confidence, triage.urgency.confidence),
      ...boundOfAll([triage.impact, triage.urgency]),
      evidence: [...triage.impact.evidence, ...triage.urgency.evidence],
    });
  }
  return actions;
}
