import { reasonOf } from "../../errors.ts";
import { desk as deskActor } from "../../desk/event.ts";
import type { NewJob } from "../../queue/queue.ts";
import { releaseById } from "../../store/releases.ts";
import { confirmDelivery } from "./confirm-delivery.ts";
import type { Desk } from "../desk.ts";
import { transact } from "../unit.ts";

type Looking = Pick<Desk, "database" | "queue" | "clock" | "failPoint" | "sentCopy" | "log">;

/** When to look, in seconds after the doubt and then after each other: a server may file its copy late. */
const WAITS = [0, 10, 30, 120, 600, 3600, 6 * 3600, 24 * 3600];

/** The first look. Nothing where the configuration names no Sent folder. */
export function lookForSentCopy(desk: Pick<Desk, "sentCopy">, releaseId: number): readonly NewJob[] {
  return desk.sentCopy === null ? [] : [{ kind: "sent-copy", payload: { releaseId, look: 0 } }];
}

/**
 * Look for an uncertain reply in the Sent folder (protocol §4): a copy there settles it; none says nothing, so it is looked
 * for again, ever more rarely, for a day and more.
 */
export async function findSentCopy(desk: Looking, releaseId: number, look: number): Promise<void> {
  const { sentCopy } = desk;
  const release = await releaseById(desk.database.db, releaseId);
  if (sentCopy === null || release?.status !== "uncertain") return;
  let found = false;
  try {
    found = await sentCopy(release.messageId);
  } catch (error) {
    desk.log.warn({ releaseId, reason: reasonOf(error) }, "the Sent folder could not be asked for a reply");
  }
  if (found) {
    await transact(desk, "sent-copy", (unit) =>
      confirmDelivery(unit, release, {
        actor: deskActor("delivery"),
        sentence: "A copy of the reply lies in the Sent folder, so it did leave.",
        evidence: { code: "sent-folder" },
        text: "confirmed by the copy in the Sent folder",
      }),
    );
    return;
  }
  const next = look + 1;
  const wait = WAITS[next];
  if (wait === undefined) return;
  const runAt = new Date(desk.clock().getTime() + wait * 1000).toISOString();
  await desk.queue.add(desk.database.db, [
    { kind: "sent-copy", payload: { releaseId, look: next }, runAt, key: `sent-copy-${releaseId}-${next}` },
  ]);
}
