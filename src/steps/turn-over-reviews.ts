import { desk as deskActor } from "../desk/event.ts";
import { reviewersFor } from "../desk/routing.ts";
import { askAgain, dueReviews } from "../store/reviews.ts";
import { ticketById } from "../store/tickets.ts";
import { endDigestItems, moveReview } from "../store/transition.ts";
import type { Desk } from "./desk.ts";
import { handOver } from "./hand-over.ts";
import { askForDigest } from "./request-review.ts";
import { transact } from "./unit.ts";

type TurningOver = Pick<Desk, "database" | "queue" | "clock" | "settings" | "directory" | "failPoint">;

const AT_ONCE = 50;

/** Expired reviews are asked anew: a question that nobody answered is a client who waits. */
export async function askExpired(desk: TurningOver): Promise<void> {
  const { expired } = await dueReviews(desk.database.reader, desk.clock().toISOString(), AT_ONCE);
  if (expired.length === 0) return;
  const { technicians, loads } = await desk.directory.current();
  const { timeZone, review: settings } = desk.settings;
  for (const review of expired) {
    await transact(desk, "expire", async (unit) => {
      const ticket = await ticketById(unit.db, review.ticketId);
      if (ticket === null) return;
      const asked = reviewersFor({
        assigneeId: ticket.assigneeId,
        queueName: ticket.queue,
        technicians,
        loads,
        now: unit.at,
        timeZone,
        exclude: [],
      });
      const next = technicians.find((one) => one.id === asked.technicianIds[0]);
      const expiresAt = new Date(unit.at.getTime() + settings.expiresMs).toISOString();
      unit.record({
        stream: `ticket:${ticket.id}`,
        actor: deskActor("review"),
        kind: "review.expired",
        sentence: `Nobody answered in time, so it is asked again: ${asked.reason}`,
        evidence: { reviewId: review.id, technicianId: next?.id ?? null },
      });
      if (next === undefined) await askAgain(unit.db, review.id, null, { expiresAt });
      else
        await handOver(desk, unit, review, next, {
          actor: deskActor("review"),
          reason: "its time ran out",
          expiresAt,
        });
    });
  }
}

/** Snoozed reviews whose time has come are asked again, at once and alone: somebody said when they want them. */
export async function wakeSnoozed(desk: TurningOver): Promise<void> {
  const { waking } = await dueReviews(desk.database.reader, desk.clock().toISOString(), AT_ONCE);
  for (const review of waking) {
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
