import { desk as deskActor } from "../desk/event.ts";
import { insertDelivery, releaseByMessageIds } from "../store/releases.ts";
import { moveDraft, moveRelease } from "../store/transition.ts";
import type { Unit } from "./unit.ts";

/** A copy of the desk's own reply came back: proof that it left, which settles an uncertain hand-over (protocol §4). */
export async function recordReturnedCopy(
  unit: Unit,
  copyMessageId: string,
  messageId: number,
): Promise<void> {
  const release = await releaseByMessageIds(unit.db, [copyMessageId]);
  if (release === null) return;
  const confirmed = await moveRelease(
    unit,
    { id: release.id, verb: "confirm", also: { finished_at: unit.now } },
    {
      stream: `ticket:${release.ticketId}`,
      actor: deskActor("delivery"),
      kind: "release.confirmed",
      sentence: "A copy of the reply came back, so it did leave.",
      evidence: { messageId, releaseId: release.id },
    },
  );
  if (!confirmed) return;
  await insertDelivery(
    unit.db,
    {
      releaseId: release.id,
      attempt: release.attempts,
      outcome: "accepted",
      text: "confirmed by a copy that came back",
      finishedAt: unit.now,
    },
    unit.now,
  );
  await moveDraft(unit, { id: release.draftId, verb: "send" }, null);
}
