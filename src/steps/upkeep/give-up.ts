import { desk as deskActor } from "../../desk/event.ts";
import type { Technician } from "../../desk/ticket.ts";
import { renderAdminAlert } from "../../review/notices.ts";
import { draftById, insertDraft } from "../../store/drafts.ts";
import { messageById, type MessageRecord } from "../../store/messages.ts";
import { askAgain, insertReview, reviewById, reviewsOf } from "../../store/reviews.ts";
import { lockTicket } from "../../store/tickets.ts";
import { moveMessage, moveTicket } from "../../store/transition.ts";
import { alertAdmins } from "./alert-admins.ts";
import type { Directory, MailingDesk } from "../desk.ts";
import { quarantine } from "../filing/file.ts";
import { technicianAt } from "../filing/file-facts.ts";
import { queueInside, sendQueued } from "../review/inside-mail.ts";
import { askForDigest } from "../review/request-review.ts";
import { transact, type Unit } from "../unit.ts";
import { nextReviewer } from "../review/next-reviewer.ts";

type GivingUp = MailingDesk;

const CLIENT_MAIL: ReadonlySet<string> = new Set(["new-ticket", "follow-up", "spam-suspect"]);

/**
 * The work on a message failed for good. One that was never filed is quarantined; a client's that was filed is asked of a
 * technician without a draft; a technician's reply that could not be checked is answered with "nothing was done".
 */
export async function giveUp(desk: GivingUp, messageId: number, reason: string): Promise<void> {
  const stored = await messageById(desk.database.db, messageId);
  if (stored === null) return;
  if (stored.status === "received") {
    await quarantine(desk, messageId, "gave-up", reason);
    return;
  }
  const directory = await desk.directory.current();
  const outboxIds = await transact(desk, "give-up", (unit) =>
    stored.disposition !== null && CLIENT_MAIL.has(stored.disposition)
      ? askWithoutDraft(desk, unit, directory, stored, reason)
      : stored.disposition === "review-reply"
        ? sayNothingWasDone(desk, unit, directory, stored, reason)
        : Promise.resolve([]),
  );
  for (const id of outboxIds) await sendQueued(desk, id);
}

/**
 * Another draft was asked for and could not be written: the one before it stands again as a new revision, so that its
 * technician is asked and the client is not left with nobody asked.
 */
export async function giveUpRedraft(
  desk: GivingUp,
  job: { readonly reviewId: number; readonly draftId: number; readonly technicianId: number },
  reason: string,
): Promise<void> {
  await transact(desk, "give-up-redraft", async (unit) => {
    const review = await reviewById(unit.db, job.reviewId);
    const previous = await draftById(unit.db, job.draftId);
    if (review?.status !== "open" || previous === null || review.draftId !== previous.id) return;
    const ticket = await lockTicket(unit.db, review.ticketId);
    // The client wrote meanwhile: the triage of that mail asks anew.
    if (ticket?.lastClientMessageId !== previous.basedOnMessageId || previous.status === "proposed") return;
    const draft = await insertDraft(
      unit.db,
      {
        ...previous,
        editedFromDraftId: previous.id,
        findings: {
          ...previous.findings,
          warnings: [
            "Another draft could not be written, so this is the one before. Edit it, or send a text of your own.",
            ...previous.findings.warnings,
          ],
        },
      },
      unit.now,
    );
    const technicianId = review.technicianId ?? job.technicianId;
    await askAgain(unit.db, review.id, technicianId, { draftId: draft.id });
    unit.record({
      stream: `ticket:${ticket.id}`,
      actor: deskActor("assistant"),
      kind: "draft.redraft-gave-up",
      sentence: `Another draft could not be written, so draft ${draft.revision} is the one before: ${reason}`,
      evidence: { code: "gave-up", draftId: draft.id, from: previous.id, reviewId: review.id },
    });
    askForDigest(desk, unit, technicianId, review.id);
  });
}

/** Admins hear of work that was given up: once an hour for each kind, however much of it there is. */
export async function tellOfGivenUpJob(desk: GivingUp, kind: string, reason: string): Promise<void> {
  const directory = await desk.directory.current();
  const ids = await transact(desk, "given-up", (unit) =>
    alertAdmins(desk, unit, directory, {
      title: `${JOB_WORDS[kind] ?? "A piece of work"} was given up`,
      sentences: [
        "The desk tried several times. The job is kept, and GET /readyz counts it; further ones of this kind within the hour are not mailed.",
        "When the cause is mended, start the desk anew or ask for the work again in the console.",
      ],
      facts: [{ label: "Job", text: kind }],
      diagnostic: reason,
      occasion: `given up ${kind} ${unit.now.slice(0, 13)}`,
    }),
  );
  for (const id of ids) await sendQueued(desk, id);
}

const JOB_WORDS: Readonly<Record<string, string>> = {
  "handle-message": "The reading of a mail",
  "send-digest": "A digest",
  deliver: "The delivery of a reply",
  redraft: "Another draft",
  "sent-copy": "A look into the Sent folder",
};

async function askWithoutDraft(
  desk: GivingUp,
  unit: Unit,
  directory: Directory,
  stored: MessageRecord,
  reason: string,
): Promise<readonly number[]> {
  const ticket = stored.ticketId === null ? null : await lockTicket(unit.db, stored.ticketId);
  const current = await messageById(unit.db, stored.id);
  // A newer message has its own triage, which reads this one too.
  if (ticket === null || current?.triage !== null || ticket.lastClientMessageId !== stored.id) return [];
  // Given up before, by a worker that ended right after: somebody is asked already. A newer mail would have voided it.
  if ((await reviewsOf(unit.db, ticket.id)).some(({ status }) => status === "open" || status === "snoozed"))
    return [];
  if (ticket.status === "new") {
    await moveTicket(
      unit,
      { id: ticket.id, verb: "open" },
      {
        stream: `ticket:${ticket.id}`,
        actor: deskActor("assistant"),
        kind: "ticket.open",
        sentence: `#${ticket.number} is open.`,
        evidence: {},
      },
    );
  }
  const asked = nextReviewer(desk, directory, ticket, unit.at);
  const technicianId = asked.technician?.id ?? null;
  const reviewId = await insertReview(
    unit.db,
    {
      ticketId: ticket.id,
      draftId: null,
      technicianId,
      urgent: true,
      risk: { highRisk: false, codes: [], reasons: [] },
      actions: [],
      reasons: [`The desk could not draft a reply: ${reason}`],
      answerDueAt: null,
      remindAt: null,
      expiresAt: new Date(unit.at.getTime() + desk.settings.review.expiresMs).toISOString(),
    },
    unit.now,
  );
  unit.record({
    stream: `ticket:${ticket.id}`,
    actor: deskActor("assistant"),
    kind: "message.gave-up",
    sentence: `Message ${stored.id} could not be triaged, so a person is asked without a draft: ${reason}`,
    evidence: { messageId: stored.id, code: "gave-up", reviewId, technicianId },
  });
  if (technicianId !== null) askForDigest(desk, unit, technicianId, reviewId);
  return [];
}

async function sayNothingWasDone(
  desk: GivingUp,
  unit: Unit,
  directory: Directory,
  stored: MessageRecord,
  reason: string,
): Promise<readonly number[]> {
  const moved = await moveMessage(
    unit,
    stored.id,
    "set-aside",
    {
      disposition: "quarantined",
      disposition_code: "gave-up",
      disposition_reason: `Nothing was done: ${reason}`,
    },
    {
      stream: `message:${stored.id}`,
      actor: deskActor("gate"),
      kind: "review.gave-up",
      sentence: `A review reply could not be checked, and nothing was done: ${reason}`,
      evidence: { code: "gave-up", messageId: stored.id },
    },
  );
  if (!moved) return [];
  const from = stored.fromAddress ?? "";
  const alerts = await alertAdmins(desk, unit, directory, {
    title: "A review reply could not be checked",
    sentences: [
      "Nothing was done with it, and nothing was sent to any client. Further ones within the hour are not mailed.",
      `It is kept. When the cause is mended, “Try again” in the console (${desk.settings.webUrl}/mail?disposition=quarantined) or “countersign quarantine retry ${stored.id} --as YOU” checks it once more.`,
    ],
    facts: [
      { label: "Message", text: String(stored.id) },
      { label: "From", text: from },
    ],
    diagnostic: reason,
    occasion: `review reply given up ${unit.now.slice(0, 13)}`,
  });
  // Nobody has proven who wrote it: the answer goes to the registered address alone, and quotes nothing of it.
  const technician: Technician | null = technicianAt(directory.technicians, from);
  if (technician === null) return alerts;
  const mail = renderAdminAlert(directory.templates, {
    deskName: desk.settings.name,
    title: "A reply of yours could not be checked",
    sentences: [
      "Nothing was done with it, and nothing was sent to any client. If it was yours, reply to the digest once more.",
    ],
    facts: [{ label: "Subject", text: stored.subject ?? "" }],
    diagnostic: reason,
  });
  return [...alerts, await queueInside(desk, unit, { kind: "notice", technician, mail, ticketId: null })];
}
