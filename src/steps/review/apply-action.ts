import type { ProposedAction } from "../../desk/action.ts";
import type { Actor } from "../../desk/event.ts";
import type { Technician } from "../../desk/ticket.ts";
import { insertNote } from "../../store/messages.ts";
import { updateTicket, type TicketFields, type TicketRecord } from "../../store/tickets.ts";
import { moveTicket } from "../../store/transition.ts";
import type { Unit } from "../unit.ts";

/** What an action did: the fields it replaced (for `undo`) and one sentence. `null` when it changed nothing. */
interface Applied {
  readonly before: TicketFields;
  readonly sentence: string;
}

/**
 * Carry out a proposed action on a ticket, with its event. Replies and acknowledgements are not actions of this kind:
 * they go through the gate. Runbooks and escalations are not carried out here either.
 */
export async function applyAction(
  unit: Unit,
  ticket: TicketRecord,
  action: ProposedAction,
  actor: Actor,
  technicians: readonly Technician[],
): Promise<Applied | null> {
  const stream = `ticket:${ticket.id}`;
  const note = (kind: string, sentence: string, evidence: Record<string, unknown>): void =>
    unit.record({ stream, actor, kind, sentence, evidence });
  switch (action.action) {
    case "route": {
      if (ticket.queue === action.queue && ticket.assigneeId === action.technicianId) return null;
      const name = technicians.find((one) => one.id === action.technicianId)?.name;
      const sentence = `#${ticket.number} went to ${action.queue}${name === undefined ? "" : ` (${name})`}.`;
      await updateTicket(
        unit.db,
        ticket.id,
        { queue: action.queue, assignee_id: action.technicianId },
        unit.now,
      );
      note("ticket.routed", sentence, {
        queue: action.queue,
        technicianId: action.technicianId,
        confidence: action.confidence,
      });
      return { before: { queue: ticket.queue, assignee_id: ticket.assigneeId }, sentence };
    }
    case "categorise": {
      if (ticket.category === action.category && ticket.type === action.type) return null;
      const sentence = `#${ticket.number} was filed under ${action.category}.`;
      await updateTicket(unit.db, ticket.id, { category: action.category, type: action.type }, unit.now);
      note("ticket.categorised", sentence, {
        category: action.category,
        type: action.type,
        confidence: action.confidence,
      });
      return { before: { category: ticket.category, type: ticket.type }, sentence };
    }
    case "set-priority": {
      if (ticket.priority === action.priority) return null;
      const sentence = `#${ticket.number} is now ${action.priority} (was ${ticket.priority}).`;
      await updateTicket(
        unit.db,
        ticket.id,
        { priority: action.priority, impact: action.impact, urgency: action.urgency },
        unit.now,
      );
      note("ticket.priority-set", sentence, {
        priority: action.priority,
        impact: action.impact,
        urgency: action.urgency,
        confidence: action.confidence,
      });
      return {
        before: { priority: ticket.priority, impact: ticket.impact, urgency: ticket.urgency },
        sentence,
      };
    }
    case "note":
      await insertNote(unit.db, { ticketId: ticket.id, author: actor.id, text: action.text }, unit.now);
      note("ticket.note-added", `A note was added to #${ticket.number}.`, {});
      return { before: {}, sentence: `A note was added to #${ticket.number}.` };
    case "mark-spam": {
      const sentence = `#${ticket.number} was marked as spam.`;
      const moved = await moveTicket(
        unit,
        { id: ticket.id, verb: "mark-spam" },
        { stream, actor, kind: "ticket.marked-spam", sentence, evidence: { confidence: action.confidence } },
      );
      return moved ? { before: {}, sentence } : null;
    }
    case "close": {
      const sentence = `#${ticket.number} was closed.`;
      const moved = await moveTicket(
        unit,
        { id: ticket.id, verb: "close", also: { closed_at: unit.now } },
        { stream, actor, kind: "ticket.closed", sentence, evidence: {} },
      );
      return moved ? { before: {}, sentence } : null;
    }
    case "merge": {
      const sentence = `#${ticket.number} was merged into another ticket.`;
      const moved = await moveTicket(
        unit,
        { id: ticket.id, verb: "merge", also: { merged_into_id: action.intoTicketId } },
        { stream, actor, kind: "ticket.merged", sentence, evidence: { into: action.intoTicketId } },
      );
      return moved ? { before: {}, sentence } : null;
    }
    case "reply":
    case "acknowledge":
    case "escalate":
    case "run-runbook":
      return null;
  }
}
