import { desk as deskActor } from "../../desk/event.ts";
import { advanceCursor } from "../../store/cursors.ts";
import { insertUnreadable } from "../../store/messages.ts";
import type { Desk } from "../desk.ts";
import { transact } from "../unit.ts";

/**
 * A mail in a mailbox that could not be fetched or stored after several tries: passed over so that the next one flows,
 * written down so that a person can look at it there.
 */
export async function recordUnreadable(
  desk: Pick<Desk, "database" | "queue" | "clock" | "failPoint">,
  source: {
    readonly account: string;
    readonly folder: string;
    readonly uidValidity: string;
    readonly uid: number;
  },
  reason: string,
): Promise<void> {
  await transact(desk, "unreadable", async (unit) => {
    await insertUnreadable(
      unit.db,
      source,
      `It stays in the mailbox as UID ${source.uid}: ${reason}`,
      unit.now,
    );
    await advanceCursor(
      unit.db,
      {
        account: source.account,
        folder: source.folder,
        uidValidity: source.uidValidity,
        lastUid: source.uid,
      },
      unit.now,
    );
    unit.record({
      stream: "desk",
      actor: deskActor("intake"),
      kind: "message.not-fetched",
      sentence: `UID ${source.uid} of ${source.folder} could not be taken in: ${reason}`,
      evidence: { ...source },
    });
  });
}
