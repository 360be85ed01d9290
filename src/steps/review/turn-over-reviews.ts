import { desk as deskActor } from "../../desk/event.ts";
import { abandonedReviews, askAgain, dueReviews, reviewById } from "../../store/reviews.ts";
import { lockTicket } from "../../store/tickets.ts";
import { endDigestItems, moveReview } from "../../store/transition.ts";
import type { Desk } from "../desk.ts";
import { handOver } from "./hand-over.ts";
import { askForDigest } from "./request-review.ts";
import { transact } from "../unit.ts";
import { nextReviewer } from "./next-reviewer.ts";

type TurningOver = Pick<Desk, "database" | "queue" | "clock" | "settings" | "directory" | "failPoint">;

const AT_ONCE = 50;

/** Expired reviews are asked anew: a question that nobody answered is a client who waits. */
export async function askExpired(desk: TurningOver): Promise<void> {
  const { expired } = await dueReviews(desk.database.reader, desk.clock().toISOString(), AT_ONCE);
  if (expired.length === 0) return;
  const directory = await desk.directory.current();
  const { review: settings } = desk.settings;
  for (const review of expired) {
    await transact(desk, "expire", async (unit) => {
      const ticket = await lockTicket(unit.db, review.ticketId);
      const still = await reviewById(unit.db, review.id);
      // Decided, or asked anew by another worker, since it was listed.
      if (ticket === null || still?.status !== "open" || still.expiresAt > unit.now) return;
      const { technician: next, reason } = nextReviewer(desk, directory, ticket, unit.at);
      const expiresAt = new Date(unit.at.getTime() + settings.expiresMs).toISOString();
      unit.record({
        stream: `ticket:${ticket.id}`,
        actor: deskActor("review"),
        kind: "review.expired",
        sentence: `Nobody answered in time, so it is asked again: ${reason}`,
        evidence: { reviewId: review.id, technicianId: next?.id ?? null },
      });
      if (next === null) await askAgain(unit.db, review.id, null, { expiresAt });
      else
        await handOver(desk, unit, still, next, { actor: deskActor("review"), reason: "its time ran out" });
    });
  }
}

/** Asked of somebody who is gone, or of nobody: whoever is there now is asked at once. */
export async function askForTheAbsent(desk: TurningOver): Promise<void> {
  const waiting = await abandonedReviews(desk.database.reader, AT_ONCE);
  if (waiting.length === 0) return;
  desk.directory.invalidate();
  const directory = await desk.directory.current();
  for (const review of waiting) {
    await transact(desk, "absent", async (unit) => {
      const ticket = await lockTicket(unit.db, review.ticketId);
      const still = await reviewById(unit.db, review.id);
      if (ticket === null || still === null || still.technicianId !== review.technicianId) return;
      if (still.status !== "open" && still.status !== "snoozed") return;
      const exclude = still.technicianId === null ? [] : [still.technicianId];
      const { technician: next, reason } = nextReviewer(desk, directory, ticket, unit.at, exclude);
      if (next === null) return;
      unit.record({
        stream: `ticket:${ticket.id}`,
        actor: deskActor("review"),
        kind: "review.asked-another",
        sentence: `Whoever was asked is no longer active, so another is: ${reason}`,
        evidence: { reviewId: review.id, from: still.technicianId, technicianId: next.id },
      });
      await handOver(desk, unit, still, next, {
        actor: deskActor("review"),
        reason: "the technician is no longer active",
        alone: true,
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
      // Put off for longer than there was time to answer: it gets that time anew.
      await askAgain(unit.db, review.id, null, {
        expiresAt: new Date(unit.at.getTime() + desk.settings.review.expiresMs).toISOString(),
      });
      if (review.technicianId !== null) askForDigest(desk, unit, review.technicianId, review.id);
    });
  }
}
