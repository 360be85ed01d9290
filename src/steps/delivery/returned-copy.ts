import { desk as deskActor } from "../../desk/event.ts";
import { releaseByMessageIds } from "../../store/releases.ts";
import { confirmDelivery } from "./confirm-delivery.ts";
import type { Unit } from "../unit.ts";

/** A copy of the desk's own reply came back: proof that it left, which settles an uncertain hand-over (protocol §4). */
export async function recordReturnedCopy(
  unit: Unit,
  copyMessageId: string,
  messageId: number,
): Promise<void> {
  const release = await releaseByMessageIds(unit.db, [copyMessageId]);
  if (release === null) return;
  await confirmDelivery(unit, release, {
    actor: deskActor("delivery"),
    sentence: "A copy of the reply came back, so it did leave.",
    evidence: { messageId },
    text: "confirmed by a copy that came back",
  });
}
