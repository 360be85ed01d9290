import { draftsOf } from "../../store/drafts.ts";
import { insertReview, reviewsOf } from "../../store/reviews.ts";
import { withoutTokens } from "../../review/token.ts";
import { endDigestItems, moveDraft, moveReview } from "../../store/transition.ts";
import { decision, outcome, type Deciding, type ItemState, type Outcome } from "./deciding.ts";
import { recordOutcome } from "./draft-outcome.ts";
import { refusalFor } from "./refusal.ts";

/** `reject`: nothing is sent; the reason is kept for the assistant. */
export async function performReject(
  deciding: Deciding,
  state: ItemState,
  line: string,
  reason: string,
): Promise<Outcome> {
  const { unit } = deciding;
  const { item, review, draft, ticket } = state;
  if (item.status !== "live")
    return outcome(
      line,
      item.number,
      "refused",
      await refusalFor(
        deciding,
        state,
        item.status === "used" ? "item-used" : "item-void",
        "It was decided already.",
      ),
    );
  const event = {
    stream: `ticket:${ticket.id}`,
    actor: deciding.actor,
    kind: "draft.rejected",
    sentence: `${deciding.technician.name} rejected the draft on #${ticket.number}.`,
    evidence: { draftId: draft?.id ?? null },
  };
  if (draft !== null && !(await moveDraft(unit, { id: draft.id, verb: "reject" }, event)))
    return outcome(
      line,
      item.number,
      "refused",
      await refusalFor(deciding, state, "draft-not-current", "The draft has changed since that digest."),
    );
  if (draft === null) unit.record(event);
  await decision(deciding, state, "reject", { reason });
  if (draft !== null) await recordOutcome(deciding, draft, "rejected");
  if (review !== null) {
    await moveReview(unit, { id: review.id, verb: "decide" }, null);
    await endDigestItems(unit, { reviewId: review.id }, { status: "used" });
  }
  return outcome(
    line,
    item.number,
    "done",
    `The draft on #${ticket.number} was rejected. Nothing was sent, and the ticket stays open.`,
  );
}

/** `redraft`: the assistant writes again and asks again; the old draft cannot be released any more. */
export async function performRedraft(
  deciding: Deciding,
  state: ItemState,
  line: string,
  instruction: string,
): Promise<Outcome> {
  const { unit } = deciding;
  const { item, review, draft, ticket } = state;
  if (item.status === "used") {
    const ended = await askOnceMore(deciding, state, instruction);
    if (ended)
      return outcome(line, item.number, "done", `A new draft for #${ticket.number} is on its way to you.`);
  }
  if (item.status !== "live" || draft === null || review === null)
    return outcome(
      line,
      item.number,
      "refused",
      await refusalFor(
        deciding,
        state,
        item.status === "void" ? "item-void" : "item-used",
        "There is no draft to write anew.",
      ),
    );
  const superseded = await moveDraft(
    unit,
    { id: draft.id, verb: "supersede" },
    {
      stream: `ticket:${ticket.id}`,
      actor: deciding.actor,
      kind: "draft.redraft-asked",
      sentence: `${deciding.technician.name} asked for another draft on #${ticket.number}.`,
      evidence: { draftId: draft.id },
    },
  );
  if (!superseded)
    return outcome(
      line,
      item.number,
      "refused",
      await refusalFor(deciding, state, "draft-not-current", "The draft has changed since that digest."),
    );
  await decision(deciding, state, "redraft", { instruction });
  await recordOutcome(deciding, draft, "redrafted");
  // Put off before: somebody wants it now.
  await moveReview(unit, { id: review.id, verb: "wake", also: { snoozed_until: null } }, null);
  await endDigestItems(
    unit,
    { reviewId: review.id },
    { status: "void", reason: "a new draft was asked for" },
  );
  unit.enqueue({
    kind: "redraft",
    payload: {
      reviewId: review.id,
      draftId: draft.id,
      instruction: withoutTokens(instruction),
      technicianId: deciding.technician.id,
    },
    priority: 8,
  });
  return outcome(line, item.number, "done", `A new draft for #${ticket.number} is on its way to you.`);
}

/**
 * After `reject` or a `stop` in time nothing was sent, and the client still waits: another draft, with a question of its
 * own, so that mail alone is enough. False where something was sent, is about to be, or is asked already.
 */
async function askOnceMore(deciding: Deciding, state: ItemState, instruction: string): Promise<boolean> {
  const { unit, technician, desk } = deciding;
  const { review, ticket } = state;
  const last = (await draftsOf(unit.db, ticket.id)).filter((draft) => draft.kind === "reply").at(-1);
  if (review === null || last === undefined || (last.status !== "rejected" && last.status !== "cancelled"))
    return false;
  if (last.basedOnMessageId !== ticket.lastClientMessageId) return false;
  const asked = await reviewsOf(unit.db, ticket.id);
  if (asked.some((one) => one.status === "open" || one.status === "snoozed")) return false;
  await decision(deciding, state, "redraft", { instruction: withoutTokens(instruction) }, last);
  const reviewId = await insertReview(
    unit.db,
    {
      ticketId: ticket.id,
      draftId: last.id,
      technicianId: technician.id,
      urgent: review.urgent,
      risk: review.risk,
      actions: [],
      reasons: [`${technician.name} asked for another draft.`],
      expiresAt: new Date(unit.at.getTime() + desk.settings.review.expiresMs).toISOString(),
      answerDueAt: review.answerDueAt,
      remindAt: review.remindAt,
    },
    unit.now,
  );
  unit.record({
    stream: `ticket:${ticket.id}`,
    actor: deciding.actor,
    kind: "draft.redraft-asked",
    sentence: `${technician.name} asked for another draft on #${ticket.number}, since nothing was sent.`,
    evidence: { draftId: last.id, reviewId },
  });
  const payload = {
    reviewId,
    draftId: last.id,
    instruction: withoutTokens(instruction),
    technicianId: technician.id,
  };
  unit.enqueue({ kind: "redraft", payload, priority: 8 });
  return true;
}
