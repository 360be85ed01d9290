import { PermanentError, reasonOf, TemporaryError } from "../../errors.ts";
import { desk as deskActor } from "../../desk/event.ts";
import type { SmtpOutcome } from "../../transport/smtp-outcome.ts";
import { actsOf } from "../../store/acts.ts";
import { draftById } from "../../store/drafts.ts";
import { insertOutbound, setRelayMessageId } from "../../store/messages.ts";
import { insertDelivery, releaseById, type Release } from "../../store/releases.ts";
import { readSetting } from "../../store/settings.ts";
import { moveDraft, moveRelease, moveTicket } from "../../store/transition.ts";
import { callBackGranted } from "../review/call-back-granted.ts";
import type { Desk, MailingDesk } from "../desk.ts";
import { confirmDelivery } from "./confirm-delivery.ts";
import { queueDeliveryNotice } from "./delivery-notice.ts";
import { doubtDelivery } from "./doubt-delivery.ts";
import { freezeIfRestored } from "../upkeep/freeze.ts";
import { sendQueued } from "../review/inside-mail.ts";
import { transact, type Unit } from "../unit.ts";

type Delivering = MailingDesk & Pick<Desk, "witness" | "sentCopy">;

/** A worker holds a release for this long without a sign of life; then another may look at it. */
const LEASE_MS = 45_000;
/** A relay that defers for this long has refused. RFC 5321 §4.5.4.1 wants four to five days. */
const GIVE_UP_AFTER_MS = 4 * 24 * 60 * 60 * 1000;

/**
 * Hand one release to the relay, once (protocol §4). Takes nothing but a release, which cannot exist without its
 * authorisation. Safe to run again: whoever does not get the claim does nothing.
 */
export async function deliver(desk: Delivering, releaseId: number): Promise<void> {
  // Nothing leaves while a person has not looked at a restored database; `thaw` asks for this release again.
  if (await freezeIfRestored(desk)) return;
  const release = await claim(desk, releaseId);
  if (release === null) return;
  const renewal = setInterval(() => void renew(desk, release), LEASE_MS / 3);
  let outcome: SmtpOutcome;
  try {
    outcome = await desk.mail.attempt({
      from: release.envelopeFrom,
      to: release.envelopeTo,
      mime: release.mime,
      onStarted: () => markStarted(desk, release),
    });
  } catch (error) {
    // What no relay may be given will not be different next time: nothing was sent, and a person is told.
    if (!(error instanceof PermanentError)) throw error;
    outcome = { state: "rejected", code: 0, enhancedCode: "", text: `nothing was sent: ${error.message}` };
  } finally {
    clearInterval(renewal);
  }
  desk.failPoint("deliver: after the relay's answer");
  const notices = await transact(desk, "settle", (unit) => settle(desk, unit, release, outcome));
  for (const notice of notices) await sendQueued(desk, notice);
}

/** held → ready → claimed, as one step where the hold is over. The reply joins its ticket before it leaves. */
async function claim(desk: Delivering, releaseId: number): Promise<Release | null> {
  return transact(desk, "claim", async (unit) => {
    const release = await releaseById(unit.db, releaseId);
    if (release === null) return null;
    if (release.status === "held") {
      if (release.holdUntil > unit.now) {
        unit.enqueue({ kind: "deliver", payload: { releaseId }, runAt: release.holdUntil });
        return null;
      }
      // The stop switch stops what a policy let out and has not left; what a person released goes.
      if (release.authorisation.kind === "grant" && (await readSetting(unit.db, "paused")) === "1") {
        await callBack(desk, unit, release);
        return null;
      }
      if (!(await moveRelease(unit, { id: release.id, verb: "free" }, null))) return null;
      await joinTicket(unit, release);
    }
    if (release.status === "deferred" && release.nextAttemptAt > unit.now) {
      unit.enqueue({ kind: "deliver", payload: { releaseId }, runAt: release.nextAttemptAt });
      return null;
    }
    const fence = release.fence + 1;
    const attempts = release.attempts + 1;
    const claimed = await moveRelease(
      unit,
      {
        id: release.id,
        verb: "claim",
        only: { fence: release.fence },
        also: { fence, attempts, lease_until: leaseEnd(unit.at) },
      },
      null,
    );
    return claimed ? { ...release, fence, attempts } : null;
  });
}

async function callBack(desk: Pick<Desk, "settings">, unit: Unit, release: Release): Promise<void> {
  const acts = await actsOf(unit.db, release.ticketId);
  await callBackGranted(desk, unit, release, {
    actor: deskActor("delivery"),
    sentence: "The desk is paused, so what a policy had let out was called back.",
    technicianId: acts.find((act) => act.draftId === release.draftId)?.technicianId ?? null,
  });
}

async function joinTicket(unit: Unit, release: Release): Promise<void> {
  const draft = await draftById(unit.db, release.draftId);
  if (draft === null) return;
  const { content } = draft;
  await insertOutbound(
    unit.db,
    {
      ticketId: release.ticketId,
      messageId: release.messageId,
      from: content.from,
      to: content.to,
      cc: content.cc,
      subject: content.subject,
      text: content.body,
    },
    unit.now,
  );
  const stream = `ticket:${release.ticketId}`;
  await moveDraft(
    unit,
    { id: draft.id, verb: "release" },
    {
      stream,
      actor: deskActor("delivery"),
      kind: "draft.released",
      sentence: `Draft ${draft.revision} was released to ${release.envelopeTo.join(", ")}.`,
      evidence: { releaseId: release.id, authorisation: release.authorisation },
    },
  );
  // An acknowledgement is no answer: the ticket still waits for one.
  if (draft.kind === "reply") {
    await moveTicket(
      unit,
      { id: release.ticketId, verb: "await-client" },
      {
        stream,
        actor: deskActor("delivery"),
        kind: "ticket.pending",
        sentence: "The ticket waits for the client.",
        evidence: {},
      },
    );
  }
}

const leaseEnd = (at: Date): string => new Date(at.getTime() + LEASE_MS).toISOString();

async function renew(desk: Delivering, release: Release): Promise<void> {
  try {
    await desk.database
      .db("releases")
      .where({ id: release.id, fence: release.fence })
      .update({ lease_until: leaseEnd(desk.clock()) });
  } catch (error) {
    desk.log.warn({ releaseId: release.id, error }, "the lease of a release could not be renewed");
  }
}

/** INVARIANT: this commits before the first byte leaves. A worker whose lease was taken finds another fence and sends nothing. */
async function markStarted(desk: Delivering, release: Release): Promise<void> {
  const started = await transact(desk, "start", async (unit) => {
    const moved = await moveRelease(
      unit,
      { id: release.id, verb: "start", only: { fence: release.fence } },
      {
        stream: `ticket:${release.ticketId}`,
        actor: deskActor("delivery"),
        kind: "release.started",
        sentence: `Attempt ${release.attempts} to hand over the reply began.`,
        evidence: { releaseId: release.id, attempt: release.attempts },
      },
    );
    if (moved)
      await insertDelivery(
        unit.db,
        { releaseId: release.id, attempt: release.attempts, outcome: "started" },
        unit.now,
      );
    return moved;
  });
  if (!started) throw new TemporaryError("another worker holds this release now: nothing was sent");
  try {
    await desk.witness.handedOver(release.messageId, desk.clock().toISOString());
  } catch (error) {
    // A full disk must not silence the desk: it is told of a restored backup by the newest event all the same.
    desk.log.warn(
      { releaseId: release.id, reason: reasonOf(error) },
      "the hand-over could not be noted outside",
    );
  }
}

/** Write down what came of the attempt. Answers the notices to send. */
async function settle(
  desk: Delivering,
  unit: Unit,
  release: Release,
  outcome: SmtpOutcome,
): Promise<readonly number[]> {
  if (outcome.state === "uncertain") {
    return doubtDelivery(desk, unit, release, {
      sentence: `The line was lost after the hand-over of the reply to ${release.envelopeTo.join(", ")} began; nobody knows whether it arrived. It is not sent again by itself.`,
      seen: outcome.text,
      diagnostic: outcome.text,
    });
  }
  const expired =
    outcome.state === "deferred" && unit.at.getTime() - Date.parse(release.createdAt) > GIVE_UP_AFTER_MS;
  const state = expired ? "rejected" : outcome.state;
  const nextAttemptAt = new Date(
    unit.at.getTime() + backoffMs(release.attempts, desk.random(1)[0] ?? 0),
  ).toISOString();
  const verb = { accepted: "accept", deferred: "defer", rejected: "reject" }[state];
  const relayMessageId = outcome.state === "accepted" ? outcome.relayMessageId : null;
  const moved = await moveRelease(
    unit,
    {
      id: release.id,
      verb,
      only: { fence: release.fence },
      also: {
        lease_until: null,
        ...(state === "deferred" ? { next_attempt_at: nextAttemptAt } : { finished_at: unit.now }),
        ...(relayMessageId === null ? {} : { relay_message_id: relayMessageId }),
      },
    },
    {
      stream: `ticket:${release.ticketId}`,
      actor: deskActor("delivery"),
      kind: `release.${state}`,
      sentence: sentenceFor(state, release, outcome),
      evidence: {
        releaseId: release.id,
        attempt: release.attempts,
        smtpCode: outcome.code,
        enhancedCode: outcome.enhancedCode,
      },
    },
  );
  if (!moved) {
    await settleLate(unit, release, outcome);
    return [];
  }
  await insertDelivery(
    unit.db,
    {
      releaseId: release.id,
      attempt: release.attempts,
      outcome: state,
      smtpCode: outcome.code,
      enhancedCode: outcome.enhancedCode,
      text: outcome.text,
      finishedAt: unit.now,
    },
    unit.now,
  );
  if (relayMessageId !== null) await setRelayMessageId(unit.db, release.messageId, relayMessageId);
  if (state === "deferred") {
    unit.enqueue({ kind: "deliver", payload: { releaseId: release.id }, runAt: nextAttemptAt });
    return [];
  }
  await moveDraft(unit, { id: release.draftId, verb: state === "accepted" ? "send" : "fail" }, null);
  if (state === "accepted") return [];
  const refused = outcome.state === "rejected" ? outcome.refused : undefined;
  return queueDeliveryNotice(desk, unit, release, {
    state: "rejected",
    diagnostic: outcome.text,
    ...(refused === undefined ? {} : { refused }),
  });
}

/**
 * Given up as uncertain while this worker was stopped; it woke, and knows the relay's answer. A 250 settles the doubt. A
 * refusal is written down for the person who decides: what was resolved or sent again meanwhile is not touched.
 */
async function settleLate(
  unit: Unit,
  release: Release,
  outcome: Exclude<SmtpOutcome, { state: "uncertain" }>,
): Promise<void> {
  const to = release.envelopeTo.join(", ");
  if (outcome.state === "accepted") {
    const confirmed = await confirmDelivery(unit, release, {
      actor: deskActor("delivery"),
      sentence: `The relay took the reply to ${to}; its answer was only late.`,
      evidence: { smtpCode: outcome.code },
      text: outcome.text,
      smtpCode: outcome.code,
      enhancedCode: outcome.enhancedCode,
      only: { fence: release.fence },
    });
    if (confirmed) return;
  }
  unit.record({
    stream: `ticket:${release.ticketId}`,
    actor: deskActor("delivery"),
    kind: "release.answered-late",
    sentence: `A worker that had been given up woke: on attempt ${release.attempts} the relay had ${outcome.state} the reply to ${to}.`,
    evidence: { releaseId: release.id, attempt: release.attempts, smtpCode: outcome.code },
  });
}

function sentenceFor(state: string, release: Release, outcome: SmtpOutcome): string {
  const to = release.envelopeTo.join(", ");
  if (state === "accepted") return `The relay took the reply to ${to}.`;
  if (state === "deferred") return `The relay asked to try later: ${outcome.text}`;
  return `The relay refused the reply to ${to}: ${outcome.text}`;
}

/** 30 s, 2 min, 8 min, then half-hours; a quarter either way, so that many do not come back at once. */
function backoffMs(attempts: number, random: number): number {
  const base = Math.min(30_000 * 4 ** (attempts - 1), 30 * 60_000);
  return base * (0.75 + (random / 255) * 0.5);
}
