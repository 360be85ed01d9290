import type { Actor } from "../../desk/event.ts";
import { draftById } from "../../store/drafts.ts";
import type { Release } from "../../store/releases.ts";
import { moveDraft, moveRelease } from "../../store/transition.ts";
import { askAboutSameText } from "./ask-same-text.ts";
import type { Desk } from "../desk.ts";
import type { Unit } from "../unit.ts";

/**
 * Call back what a policy let out, as long as it has not begun to leave. A client who waits for a reply is not left with
 * nobody asked: the technician is. Answers whether it was called back.
 */
export async function callBackGranted(
  desk: Pick<Desk, "settings">,
  unit: Unit,
  release: Pick<Release, "id" | "ticketId" | "draftId" | "authorisation">,
  by: { readonly actor: Actor; readonly sentence: string; readonly technicianId: number | null },
): Promise<boolean> {
  const event = {
    stream: `ticket:${release.ticketId}`,
    actor: by.actor,
    kind: "release.cancelled",
    sentence: by.sentence,
    evidence: { releaseId: release.id, authorisation: release.authorisation },
  };
  const also = { finished_at: unit.now };
  if (!(await moveRelease(unit, { id: release.id, verb: "cancel", also }, event))) return false;
  await moveDraft(unit, { id: release.draftId, verb: "cancel" }, null);
  const draft = await draftById(unit.db, release.draftId);
  if (draft !== null)
    await askAboutSameText(desk, unit, draft, {
      technicianId: by.technicianId,
      actor: by.actor,
      why: by.sentence,
    });
  return true;
}
