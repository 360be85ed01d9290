import type { Actor } from "../../desk/event.ts";
import { insertDraft, type DraftRecord } from "../../store/drafts.ts";
import { insertReview, reviewsOf } from "../../store/reviews.ts";
import { lockTicket } from "../../store/tickets.ts";
import type { Desk } from "../desk.ts";
import { askForDigest } from "./request-review.ts";
import type { Unit } from "../unit.ts";

/**
 * A reply that a policy let out was called back, and the client still waits: a person is asked about the same text. Nothing
 * where the client has written since, or somebody is asked already. Answers whether somebody is.
 */
export async function askAboutSameText(
  desk: Pick<Desk, "settings">,
  unit: Unit,
  draft: DraftRecord,
  input: { readonly technicianId: number | null; readonly actor: Actor; readonly why: string },
): Promise<boolean> {
  const { technicianId, actor, why } = input;
  const ticket = await lockTicket(unit.db, draft.ticketId);
  if (draft.kind !== "reply" || ticket === null || technicianId === null) return false;
  if (draft.basedOnMessageId !== ticket.lastClientMessageId) return false;
  const asked = await reviewsOf(unit.db, ticket.id);
  if (asked.some((one) => one.draftId !== null && (one.status === "open" || one.status === "snoozed")))
    return false;
  const next = await insertDraft(unit.db, { ...draft, editedFromDraftId: draft.id }, unit.now);
  const reviewId = await insertReview(
    unit.db,
    {
      ticketId: ticket.id,
      draftId: next.id,
      technicianId,
      urgent: false,
      // What a policy lets out is never high-risk (desk/policy.ts).
      risk: { highRisk: false, codes: [], reasons: [] },
      actions: [],
      reasons: [why],
      expiresAt: new Date(unit.at.getTime() + desk.settings.review.expiresMs).toISOString(),
      answerDueAt: asked.at(-1)?.answerDueAt ?? null,
      remindAt: null,
    },
    unit.now,
  );
  unit.record({
    stream: `ticket:${ticket.id}`,
    actor,
    kind: "draft.asked-again",
    sentence: `Draft ${next.revision}, the same text, is asked about: ${why}`,
    evidence: { draftId: next.id, from: draft.id, reviewId },
  });
  askForDigest(desk, unit, technicianId, reviewId);
  return true;
}
