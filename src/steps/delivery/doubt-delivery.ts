import { desk as deskActor } from "../../desk/event.ts";
import { copyCameBack } from "../../store/known-mail.ts";
import { insertDelivery, type Release } from "../../store/releases.ts";
import { moveDraft, moveRelease } from "../../store/transition.ts";
import { confirmDelivery } from "./confirm-delivery.ts";
import { queueDeliveryNotice } from "./delivery-notice.ts";
import type { Desk } from "../desk.ts";
import { lookForSentCopy } from "./sent-copy.ts";
import type { Unit } from "../unit.ts";

/** Why nobody knows. */
export interface Doubt {
  /** For the audit log. */
  readonly sentence: string;
  /** For the line of the attempt. */
  readonly seen: string;
  /** For the people who are told. */
  readonly diagnostic: string;
}

/**
 * The line, or the worker, was lost after the first byte: the release is `uncertain`, people are told at once, and nothing
 * sends it again but a person's word (protocol §4). A copy that came back already settles it there and then. Answers the
 * notices to send after the commit; none where the release is no longer this worker's.
 */
export async function doubtDelivery(
  desk: Pick<Desk, "directory" | "settings" | "sealing" | "random" | "sentCopy">,
  unit: Unit,
  release: Release,
  doubt: Doubt,
): Promise<readonly number[]> {
  const doubted = await moveRelease(
    unit,
    {
      id: release.id,
      verb: "doubt",
      only: { fence: release.fence },
      also: { lease_until: null, finished_at: unit.now },
    },
    {
      stream: `ticket:${release.ticketId}`,
      actor: deskActor("delivery"),
      kind: "release.uncertain",
      sentence: doubt.sentence,
      evidence: { releaseId: release.id, attempt: release.attempts },
    },
  );
  if (!doubted) return [];
  await insertDelivery(
    unit.db,
    {
      releaseId: release.id,
      attempt: release.attempts,
      outcome: "uncertain",
      text: doubt.seen,
      finishedAt: unit.now,
    },
    unit.now,
  );
  await moveDraft(unit, { id: release.draftId, verb: "doubt" }, null);
  const copy = await copyCameBack(unit.db, release.messageId);
  if (copy !== null) {
    await confirmDelivery(unit, release, {
      actor: deskActor("delivery"),
      sentence: "A copy of the reply had come back already, so it did leave.",
      evidence: { messageId: copy },
      text: "confirmed by a copy that came back",
    });
    return [];
  }
  for (const job of lookForSentCopy(desk, release.id)) unit.enqueue(job);
  return queueDeliveryNotice(desk, unit, release, { state: "uncertain", diagnostic: doubt.diagnostic });
}
