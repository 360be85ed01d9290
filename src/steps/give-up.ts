import { createHash } from "node:crypto";
import { desk as deskActor } from "../desk/event.ts";
import { reviewersFor } from "../desk/routing.ts";
import type { Technician } from "../desk/ticket.ts";
import { renderAdminAlert } from "../review/notices.ts";
import { messageById, setDisposition, type MessageRecord } from "../store/messages.ts";
import { insideMailExists } from "../store/outbox.ts";
import { insertReview } from "../store/reviews.ts";
import { lockTicket } from "../store/tickets.ts";
import { moveTicket } from "../store/transition.ts";
import type { Directory, MailingDesk } from "./desk.ts";
import { quarantine } from "./file.ts";
import { technicianAt } from "./file-facts.ts";
import { queueInside, sendQueued } from "./inside-mail.ts";
import { askForDigest } from "./request-review.ts";
import { transact, type Unit } from "./unit.ts";

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
  const asked = reviewersFor({
    assigneeId: ticket.assigneeId,
    queueName: ticket.queue,
    technicians: directory.technicians,
    loads: directory.loads,
    now: unit.at,
    timeZone: desk.settings.timeZone,
    exclude: [],
  });
  const technicianId = asked.technicianIds[0] ?? null;
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
  const name = createHash("sha256").update(`gave up ${stored.id}`).digest("hex").slice(0, 32);
  const domain = desk.settings.reviewAddress.split("@").at(-1) ?? "";
  if (await insideMailExists(unit.db, `<${name}@${domain}>`)) return [];
  await setDisposition(unit.db, stored.id, "gave-up", `Nothing was done: ${reason}`);
  unit.record({
    stream: `message:${stored.id}`,
    actor: deskActor("gate"),
    kind: "review.gave-up",
    sentence: `A review reply could not be checked, and nothing was done: ${reason}`,
    evidence: { code: "gave-up", messageId: stored.id },
  });
  // Nobody has proven who wrote it: the answer goes to the registered address alone, and quotes nothing of it.
  const technician: Technician | null = technicianAt(directory.technicians, stored.fromAddress ?? "");
  if (technician === null) return [];
  const mail = renderAdminAlert(directory.templates, {
    deskName: desk.settings.name,
    title: "A reply of yours could not be checked",
    sentences: [
      "Nothing was done with it, and nothing was sent to any client. If it was yours, reply to the digest once more.",
    ],
    facts: [{ label: "Subject", text: stored.subject ?? "" }],
    diagnostic: reason,
  });
  return [await queueInside(desk, unit, { kind: "notice", technician, mail, ticketId: null, name })];
}
