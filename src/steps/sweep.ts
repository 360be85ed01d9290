import { desk as deskActor } from "../desk/event.ts";
import { reviewersFor } from "../desk/routing.ts";
import { renderReminder } from "../review/notices.ts";
import { sealEvents } from "../store/events.ts";
import { abandonedReleases, dueReleases, insertDelivery } from "../store/releases.ts";
import { askAgain, countReminder, dueReviews, unansweredReviews } from "../store/reviews.ts";
import { ticketById } from "../store/tickets.ts";
import { endDigestItems, moveDraft, moveRelease, moveReview } from "../store/transition.ts";
import { queueDeliveryNotice } from "./delivery-notice.ts";
import type { Desk } from "./desk.ts";
import { queueInside, sendQueued, sweepOutbox } from "./inside-mail.ts";
import { askForDigest } from "./request-review.ts";
import { transact } from "./unit.ts";
import { firstName } from "./words.ts";

type Sweeping = Pick<
  Desk,
  | "database"
  | "queue"
  | "clock"
  | "settings"
  | "directory"
  | "failPoint"
  | "random"
  | "sealing"
  | "mail"
  | "log"
>;

/** After this long without an answer the technician is reminded; after twice that the next in line is asked. */
const REMIND_AFTER_MS = 4 * 60 * 60 * 1000;

/** What nobody's job does by itself: mail left over, dead workers' releases, time that passed. Cheap when nothing is due. */
export async function sweep(desk: Sweeping): Promise<void> {
  await sweepOutbox(desk);
  await recoverReleases(desk);
  await turnOverReviews(desk);
  await remind(desk);
}

/** A worker died between claim and end: before the first byte the release is free again; after it, nobody knows. */
export async function recoverReleases(desk: Sweeping): Promise<void> {
  const now = desk.clock().toISOString();
  for (const release of await abandonedReleases(desk.database.reader, now)) {
    const notices = await transact(desk, "recover", async (unit) => {
      const stream = `ticket:${release.ticketId}`;
      const evidence = { releaseId: release.id, attempt: release.attempts };
      if (release.status === "claimed") {
        const event = {
          stream,
          actor: deskActor("delivery"),
          kind: "release.let-go",
          sentence: "A worker ended before it handed the reply over; it is tried again.",
          evidence,
        };
        if (
          await moveRelease(
            unit,
            { id: release.id, verb: "let-go", only: { fence: release.fence }, also: { lease_until: null } },
            event,
          )
        )
          unit.enqueue({ kind: "deliver", payload: { releaseId: release.id } });
        return [];
      }
      const event = {
        stream,
        actor: deskActor("delivery"),
        kind: "release.uncertain",
        sentence:
          "A worker ended after the hand-over had begun; nobody knows whether the reply arrived. It is not sent again by itself.",
        evidence,
      };
      if (
        !(await moveRelease(
          unit,
          {
            id: release.id,
            verb: "doubt",
            only: { fence: release.fence },
            also: { lease_until: null, finished_at: unit.now },
          },
          event,
        ))
      )
        return [];
      await insertDelivery(
        unit.db,
        {
          releaseId: release.id,
          attempt: release.attempts,
          outcome: "uncertain",
          text: "the worker ended after the hand-over had begun",
          finishedAt: unit.now,
        },
        unit.now,
      );
      await moveDraft(unit, { id: release.draftId, verb: "doubt" }, null);
      return queueDeliveryNotice(
        desk,
        unit,
        release,
        "uncertain",
        "The desk was interrupted while it handed the reply over.",
      );
    });
    for (const notice of notices) await sendQueued(desk, notice);
  }
  // Jobs are as durable as releases; this is the belt to those braces.
  for (const releaseId of await dueReleases(
    desk.database.reader,
    new Date(desk.clock().getTime() - 30_000).toISOString(),
    50,
  )) {
    await desk.queue.add(desk.database.db, [
      { kind: "deliver", payload: { releaseId }, key: `release-${releaseId}` },
    ]);
  }
}

/** Expired reviews are asked anew, since a question that nobody answered is a client who waits; snoozed ones come back. */
async function turnOverReviews(desk: Sweeping): Promise<void> {
  const due = await dueReviews(desk.database.reader, desk.clock().toISOString(), 50);
  const directory = await desk.directory.current();
  const { timeZone, review: settings } = desk.settings;
  for (const review of due.expired) {
    await transact(desk, "expire", async (unit) => {
      const ticket = await ticketById(unit.db, review.ticketId);
      const ended = await endDigestItems(
        unit,
        { reviewId: review.id },
        { status: "void", reason: "its time ran out" },
      );
      const asked = reviewersFor({
        assigneeId: ticket?.assigneeId ?? null,
        queueName: ticket?.queue ?? "",
        technicians: directory.technicians,
        loads: directory.loads,
        now: unit.at,
        timeZone,
        exclude: [],
      });
      const next = asked.technicianIds[0] ?? review.technicianId;
      await askAgain(unit.db, review.id, next, {
        expiresAt: new Date(unit.at.getTime() + settings.expiresMs).toISOString(),
      });
      unit.record({
        stream: `ticket:${review.ticketId}`,
        actor: deskActor("review"),
        kind: "review.expired",
        sentence: `Nobody answered in time, so it is asked again: ${asked.reason}`,
        evidence: { reviewId: review.id, items: ended },
      });
      if (next !== null) askForDigest(desk, unit, next, review.urgent ? review.id : null);
    });
  }
  for (const review of due.waking) {
    await transact(desk, "wake", async (unit) => {
      const event = {
        stream: `ticket:${review.ticketId}`,
        actor: deskActor("review"),
        kind: "review.woke",
        sentence: "The snooze is over.",
        evidence: { reviewId: review.id },
      };
      if (!(await moveReview(unit, { id: review.id, verb: "wake", also: { snoozed_until: null } }, event)))
        return;
      await endDigestItems(
        unit,
        { reviewId: review.id },
        { status: "void", reason: "it came back in a newer digest" },
      );
      await askAgain(unit.db, review.id, null);
      if (review.technicianId !== null) askForDigest(desk, unit, review.technicianId, review.id);
    });
  }
}

/** One reminder, then the next in line is asked. */
async function remind(desk: Sweeping): Promise<void> {
  const directory = await desk.directory.current();
  const before = (ms: number): string => new Date(desk.clock().getTime() - ms).toISOString();
  for (const review of await unansweredReviews(desk.database.reader, before(REMIND_AFTER_MS), 0, 20)) {
    const technician = directory.technicians.find((one) => one.id === review.technicianId);
    const ticket = await ticketById(desk.database.reader, review.ticketId);
    if (technician === undefined || ticket === null) continue;
    const outboxId = await transact(desk, "remind", async (unit) => {
      await countReminder(unit.db, review.id);
      unit.record({
        stream: `ticket:${ticket.id}`,
        actor: deskActor("review"),
        kind: "review.reminded",
        sentence: `${technician.name} was reminded of #${ticket.number}.`,
        evidence: { reviewId: review.id },
      });
      const mail = renderReminder(directory.templates, {
        deskName: desk.settings.name,
        firstName: firstName(technician.name),
        digestSubject: `[Review] #${ticket.number} ${ticket.subject}`,
        waitingSince: "four hours",
        items: [{ number: 1, ticketNumber: ticket.number, headline: ticket.subject, due: "" }],
        next: null,
      });
      return queueInside(desk, unit, { kind: "reminder", technician, mail, ticketId: ticket.id });
    });
    await sendQueued(desk, outboxId);
  }
  for (const review of await unansweredReviews(desk.database.reader, before(2 * REMIND_AFTER_MS), 1, 20)) {
    await transact(desk, "escalate", async (unit) => {
      const ticket = await ticketById(unit.db, review.ticketId);
      if (ticket === null) return;
      const asked = reviewersFor({
        assigneeId: null,
        queueName: ticket.queue,
        technicians: directory.technicians,
        loads: directory.loads,
        now: unit.at,
        timeZone: desk.settings.timeZone,
        exclude: review.technicianId === null ? [] : [review.technicianId],
      });
      await countReminder(unit.db, review.id);
      const next = asked.technicianIds[0];
      if (next === undefined) return;
      await endDigestItems(
        unit,
        { reviewId: review.id },
        { status: "void", reason: "the next in line was asked" },
      );
      await askAgain(unit.db, review.id, next);
      unit.record({
        stream: `ticket:${ticket.id}`,
        actor: deskActor("review"),
        kind: "review.next-in-line",
        sentence: `No answer after the reminder: ${asked.reason}`,
        evidence: { reviewId: review.id, technicianId: next },
      });
      askForDigest(desk, unit, next, review.id);
    });
  }
}

/** How young an event may be and still be left for the next seal: longer than any transaction takes. */
const SETTLING_MS = 30_000;

/** Link what happened into the desk-wide chain; the head goes to the log too, out of the database's reach. */
export async function seal(desk: Pick<Desk, "database" | "clock" | "log">): Promise<void> {
  const now = desk.clock();
  const sealed = await desk.database.db.transaction((db) =>
    sealEvents(db, now.toISOString(), new Date(now.getTime() - SETTLING_MS).toISOString()),
  );
  if (sealed.sealed > 0) desk.log.info({ head: sealed.hash, events: sealed.sealed }, "audit log sealed");
}
