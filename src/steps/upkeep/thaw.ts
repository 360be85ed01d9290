import { desk as deskActor, person } from "../../desk/event.ts";
import type { Technician } from "../../desk/ticket.ts";
import { queuedInsideMail, type QueuedInsideMail } from "../../store/outbox.ts";
import { releaseById, waitingReleases, type Release, type ReleaseRecord } from "../../store/releases.ts";
import { techniciansUnasked } from "../../store/reviews.ts";
import { removeSetting } from "../../store/settings.ts";
import { moveDraft, moveRelease, moveTicket } from "../../store/transition.ts";
import type { Desk } from "../desk.ts";
import { frozenSince } from "./freeze.ts";
import { transact, type Unit } from "../unit.ts";

/** A reply that a restored database thinks is still to be sent. */
interface FrozenRelease extends ReleaseRecord {
  /** When its hand-over began before the database was restored, ISO 8601; `null` where nothing is known of one. */
  readonly handedOverAt: string | null;
}

export interface FrozenDesk {
  readonly since: { readonly at: string; readonly reason: string } | null;
  readonly releases: readonly FrozenRelease[];
  readonly insideMail: readonly QueuedInsideMail[];
}

/** What would leave if sends went on now. */
export async function whatWaits(desk: Pick<Desk, "database" | "witness">): Promise<FrozenDesk> {
  const db = desk.database.reader;
  const known = await desk.witness.handedOverLately();
  const releases = await waitingReleases(db);
  return {
    since: await frozenSince(db),
    releases: releases.map((release) => ({
      ...release,
      handedOverAt: known.get(release.messageId) ?? null,
    })),
    insideMail: await queuedInsideMail(db, 500),
  };
}

/**
 * A person has looked: sends go on. Replies whose hand-over had begun already are called back in any case, for they may
 * have arrived; `callBack` calls the others back, too. False where sends were not frozen.
 */
export async function thaw(
  desk: Pick<Desk, "database" | "queue" | "clock" | "failPoint" | "witness" | "directory">,
  by: Pick<Technician, "id" | "email" | "name">,
  options: { readonly callBack: boolean },
): Promise<boolean> {
  const known = await desk.witness.handedOverLately();
  const done = await transact(desk, "thaw", async (unit) => {
    const since = await frozenSince(unit.db);
    if (since === null || !(await removeSetting(unit.db, "frozen"))) return false;
    const released: number[] = [];
    const calledBack: number[] = [];
    for (const { id } of await waitingReleases(unit.db)) {
      const release = await releaseById(unit.db, id);
      if (release === null) continue;
      const at = known.get(release.messageId) ?? null;
      if (at === null && !options.callBack) {
        released.push(id);
        unit.enqueue({ kind: "deliver", payload: { releaseId: id }, runAt: release.nextAttemptAt });
      } else {
        await callBack(unit, release, by, at);
        calledBack.push(id);
      }
    }
    unit.record({
      stream: "desk",
      actor: person(by.email),
      kind: "desk.thawed",
      sentence: `${by.name} looked at the restored database, and sends go on.`,
      evidence: { frozenAt: since.at, released, calledBack },
    });
    for (const technicianId of await techniciansUnasked(unit.db, unit.now))
      unit.enqueue({ kind: "send-digest", payload: { technicianId }, key: `technician-${technicianId}` });
    return true;
  });
  desk.directory.invalidate();
  return done;
}

async function callBack(
  unit: Unit,
  release: Release,
  by: Pick<Technician, "email" | "name">,
  handedOverAt: string | null,
): Promise<void> {
  const to = release.envelopeTo.join(", ");
  const stream = `ticket:${release.ticketId}`;
  const cancelled = await moveRelease(
    unit,
    { id: release.id, verb: "cancel", also: { finished_at: unit.now } },
    {
      stream,
      actor: person(by.email),
      kind: "release.cancelled",
      sentence:
        handedOverAt === null
          ? `${by.name} called the reply to ${to} back after the database was restored.`
          : `The reply to ${to} had begun to leave at ${handedOverAt}, before the database was restored, so it is not sent once more.`,
      evidence: { releaseId: release.id, handedOverAt },
    },
  );
  if (!cancelled) return;
  await moveDraft(unit, { id: release.draftId, verb: "cancel" }, null);
  if (handedOverAt === null)
    await moveTicket(
      unit,
      { id: release.ticketId, verb: "reopen", only: { status: "pending" } },
      {
        stream,
        actor: deskActor("delivery"),
        kind: "ticket.reopened",
        sentence: "Nothing was sent, so the ticket is open again.",
        evidence: { releaseId: release.id },
      },
    );
}
