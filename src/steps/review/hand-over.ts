import type { Actor } from "../../desk/event.ts";
import type { Technician } from "../../desk/ticket.ts";
import { canonicalSha256 } from "../../review/canonical.ts";
import type { ReplyContent } from "../../review/release.ts";
import { draftById, insertDraft } from "../../store/drafts.ts";
import { askAgain, type ReviewRecord } from "../../store/reviews.ts";
import { endDigestItems, moveDraft, moveReview } from "../../store/transition.ts";
import type { Desk } from "../desk.ts";
import { askForDigest } from "./request-review.ts";
import type { Unit } from "../unit.ts";

/**
 * Ask somebody else about an open review. Its items in earlier digests are void, and a draft that bore another's name is
 * signed anew: a client must not get mail in the name of a person who never saw it.
 */
export async function handOver(
  desk: Pick<Desk, "settings">,
  unit: Unit,
  review: ReviewRecord,
  next: Technician,
  by: {
    readonly actor: Actor;
    readonly reason: string;
    readonly alone?: boolean;
  },
): Promise<void> {
  await endDigestItems(unit, { reviewId: review.id }, { status: "void", reason: by.reason });
  // Put off by one person, asked of another: it does not wait for the first one's hour.
  await moveReview(unit, { id: review.id, verb: "wake", also: { snoozed_until: null } }, null);
  const draftId = await signAnew(desk, unit, review, next, by.actor);
  await askAgain(unit.db, review.id, next.id, {
    ...(draftId === null ? {} : { draftId }),
    // A new digest, a new time to answer it.
    expiresAt: new Date(unit.at.getTime() + desk.settings.review.expiresMs).toISOString(),
  });
  askForDigest(desk, unit, next.id, review.urgent || by.alone === true ? review.id : null);
}

/** The next revision in the new reviewer's name; `null` where the draft needs none, or is no longer open. */
async function signAnew(
  desk: Pick<Desk, "settings">,
  unit: Unit,
  review: ReviewRecord,
  next: Technician,
  actor: Actor,
): Promise<number | null> {
  const draft = review.draftId === null ? null : await draftById(unit.db, review.draftId);
  if (draft === null || draft.status !== "proposed") return null;
  const content = signedBy(draft.content, next.name, desk.settings.name);
  if (content === null) return null;
  const superseded = await moveDraft(
    unit,
    { id: draft.id, verb: "supersede" },
    {
      stream: `ticket:${draft.ticketId}`,
      actor,
      kind: "draft.signed-anew",
      sentence: `Draft ${draft.revision} is now in the name of ${next.name}.`,
      evidence: { draftId: draft.id, technicianId: next.id },
    },
  );
  if (!superseded) return null;
  const { id } = await insertDraft(
    unit.db,
    { ...draft, content, canonicalSha256: canonicalSha256(content), editedFromDraftId: draft.id },
    unit.now,
  );
  return id;
}

/** The same reply in another technician's name: sender and the signature's line. `null` when it bears that name already. */
export function signedBy(content: ReplyContent, name: string, deskName: string): ReplyContent | null {
  const end = ` · ${deskName}`;
  const { from } = content;
  if (!from.name.endsWith(end)) return null;
  const previous = from.name.slice(0, -end.length);
  if (previous === name) return null;
  const lines = content.body.split("\n");
  // The signature stands at the end; the same name higher up is part of the text.
  const at = lines.findLastIndex((line, index) => index >= lines.length - 5 && line.trim() === previous);
  if (at !== -1) lines[at] = name;
  return { ...content, from: { ...from, name: `${name}${end}` }, body: lines.join("\n") };
}
