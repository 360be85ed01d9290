import { reasonOf } from "../../errors.ts";
import { desk as deskActor } from "../../desk/event.ts";
import { untriedInsideMailIsDue } from "../../store/outbox.ts";
import { abandonedReleases, type Release } from "../../store/releases.ts";
import { moveRelease } from "../../store/transition.ts";
import type { Desk, MailingDesk } from "../desk.ts";
import { doubtDelivery } from "../delivery/doubt-delivery.ts";
import { sendQueued } from "../review/inside-mail.ts";
import { transact, type Unit } from "../unit.ts";

type Recovering = MailingDesk & Pick<Desk, "sentCopy">;

/**
 * What an earlier process left half-done is taken up at once, without waiting for its leases.
 *
 * INVARIANT: no worker runs on this database, in this process or another. The caller holds `database.workAlone`, which
 * only SQLite has; on PostgreSQL another worker may be alive, and its leases decide.
 */
export async function recoverAtStart(desk: Recovering): Promise<void> {
  const jobs = (await desk.queue.reclaim?.()) ?? 0;
  const mails = await untriedInsideMailIsDue(desk.database.db, desk.clock().toISOString());
  const releases = await recoverReleases(desk, "any");
  if (jobs + mails + releases > 0)
    desk.log.info({ jobs, mails, releases }, "taken up again: what the last process left half-done");
}

/**
 * A worker died between claim and end: before the first byte the release is free again; after it, nobody knows.
 * Looks at those whose lease ended by then (ISO 8601), or at any. Answers how many there were.
 */
export async function recoverReleases(desk: Recovering, leaseEndedBy: string): Promise<number> {
  const abandoned = await abandonedReleases(desk.database.reader, leaseEndedBy);
  for (const release of abandoned) {
    try {
      const notices = await transact(desk, "recover", (unit) =>
        release.status === "claimed" ? letGo(unit, release) : doubt(desk, unit, release),
      );
      for (const notice of notices) await sendQueued(desk, notice);
    } catch (error) {
      // The others do not wait for this one; the next sweep after its lease looks at it again.
      desk.log.error(
        { releaseId: release.id, reason: reasonOf(error) },
        "a release that its worker left could not be recovered now",
      );
    }
  }
  return abandoned.length;
}

async function letGo(unit: Unit, release: Release): Promise<readonly number[]> {
  const free = await moveRelease(
    unit,
    { id: release.id, verb: "let-go", only: { fence: release.fence }, also: { lease_until: null } },
    {
      stream: `ticket:${release.ticketId}`,
      actor: deskActor("delivery"),
      kind: "release.let-go",
      sentence: "A worker ended before it handed the reply over; it is tried again.",
      evidence: { releaseId: release.id, attempt: release.attempts },
    },
  );
  if (free) unit.enqueue({ kind: "deliver", payload: { releaseId: release.id } });
  return [];
}

const doubt = (desk: Recovering, unit: Unit, release: Release): Promise<readonly number[]> =>
  doubtDelivery(desk, unit, release, {
    sentence:
      "A worker ended after the hand-over had begun; nobody knows whether the reply arrived. It is not sent again by itself.",
    seen: "the worker ended after the hand-over had begun",
    diagnostic: "The desk was interrupted while it handed the reply over.",
  });
