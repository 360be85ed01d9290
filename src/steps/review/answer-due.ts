import { nearFrom, slaClock, slaState } from "../../desk/sla.ts";
import type { Client, Priority } from "../../desk/ticket.ts";
import type { AnswerDueView } from "../../review/digest-view.ts";
import { wasAnswered } from "../../store/drafts.ts";
import type { ReviewRecord } from "../../store/reviews.ts";
import type { TicketRecord } from "../../store/tickets.ts";
import type { Desk, Directory } from "../desk.ts";
import type { Unit } from "../unit.ts";
import { atClockTime, clockTime } from "../words.ts";
import { nextDigestAt } from "./digest-round.ts";

/** The client's promise of a first answer, for a review about to be asked. */
interface AnswerDue {
  /** ISO 8601. */
  readonly answerDueAt: string | null;
  /** When its reviewer is reminded; `null` where the digest itself comes as late. */
  readonly remindAt: string | null;
  /** The next digest would bring it when four fifths of the time are over: it goes at once. */
  readonly near: boolean;
}

export const NOT_DUE: AnswerDue = { answerDueAt: null, remindAt: null, near: false };

/** When the first answer on a ticket is due, by its client's SLA and the priority that is proposed. */
export async function answerDue(
  desk: Pick<Desk, "settings">,
  unit: Unit,
  { slas }: Pick<Directory, "slas">,
  asked: {
    readonly ticket: TicketRecord;
    readonly client: Client | null;
    readonly priority: Priority;
    /** It opened the ticket, so that nobody can have answered. */
    readonly first: boolean;
  },
): Promise<AnswerDue> {
  const level = slas.get(asked.client?.sla ?? "");
  if (level === undefined) return NOT_DUE;
  const opened = new Date(asked.ticket.createdAt);
  const { respondBy } = slaClock(level, asked.priority, opened, 0, desk.settings.timeZone);
  if (respondBy === null) return NOT_DUE;
  if (!asked.first && (await wasAnswered(unit.db, asked.ticket.id))) return NOT_DUE;
  const round = nextDigestAt(desk, unit.at);
  const near = slaState(respondBy, opened, round) !== "on-track";
  const remindAt = nearFrom(respondBy, opened);
  return {
    answerDueAt: respondBy.toISOString(),
    remindAt: remindAt > (near ? unit.at : round) ? remindAt.toISOString() : null,
    near,
  };
}

/**
 * The promise that a review was asked with, as its digest and its reminder say it; `null` for none. It is near where it would be
 * by `round`, when the next digest comes.
 */
export function answerDueView(
  { answerDueAt }: Pick<ReviewRecord, "answerDueAt">,
  ticket: TicketRecord,
  { now, round, timeZone }: { readonly now: Date; readonly round: Date; readonly timeZone: string },
): AnswerDueView | null {
  if (answerDueAt === null) return null;
  const due = new Date(answerDueAt);
  if (now >= due) return { words: `was due ${atClockTime(due, now, timeZone)}`, state: "missed" };
  const near = slaState(due, new Date(ticket.createdAt), round) !== "on-track";
  return { words: `due by ${clockTime(due, now, timeZone)}`, state: near ? "due-soon" : "on-track" };
}
