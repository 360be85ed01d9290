import type { Actor } from "../../desk/event.ts";
import { unreleasedDrafts } from "../../store/drafts.ts";
import { releaseByDraft } from "../../store/releases.ts";
import { reviewsOf } from "../../store/reviews.ts";
import { endDigestItems, moveDraft, moveRelease, moveReview } from "../../store/transition.ts";
import type { Unit } from "../unit.ts";

/**
 * A participant wrote, or a new revision takes the place of the old: drafts that nobody released yet are stale (design §5).
 * A held release is called back; one that a worker has already claimed is not, and its draft stays as it is.
 */
export async function supersedeDrafts(
  unit: Unit,
  ticketId: number,
  actor: Actor,
  why: string,
): Promise<void> {
  for (const draft of await unreleasedDrafts(unit.db, ticketId)) {
    if (draft.status === "approved") {
      const release = await releaseByDraft(unit.db, draft.id);
      const event = {
        stream: `ticket:${ticketId}`,
        actor,
        kind: "release.cancelled",
        sentence: `The held release of draft ${draft.revision} was called back: ${why}.`,
        evidence: { draftId: draft.id },
      };
      if (
        release !== null &&
        !(await moveRelease(unit, { id: release.id, verb: "cancel", also: { finished_at: unit.now } }, event))
      )
        continue;
    }
    const moved = await moveDraft(
      unit,
      { id: draft.id, verb: "supersede", only: { status: draft.status } },
      {
        stream: `ticket:${ticketId}`,
        actor,
        kind: "draft.superseded",
        sentence: `Draft ${draft.revision} is no longer current: ${why}.`,
        evidence: { draftId: draft.id },
      },
    );
    // It was approved, or delivered, between our look and our write: looked at again, its release is called back too.
    if (!moved) throw Object.assign(new Error("the draft was decided meanwhile"), { code: "40001" });
  }
}

/** Open questions about a ticket fall away; their items in every digest are void, the digest's other items stay live. */
export async function voidReviews(unit: Unit, ticketId: number, why: string): Promise<void> {
  for (const review of await reviewsOf(unit.db, ticketId)) {
    if (review.status !== "open" && review.status !== "snoozed") continue;
    await moveReview(unit, { id: review.id, verb: "void" }, null);
    await endDigestItems(unit, { reviewId: review.id }, { status: "void", reason: why });
  }
}
