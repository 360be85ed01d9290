import type { ProposedAction } from "./action.ts";
import type { LearnedField } from "./learned-field.ts";
import { levelsFor, priorityOf, raiseForVip } from "./priority.ts";
import type { Ticket } from "./ticket.ts";
import type { Triage } from "./triage.ts";

/** What a person's decision says about one field of a message. */
export interface Lesson {
  readonly field: LearnedField;
  /** `vpn`, `Network`, `high`; `true` or `false` for spam. */
  readonly label: string;
  /** The label was taken back, and nobody said which one is right. */
  readonly refuted: boolean;
}

const right = (field: LearnedField, label: string): Lesson => ({ field, label, refuted: false });
const wrong = (field: LearnedField, label: string): Lesson => ({ field, label, refuted: true });

/** The fields of a ticket that a decision may confirm, as they are when it is done. */
export type DecidedTicket = Pick<Ticket, "type" | "category" | "queue" | "priority" | "status">;

/**
 * What an approval confirms: what the review showed and what the ticket now is. A field that somebody set otherwise is
 * theirs, not the assistant's; what the review did not show has not been agreed to. The review shows a priority, and by it
 * the impact and urgency that made it. Who lets a reply out says that the mail is no spam.
 */
export function lessonsOfApproval(
  triage: Triage,
  ticket: DecidedTicket,
  seen: { readonly vip: boolean; readonly replied: boolean },
): readonly Lesson[] {
  if (ticket.status === "spam") return triage.spam.value ? [right("spam", "true")] : [];
  const { category, type, queue, impact, urgency } = triage;
  const lessons: Lesson[] = [];
  if (category.value !== "" && ticket.category === category.value) {
    lessons.push(right("category", category.value));
    if (ticket.type === type.value) lessons.push(right("type", type.value));
  }
  if (queue.value !== "" && ticket.queue === queue.value) lessons.push(right("queue", queue.value));
  if (ticket.priority === raiseForVip(priorityOf(impact.value, urgency.value), seen.vip))
    lessons.push(right("impact", impact.value), right("urgency", urgency.value));
  if (seen.replied) lessons.push(right("spam", "false"));
  return lessons;
}

/**
 * What a person teaches who sets a field by their own word. A priority tells impact and urgency: of those that make it,
 * the ones nearest to what was found.
 */
export function lessonsOfAct(
  action: ProposedAction,
  before: Pick<Ticket, "queue">,
  found: { readonly triage: Triage | null; readonly vip: boolean },
): readonly Lesson[] {
  switch (action.action) {
    case "categorise":
      return [right("category", action.category)];
    case "route":
      // Within one queue only the person changed.
      return action.queue === "" || action.queue === before.queue ? [] : [right("queue", action.queue)];
    case "set-priority": {
      if (found.triage === null) return [];
      const { impact, urgency } = found.triage;
      const levels = levelsFor(action.priority, { impact: impact.value, urgency: urgency.value }, found.vip);
      return levels === null ? [] : [right("impact", levels.impact), right("urgency", levels.urgency)];
    }
    case "mark-spam":
      return [right("spam", "true")];
    default:
      return [];
  }
}

/** What `undo` says of an act that the desk took alone: it was wrong; only for spam is the right answer known by that. */
export function lessonsOfUndo(action: ProposedAction): readonly Lesson[] {
  switch (action.action) {
    case "categorise":
      return [wrong("category", action.category), wrong("type", action.type)];
    case "route":
      return [wrong("queue", action.queue)];
    case "set-priority":
      return [wrong("impact", action.impact), wrong("urgency", action.urgency)];
    case "mark-spam":
      return [right("spam", "false")];
    default:
      return [];
  }
}
