import { desk as deskActor } from "../../desk/event.ts";
import { durationInWords } from "../../review/digest-view.ts";
import { renderReminder } from "../../review/notices.ts";
import { deriveToken, digestReference, reviewAddress } from "../../review/token.ts";
import { itemNumber } from "../../store/digests.ts";
import { countReminder, reviewById, reviewsNearlyDue, unansweredReviews } from "../../store/reviews.ts";
import { lockTicket, ticketById } from "../../store/tickets.ts";
import type { Desk, MailingDesk } from "../desk.ts";
import { answerDueView } from "./answer-due.ts";
import { handOver } from "./hand-over.ts";
import { queueInside, sendQueued } from "./inside-mail.ts";
import { transact } from "../unit.ts";
import { firstName } from "../words.ts";
import { nextReviewer } from "./next-reviewer.ts";

type Reminding = MailingDesk & Pick<Desk, "key">;

/** After this long without an answer the technician is reminded; after twice that the next in line is asked. */
const REMIND_AFTER_MS = 4 * 60 * 60 * 1000;
const AT_ONCE = 20;
/** A digest that came just now needs no reminder. */
const JUST_ASKED_MS = 5 * 60 * 1000;

/**
 * One reminder a review, sooner where the client was promised an answer. A reply to it counts as a reply to its digest.
 */
export async function remindReviewers(desk: Reminding): Promise<void> {
  const db = desk.database.reader;
  const now = desk.clock();
  const long = await unansweredReviews(db, ago(desk, REMIND_AFTER_MS), 0, AT_ONCE);
  const due = await reviewsNearlyDue(db, ago(desk, JUST_ASKED_MS), now.toISOString(), AT_ONCE);
  const waiting = [...long, ...due.filter((one) => !long.some(({ id }) => id === one.id))];
  if (waiting.length === 0) return;
  const { technicians, templates } = await desk.directory.current();
  for (const review of waiting) {
    const technician = technicians.find((one) => one.id === review.technicianId && one.active);
    const { digestId } = review;
    if (technician === undefined || digestId === null) continue;
    const outboxId = await transact(desk, "remind", async (unit) => {
      const ticket = await ticketById(unit.db, review.ticketId);
      const number = await itemNumber(unit.db, digestId, review.id);
      if (ticket === null || number === null) return null;
      // Two workers look at the same list: one of them reminds.
      if (!(await countReminder(unit.db, review.id, review.reminders))) return null;
      unit.record({
        stream: `ticket:${ticket.id}`,
        actor: deskActor("review"),
        kind: "review.reminded",
        sentence: `${technician.name} was reminded of #${ticket.number}.`,
        evidence: { reviewId: review.id },
      });
      const due = answerDueView(review, ticket, {
        now,
        round: now,
        timeZone: desk.settings.timeZone,
      });
      const mail = renderReminder(templates, {
        deskName: desk.settings.name,
        firstName: firstName(technician.name),
        digestSubject: `[Review] #${ticket.number} ${ticket.subject} · ref ${digestReference(desk.key, digestId)}`,
        waitingSince: waitedInWords(now.getTime() - Date.parse(review.askedAt)),
        items: [
          {
            number,
            ticketNumber: ticket.number,
            headline: ticket.subject,
            due: due === null ? "" : `first answer ${due.words}`,
          },
        ],
        next: null,
      });
      const replyTo = reviewAddress(desk.settings.reviewAddress, deriveToken(desk.key, digestId));
      return queueInside(desk, unit, { kind: "reminder", technician, mail, ticketId: ticket.id, replyTo });
    });
    if (outboxId !== null) await sendQueued(desk, outboxId);
  }
}

/** No answer after the reminder either: the next in line is asked, in their own name; after them an admin. */
export async function askNextInLine(desk: Reminding): Promise<void> {
  const since = ago(desk, 2 * REMIND_AFTER_MS);
  const waiting = [
    ...(await unansweredReviews(desk.database.reader, since, 1, AT_ONCE)),
    ...(await unansweredReviews(desk.database.reader, since, 2, AT_ONCE)),
  ];
  if (waiting.length === 0) return;
  const directory = await desk.directory.current();
  const { loads } = directory;
  for (const review of waiting) {
    const technicians =
      review.reminders === 1
        ? directory.technicians
        : directory.technicians.filter((one) => one.role === "admin");
    await transact(desk, "next-in-line", async (unit) => {
      const ticket = await lockTicket(unit.db, review.ticketId);
      if (ticket === null || !(await countReminder(unit.db, review.id, review.reminders))) return;
      const still = (await reviewById(unit.db, review.id)) ?? review;
      const { technician: next, reason } = nextReviewer(
        desk,
        { technicians, loads },
        { assigneeId: null, queue: ticket.queue },
        unit.at,
        review.technicianId === null ? [] : [review.technicianId],
      );
      if (next === null) return;
      unit.record({
        stream: `ticket:${ticket.id}`,
        actor: deskActor("review"),
        kind: "review.next-in-line",
        sentence: `No answer after the reminder: ${reason}`,
        evidence: { reviewId: review.id, technicianId: next.id },
      });
      await handOver(desk, unit, still, next, {
        actor: deskActor("review"),
        reason: "the next in line was asked",
        alone: true,
      });
    });
  }
}

/** `four hours`, `75 minutes`: whole hours only from four on, since nobody counts their minutes. */
function waitedInWords(milliseconds: number): string {
  const unit = milliseconds >= REMIND_AFTER_MS ? 60 * 60 * 1000 : 60 * 1000;
  return durationInWords(Math.max(1, Math.floor(milliseconds / unit)) * unit) ?? "";
}

const ago = (desk: Reminding, milliseconds: number): string =>
  new Date(desk.clock().getTime() - milliseconds).toISOString();
