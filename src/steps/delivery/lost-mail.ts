import { desk as deskActor } from "../../desk/event.ts";
import type { DeliveryStatus } from "../../mail/message.ts";
import {
  lostMailSince,
  markTold,
  openReviewsAskedBy,
  untoldLostMail,
  type LostInsideMail,
} from "../../store/outbox.ts";
import { reviewById } from "../../store/reviews.ts";
import { lockTicket } from "../../store/tickets.ts";
import { moveOutbox } from "../../store/transition.ts";
import { alertAdmins } from "../upkeep/alert-admins.ts";
import type { Directory, MailingDesk } from "../desk.ts";
import { handOver } from "../review/hand-over.ts";
import { sendQueued } from "../review/inside-mail.ts";
import { transact, type Unit } from "../unit.ts";
import { nextReviewer } from "../review/next-reviewer.ts";

const AT_ONCE = 20;
const DAY_MS = 24 * 60 * 60 * 1000;

/** A digest or a transcript came back. The sweep tells of it, as of one that the relay never took. */
export async function recordInsideBounce(
  unit: Unit,
  outboxId: number,
  status: DeliveryStatus | null,
): Promise<void> {
  // A delay is no loss.
  if (status === null || (status.kind !== "hard" && status.action !== "failed")) return;
  await moveOutbox(unit.db, outboxId, "bounced", {
    last_error:
      `it came back: ${[status.reason, status.diagnostic].filter((part) => part !== "").join("; ")}`.slice(
        0,
        500,
      ),
  });
}

/**
 * Mail to a technician that never arrived: admins are told, at addresses that work, and what it asked is asked of the next
 * in line. Each is told once, whoever sweeps.
 */
export async function tellOfLostMail(desk: MailingDesk): Promise<void> {
  const untold = await untoldLostMail(desk.database.reader, AT_ONCE);
  if (untold.length === 0) return;
  const directory = await desk.directory.current();
  for (const lost of untold) {
    const ids = await transact(desk, "lost-mail", (unit) => tellOf(desk, unit, directory, lost));
    for (const id of ids) await sendQueued(desk, id);
  }
}

async function tellOf(
  desk: MailingDesk,
  unit: Unit,
  directory: Directory,
  lost: LostInsideMail,
): Promise<readonly number[]> {
  if (!(await markTold(unit.db, lost.id, unit.now))) return [];
  const technician = directory.technicians.find((one) => one.id === lost.technicianId);
  // Whoever has left is not written to any more: `askForTheAbsent` passes their questions on. And of an alert that failed
  // nobody is told by another alert.
  if (technician?.active !== true || lost.kind === "alert") return [];
  const since = new Date(unit.at.getTime() - DAY_MS).toISOString();
  const unreachable = (await lostMailSince(unit.db, since, 500)).map((one) => one.technicianId);
  const passedOn = await passOn(desk, unit, directory, lost, [lost.technicianId, ...unreachable]);
  unit.record({
    stream: "desk",
    actor: deskActor("delivery"),
    kind: "inside-mail.lost",
    sentence: `A ${lost.kind} to ${technician.email} never arrived: ${lost.reason}`,
    evidence: { outboxId: lost.id, technicianId: technician.id, reviews: passedOn },
  });
  return alertAdmins(desk, unit, directory, {
    title: `Mail to ${technician.name} does not arrive`,
    sentences: [
      `A ${lost.kind} to ${technician.email} was given up: the desk cannot reach this technician by mail.`,
      passedOn.length > 0
        ? `What it asked is asked of the next in line: ${passedOn.length === 1 ? "one review" : `${passedOn.length} reviews`}.`
        : "It held no open review that could be asked of somebody else.",
      "Check the address and the mailbox; correct it in desk.yaml and import that.",
    ],
    facts: [{ label: "Address", text: technician.email }],
    diagnostic: lost.reason,
    except: [...new Set([technician.id, ...unreachable])],
    occasion: `lost mail ${technician.id} ${lost.kind} ${unit.now.slice(0, 13)}`,
  });
}

/** The open reviews of a lost digest go to somebody who can be reached. Answers which; none where nobody can. */
async function passOn(
  desk: MailingDesk,
  unit: Unit,
  directory: Directory,
  lost: LostInsideMail,
  exclude: readonly number[],
): Promise<readonly number[]> {
  const passed: number[] = [];
  for (const reviewId of await openReviewsAskedBy(unit.db, lost.id)) {
    const review = await reviewById(unit.db, reviewId);
    const ticket = review === null ? null : await lockTicket(unit.db, review.ticketId);
    if (review === null || ticket === null) continue;
    const { technician: next, reason } = nextReviewer(desk, directory, ticket, unit.at, exclude);
    if (next === null) continue;
    unit.record({
      stream: `ticket:${ticket.id}`,
      actor: deskActor("review"),
      kind: "review.asked-another",
      sentence: `The digest never arrived, so another is asked: ${reason}`,
      evidence: { reviewId, from: lost.technicianId, technicianId: next.id, outboxId: lost.id },
    });
    await handOver(desk, unit, review, next, {
      actor: deskActor("review"),
      reason: "its digest never arrived",
      alone: true,
    });
    passed.push(reviewId);
  }
  return passed;
}
