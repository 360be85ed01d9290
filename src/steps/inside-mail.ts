import { TemporaryError, reasonOf } from "../errors.ts";
import { composeInside, newMessageId } from "../mail/compose/compose.ts";
import type { Technician } from "../desk/ticket.ts";
import type { RenderedMail } from "../review/digest-view.ts";
import {
  deferInsideMail,
  dueInsideMail,
  insertInsideMail,
  insideMailById,
  type InsideKind,
  type InsideMail,
} from "../store/outbox.ts";
import { moveOutbox } from "../store/transition.ts";
import type { Desk } from "./desk.ts";
import { randomName } from "./release.ts";
import type { Unit } from "./unit.ts";

type Sending = Pick<
  Desk,
  "database" | "clock" | "mail" | "sealing" | "directory" | "settings" | "log" | "failPoint"
>;

/** The sweep leaves a fresh mail to the step that queued it, which sends it right after its commit. */
const GRACE_MS = 20_000;
const MAX_ATTEMPTS = 12;

export interface InsideDraft {
  readonly kind: InsideKind;
  readonly technician: Technician;
  readonly mail: RenderedMail;
  readonly ticketId: number | null;
  /** Where an answer goes; the review address with its token. */
  readonly replyTo?: string;
  /** The mail that this one answers. */
  readonly inReplyTo?: string | null;
  /** A name for the Message-ID, so that a step which runs twice queues one mail; random where left out. */
  readonly name?: string;
}

/** Compose mail for a technician and put it into the outbox, in the caller's transaction. Answers its outbox id. */
export async function queueInside(
  desk: Pick<Desk, "settings" | "sealing" | "random">,
  unit: Unit,
  draft: InsideDraft,
): Promise<number> {
  const { settings } = desk;
  const domain = settings.reviewAddress.slice(settings.reviewAddress.lastIndexOf("@") + 1);
  const messageId = newMessageId(draft.name ?? randomName(desk), domain);
  const mime = await composeInside({
    from: { name: settings.name, address: settings.reviewAddress },
    to: { name: draft.technician.name, address: draft.technician.email },
    ...(draft.replyTo === undefined ? {} : { replyTo: { name: settings.name, address: draft.replyTo } }),
    subject: draft.mail.subject,
    text: draft.mail.text,
    html: draft.mail.html,
    messageId,
    inReplyTo: draft.inReplyTo ?? null,
    references: draft.inReplyTo ? [draft.inReplyTo] : [],
    date: unit.at,
    autoSubmitted: true,
  });
  const retryAt = new Date(unit.at.getTime() + GRACE_MS).toISOString();
  return insertInsideMail(
    unit.db,
    {
      kind: draft.kind,
      technicianId: draft.technician.id,
      messageId,
      ticketId: draft.ticketId,
      sealedMail: desk.sealing.seal(mime),
    },
    unit.now,
    retryAt,
  );
}

/** Send a queued mail now. A failure is not the caller's: the sweep tries again with the same bytes. */
export async function sendQueued(desk: Sending, outboxId: number): Promise<void> {
  const mail = await insideMailById(desk.database.db, outboxId);
  if (mail !== null) await send(desk, mail);
}

/** Mail left over from a crash or a refusal, whose time has come. */
export async function sweepOutbox(desk: Sending): Promise<number> {
  const due = await dueInsideMail(desk.database.db, desk.clock().toISOString(), 50);
  for (const mail of due) await send(desk, mail);
  return due.length;
}

async function send(desk: Sending, mail: InsideMail): Promise<void> {
  const { technicians } = await desk.directory.current();
  const technician = technicians.find((one) => one.id === mail.technicianId);
  const now = desk.clock().toISOString();
  if (technician === undefined || !technician.active) {
    await moveOutbox(desk.database.db, mail.id, "failed", {
      last_error: "the technician is no longer active",
    });
    return;
  }
  const problem = await hand(desk, mail, technician.email);
  desk.failPoint("inside mail: after the relay's answer");
  if (problem === null) {
    await moveOutbox(desk.database.db, mail.id, "sent", { sent_at: now, attempts: mail.attempts + 1 });
    return;
  }
  const attempts = mail.attempts + 1;
  desk.log.warn(
    { outboxId: mail.id, kind: mail.kind, attempts, problem },
    "mail to a technician was not taken by the relay",
  );
  if (attempts >= MAX_ATTEMPTS)
    await moveOutbox(desk.database.db, mail.id, "failed", { attempts, last_error: problem });
  else
    await deferInsideMail(
      desk.database.db,
      mail.id,
      attempts,
      new Date(desk.clock().getTime() + Math.min(10_000 * 2 ** attempts, 1_800_000)).toISOString(),
      problem,
    );
}

/** `null` when the relay took it. */
async function hand(desk: Sending, mail: InsideMail, to: string): Promise<string | null> {
  try {
    const outcome = await desk.mail.inside({
      from: desk.settings.reviewAddress,
      to,
      mime: desk.sealing.open(mail.sealedMail),
    });
    return outcome.state === "accepted" ? null : outcome.text;
  } catch (error) {
    if (error instanceof TemporaryError) return error.message;
    return reasonOf(error);
  }
}
