import type { ActionKind, ProposedAction } from "../../desk/action.ts";
import { decide } from "../../desk/policy.ts";
import type { LearnedField } from "../../desk/learned-field.ts";
import type { PolicyRule } from "../../desk/policy-document.ts";
import type { Db } from "../../store/database.ts";
import { decisionsOf } from "../../store/decisions.ts";
import { messagesByIds } from "../../store/messages.ts";
import { clientsByIds } from "../../store/people.ts";
import { settledOfMessages, type SettledPrediction } from "../../store/predictions.ts";
import { decidedReviews, type ReviewRecord } from "../../store/reviews.ts";
import { ticketsByIds, type TicketRecord } from "../../store/tickets.ts";

interface SimulatedRow {
  readonly action: ActionKind;
  /** Proposals of this kind in decided reviews. */
  readonly seen: number;
  /** Those that the policy would have done without asking. */
  readonly alone: number;
  /** Of these, those that the person then did otherwise. */
  readonly disagreed: number;
}

/** Replay rules over the reviews that people have decided. Reads only. */
export async function simulatePolicies(
  db: Db,
  rules: readonly PolicyRule[],
): Promise<readonly SimulatedRow[]> {
  const rows = new Map<ActionKind, { seen: number; alone: number; disagreed: number }>();
  const reviews = await decidedReviews(db, 5000);
  const tickets = await ticketsByIds(
    db,
    reviews.map((review) => review.ticketId),
  );
  const clients = await clientsByIds(
    db,
    [...tickets.values()].map((ticket) => ticket.clientId).filter((id) => id !== null),
  );
  const messages = await messagesByIds(
    db,
    [...tickets.values()].map((ticket) => ticket.lastClientMessageId).filter((id) => id !== null),
  );
  const judged = await judgedFields(db, [...messages.keys()]);
  for (const review of reviews) {
    const ticket = tickets.get(review.ticketId);
    if (ticket === undefined) continue;
    const client = clients.get(ticket.clientId ?? 0) ?? null;
    const triage = messages.get(ticket.lastClientMessageId ?? 0)?.triage ?? null;
    for (const { action } of review.actions) {
      const context = {
        clientName: client?.name ?? null,
        vip: client?.vip ?? false,
        category: triage?.category.value ?? ticket.category,
        priority: ticket.priority,
        risks: triage?.risks ?? [],
        spam: triage?.spam.value ?? false,
        draftWarnings: [],
        highRisk: review.risk.highRisk,
        answerable: true,
        sampleDraw: 1 - Number.EPSILON,
        stopSwitch: false,
      };
      const row = rows.get(action.action) ?? { seen: 0, alone: 0, disagreed: 0 };
      row.seen += 1;
      if (decide(action, context, { version: 0, author: "", rules }).verdict !== "review") {
        row.alone += 1;
        const fields = judged.get(ticket.lastClientMessageId ?? 0);
        if (wasWrong(action, fields) ?? (await personDisagreed(db, review, ticket, action)))
          row.disagreed += 1;
      }
      rows.set(action.action, row);
    }
  }
  return [...rows].map(([action, row]) => ({ action, ...row }));
}

/** By message, each field's proposals that a person has judged: whether what was proposed was right. */
async function judgedFields(
  db: Db,
  messageIds: readonly number[],
): Promise<ReadonlyMap<number, ReadonlyMap<LearnedField, SettledPrediction>>> {
  const found = new Map<number, Map<LearnedField, SettledPrediction>>();
  for (const one of await settledOfMessages(db, messageIds)) {
    const fields = found.get(one.messageId) ?? new Map<LearnedField, SettledPrediction>();
    found.set(one.messageId, fields.set(one.field, one));
  }
  return found;
}

/** Whether a person's word was against the action; `null` where its field was not judged, or something else was proposed. */
function wasWrong(
  action: ProposedAction,
  judged: ReadonlyMap<LearnedField, SettledPrediction> | undefined,
): boolean | null {
  const of = (field: LearnedField, value: string): boolean | null => {
    const one = judged?.get(field);
    return one === undefined || one.value !== value ? null : !one.agreed;
  };
  switch (action.action) {
    case "categorise":
      return of("category", action.category);
    case "route":
      return of("queue", action.queue);
    case "mark-spam":
      return of("spam", "true");
    default:
      return null;
  }
}

/** The person rejected it, or the ticket ended up otherwise. */
async function personDisagreed(
  db: Db,
  review: ReviewRecord,
  ticket: TicketRecord,
  action: ProposedAction,
): Promise<boolean> {
  const verbs = (await decisionsOf(db, review.ticketId))
    .filter((decision) => decision.reviewId === review.id)
    .map((decision) => decision.verb);
  switch (action.action) {
    case "categorise":
      return ticket.category !== action.category;
    case "route":
      return ticket.queue !== action.queue;
    case "set-priority":
      return ticket.priority !== action.priority;
    case "mark-spam":
      return ticket.status !== "spam";
    case "reply":
    case "acknowledge":
      return verbs.includes("reject") || verbs.includes("edit") || verbs.includes("redraft");
    default:
      return verbs.includes("reject");
  }
}
