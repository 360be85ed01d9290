import { desk as deskActor } from "../../desk/event.ts";
import { sealHead, type ChainFault } from "../../store/events.ts";
import { readSetting, writeSetting } from "../../store/settings.ts";
import type { Db } from "../../store/database.ts";
import { holdsEvent, holdsSeal, isInUse, type KnownEvent } from "../../store/witness.ts";
import { reasonOf } from "../../errors.ts";
import { alertAdmins } from "./alert-admins.ts";
import type { Desk, MailingDesk } from "../desk.ts";
import { sendQueued } from "../review/inside-mail.ts";
import { transact } from "../unit.ts";

type Freezing = MailingDesk & Pick<Desk, "witness">;

/** What an operator reads, in readyz, the log and the console. */
export const FROZEN_ADVICE =
  "Nothing is sent. “countersign delivery thaw --as YOU” shows what waits and what may have left already; mail is still taken in.";

/** Since when sends are frozen (ISO 8601), and why; `null` while they are not. */
export async function frozenSince(db: Db): Promise<{ readonly at: string; readonly reason: string } | null> {
  const value = await readSetting(db, "frozen");
  return value === null ? null : (JSON.parse(value) as { at: string; reason: string });
}

/**
 * A database that does not hold the newest event this desk wrote is an older copy: what it thinks is still to be sent may
 * have left already. Sends are frozen until a person looks (threat 70). Answers whether they are frozen now.
 *
 * A desk that never took in a mail has nothing to send twice; a fresh database beside an old key begins anew.
 */
export async function freezeIfRestored(desk: Freezing): Promise<boolean> {
  const db = desk.database.reader;
  if ((await readSetting(db, "frozen")) !== null) return true;
  const event = await missingEvent(desk);
  if (event === null || !(await isInUse(db))) return false;
  const reason = "the database is older than this desk: it was restored from a backup";
  await transact(desk, "freeze", async (unit) => {
    await writeSetting(unit.db, "frozen", JSON.stringify({ at: unit.now, reason }));
    unit.record({
      stream: "desk",
      actor: deskActor("delivery"),
      kind: "desk.frozen",
      sentence: `Sends are frozen: ${reason}.`,
      evidence: { code: "restored-backup", missing: { stream: event.stream, seq: event.seq } },
    });
  });
  desk.directory.invalidate();
  await tellAdmins(desk, reason);
  desk.log.error({ missing: event.stream }, `sends are frozen: ${reason}. ${FROZEN_ADVICE}`);
  return true;
}

async function tellAdmins(desk: Freezing, reason: string): Promise<void> {
  const directory = await desk.directory.current();
  const ids = await transact(desk, "freeze-alert", (unit) =>
    alertAdmins(desk, unit, directory, {
      title: "Nothing is sent: the database was restored",
      sentences: [
        `Replies and digests are held, because ${reason}. What it thinks is still to be sent may have left already.`,
        FROZEN_ADVICE,
      ],
      facts: [],
      diagnostic: "",
    }),
  );
  for (const id of ids) await sendQueued(desk, id);
}

/** What this folder or this process saw and the database does not hold; `null` where it holds both. */
async function missingEvent(desk: Pick<Desk, "database" | "witness">): Promise<KnownEvent | null> {
  for (const event of [desk.witness.testimony.event, desk.database.chainHeads.newest])
    if (event !== null && !(await holdsEvent(desk.database.reader, event))) return event;
  return null;
}

/** Tell the witness what this process wrote last. A folder that cannot be written stops nothing. */
export async function keepWitness(
  desk: Pick<Desk, "database" | "witness" | "log">,
  options: { readonly seal: boolean },
): Promise<void> {
  const { testimony } = desk.witness;
  try {
    await desk.witness.keep({
      event: desk.database.chainHeads.newest ?? testimony.event,
      seal: options.seal ? await sealHead(desk.database.reader) : testimony.seal,
    });
  } catch (error) {
    desk.log.warn(
      { reason: reasonOf(error) },
      "the newest event could not be written beside the desk's key: a restored backup might not be noticed",
    );
  }
}

/** For `audit verify`: what the witness saw and the log does not hold, as a tail that was cut, or a restored backup, leaves it. */
export async function missingFromWitness(
  desk: Pick<Desk, "database" | "witness">,
): Promise<readonly ChainFault[]> {
  const { event, seal } = desk.witness.testimony;
  const db = desk.database.reader;
  const what = "stands in data/witness.json and not in the log: its tail was cut, or a backup was restored";
  return [
    ...(event === null || (await holdsEvent(db, event))
      ? []
      : [{ stream: event.stream, seq: event.seq, what }]),
    ...((await holdsSeal(db, seal))
      ? []
      : [{ stream: "seals", seq: 0, what: `the head ${seal.slice(0, 16)} ${what}` }]),
  ];
}
