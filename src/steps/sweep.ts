import { dueReleases } from "../store/releases.ts";
import { techniciansUnasked } from "../store/reviews.ts";
import type { Desk, MailingDesk } from "./desk.ts";
import { frozenSince } from "./upkeep/freeze.ts";
import { sweepOutbox } from "./review/inside-mail.ts";
import { tellOfLostMail } from "./delivery/lost-mail.ts";
import { recoverReleases } from "./upkeep/recover.ts";
import { askNextInLine, remindReviewers } from "./review/remind.ts";
import { tellOfQuarantine } from "./filing/tell-of-quarantine.ts";
import { askExpired, askForTheAbsent, wakeSnoozed } from "./review/turn-over-reviews.ts";

type Sweeping = MailingDesk & Pick<Desk, "key" | "sentCopy">;

/** A release that is due this long has lost its job. */
const OVERDUE_MS = 30_000;
/** A review that waits for its digest this much longer than digests are apart has lost its job: it was given up. */
const UNASKED_MS = 30_000;

/** What nobody's job does by itself: mail left over, dead workers' releases, time that passed. Cheap when nothing is due. */
export async function sweep(desk: Sweeping): Promise<void> {
  await recoverReleases(desk, desk.clock().toISOString());
  // Whatever is left would leave: it waits for a person. The alerts about it do not.
  if ((await frozenSince(desk.database.reader)) !== null) return;
  await sweepOutbox(desk);
  await tellOfLostMail(desk);
  await deliverDue(desk);
  await askUnasked(desk);
  await askExpired(desk);
  await wakeSnoozed(desk);
  await askForTheAbsent(desk);
  await remindReviewers(desk);
  await askNextInLine(desk);
  await tellOfQuarantine(desk);
}

/** A digest job that was given up must not leave a question unasked; one that still waits takes this one in by its key. */
async function askUnasked(desk: Sweeping): Promise<void> {
  const patience = desk.settings.review.digestEveryMs + UNASKED_MS;
  const before = new Date(desk.clock().getTime() - patience).toISOString();
  for (const technicianId of await techniciansUnasked(desk.database.reader, before)) {
    await desk.queue.add(desk.database.db, [
      { kind: "send-digest", payload: { technicianId }, key: `technician-${technicianId}` },
    ]);
  }
}

/** Jobs are as durable as releases; this is the belt to those braces. */
async function deliverDue(desk: Sweeping): Promise<void> {
  const before = new Date(desk.clock().getTime() - OVERDUE_MS).toISOString();
  for (const releaseId of await dueReleases(desk.database.reader, before, 50)) {
    await desk.queue.add(desk.database.db, [
      { kind: "deliver", payload: { releaseId }, key: `release-${releaseId}` },
    ]);
  }
}
