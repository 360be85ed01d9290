import { lessonsOfApproval } from "../../desk/lesson.ts";
import { messageById } from "../../store/messages.ts";
import { ticketById } from "../../store/tickets.ts";
import { endDigestItems, moveReview } from "../../store/transition.ts";
import { clientSide } from "../filing/file-facts.ts";
import { applyAction } from "../review/apply-action.ts";
import type { Deciding, ItemState } from "./deciding.ts";
import { messageIdOf, teach } from "./teach.ts";

/** The item is used, in every digest that asks it, and what was proposed beside the reply is carried out. */
export async function closeReview(deciding: Deciding, state: ItemState): Promise<readonly string[]> {
  const { unit, directory, actor } = deciding;
  const { review } = state;
  if (review === null) return [];
  if (!(await moveReview(unit, { id: review.id, verb: "decide" }, null))) return [];
  await endDigestItems(unit, { reviewId: review.id }, { status: "used" });
  const sentences: string[] = [];
  for (const { action } of review.actions) {
    const ticket = (await ticketById(unit.db, state.ticket.id)) ?? state.ticket;
    const applied = await applyAction(unit, ticket, action, actor, directory.technicians);
    if (applied !== null) sentences.push(applied.sentence);
  }
  return sentences;
}

/** What stands on the ticket now as the review showed it is confirmed by the approval. */
export async function learnApproval(
  deciding: Deciding,
  state: ItemState,
  decisionId: number,
  replied: boolean,
): Promise<void> {
  const { db } = deciding.unit;
  const message = state.basedOn ?? (await messageById(db, messageIdOf(state) ?? 0));
  const ticket = await ticketById(db, state.ticket.id);
  if (message === null || message.triage === null || ticket === null) return;
  const { client, contact } = await clientSide(db, ticket.requesterAddress);
  const vip = client?.vip === true || contact?.vip === true;
  teach(deciding, state, decisionId, lessonsOfApproval(message.triage, ticket, { vip, replied }));
}
