import { TemporaryError, reasonOf } from "../../errors.ts";
import { composeInside, newMessageId } from "../../mail/compose/compose.ts";
import type { Technician } from "../../desk/ticket.ts";
import type { RenderedMail } from "../../review/digest-view.ts";
import {
  claimInsideMail,
  deferInsideMail,
  dueInsideMail,
  insertInsideMail,
  insideMailById,
  keepInsideMail,
  type InsideKind,
  type InsideMail,
} from "../../store/outbox.ts";
import { moveOutbox } from "../../store/transition.ts";
import type { Desk } from "../desk.ts";
import { randomName } from "../delivery/release.ts";
import type { Unit } from "../unit.ts";

type Queueing = Pick<Desk, "settings" | "sealing" | "random">;
type Sending = Pick<
  Desk,
  "database" | "clock" | "mail" | "sealing" | "directory" | "settings" | "log" | "failPoint"
>;

/**
 * For so long a mail is its sender's alone: the sweep leaves a fresh one to the step that queued it, which sends it right
 * after its commit, and one sweep leaves it to the other. A slow relay prolongs it.
 */
const GRACE_MS = 20_000;
const MAX_ATTEMPTS = 12;

interface InsideDraft {
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
export async function queueInside(desk: Queueing, unit: Unit, draft: InsideDraft): Promise<number> {
  return (await queueToSend(desk, unit, draft)).id;
}

/** The same, answering what was queued: the caller that hands it to `sendQueued` after its commit spares a read. */
export async function queueToSend(desk: Queueing, unit: Unit, draft: InsideDraft): Promise<InsideMail> {
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
  const mail = {
    kind: draft.kind,
    technicianId: draft.technician.id,
    messageId,
    ticketId: draft.ticketId,
    sealedMail: desk.sealing.seal(mime),
  };
  return {
    ...mail,
    id: await insertInsideMail(unit.db, mail, unit.now, retryAt),
    attempts: 0,
    nextAttemptAt: retryAt,
  };
}

/** Send a queued mail now. A failure is not the caller's: the sweep tries again with the same bytes. */
export async function sendQueued(desk: Sending, queued: number | InsideMail): Promise<void> {
  const mail = typeof queued === "number" ? await insideMailById(desk.database.db, queued) : queued;
  if (mail === null) return;
  // Fresh, it is this caller's alone. Else a sweep has it, or may have it any moment.
  const isFresh = mail.attempts === 0 && mail.nextAttemptAt > desk.clock().toISOString();
  if (!isFresh && (mail.attempts > 0 || !(await claim(desk, mail)))) return;
  await send(desk, mail);
}

/** Mail left over from a crash or a refusal, whose time has come. */
export async function sweepOutbox(desk: Sending): Promise<number> {
  const due = await dueInsideMail(desk.database.db, desk.clock().toISOString(), 50);
  for (const mail of due) if (await claim(desk, mail)) await send(desk, mail);
  return due.length;
}

const graceEnd = (desk: Sending): string => new Date(desk.clock().getTime() + GRACE_MS).toISOString();

const claim = (desk: Sending, mail: InsideMail): Promise<boolean> =>
  claimInsideMail(desk.database.db, mail, graceEnd(desk));

/** What a restored database must not hold back: how a person gets in, and what tells them of it. */
const NEVER_FROZEN: ReadonlySet<InsideKind> = new Set(["login-link", "alert"]);

async function send(desk: Sending, mail: InsideMail): Promise<void> {
  const { technicians, frozen } = await desk.directory.current();
  if (frozen && !NEVER_FROZEN.has(mail.kind)) return;
  const technician = technicians.find((one) => one.id === mail.technicianId);
  const now = desk.clock().toISOString();
  if (technician === undefined || !technician.active) {
    await moveOutbox(desk.database.db, mail.id, "failed", {
      last_error: "the technician is no longer active",
    });
    return;
  }
  const renewal = setInterval(() => void prolong(desk, mail), GRACE_MS / 2);
  const problem = await hand(desk, mail, technician.email).finally(() => clearInterval(renewal));
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

async function prolong(desk: Sending, mail: InsideMail): Promise<void> {
  try {
    await keepInsideMail(desk.database.db, mail.id, graceEnd(desk));
  } catch (error) {
    desk.log.warn(
      { outboxId: mail.id, reason: reasonOf(error) },
      "the lease of a mail could not be prolonged",
    );
  }
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
