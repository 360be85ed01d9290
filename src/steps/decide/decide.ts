import { TemporaryError } from "../../errors.ts";
import type { Authentication } from "../../mail/authentication.ts";
import { fingerprintOf, readSignatureFields } from "../../mail/dkim-signature.ts";
import { hasAutomaticSubject } from "../../mail/automatic/automatic.ts";
import type { Mailbox, ParsedMessage } from "../../mail/message.ts";
import { person } from "../../desk/event.ts";
import { checkReply, isRegistered, type GateResult, type Refusal as GateRefusal } from "../../review/gate.ts";
import { intend, type Intention } from "../../review/reading/intention.ts";
import { readReviewReply } from "../../review/reading/reply-reading.ts";
import { bearsReference, digestReference, tokenHashIn, tokenIn } from "../../review/token.ts";
import type { Refusal } from "../../review/transcript.ts";
import { digestByToken, type DigestRecord } from "../../store/digests.ts";
import { messageById, setDisposition, type MessageRecord } from "../../store/messages.ts";
import { actedOnBefore } from "../../store/known-mail.ts";
import { claimSignatures, signatureSeen } from "../../store/reply-signatures.ts";
import { insideMailExists } from "../../store/outbox.ts";
import type { Deciding, Outcome } from "./deciding.ts";
import type { Directory } from "../desk.ts";
import { recipientsOf } from "../filing/file-facts.ts";
import { sendQueued } from "../review/inside-mail.ts";
import { perform } from "./perform.ts";
import { transact, type Unit } from "../unit.ts";
import { type DecidingDesk, type Reply, loadItems } from "./reply.ts";
import { transcriptName, queueTranscript } from "./answer.ts";
import { refusedUnproven } from "./elsewhere.ts";
import { isIdle, leftUnanswered, NOT_ANSWERED } from "./idle-reply.ts";
import { writeLessons } from "./teach.ts";
import { answerProbe } from "./probe-answer.ts";
import { recordDeferral, recordRefusal } from "./refused.ts";

/**
 * Act on a reply to a digest: the gate, then what it says, line by line, then one transcript. Everything commits in one
 * transaction, so a run that is repeated finds its transcript and does nothing.
 */
export async function decideReply(
  desk: DecidingDesk,
  stored: MessageRecord,
  message: ParsedMessage,
  authentication: Authentication | null,
): Promise<void> {
  const directory = await desk.directory.current();
  const base = desk.settings.reviewAddress;
  const hash = tokenHashIn([...recipientsOf(stored, message)], base);
  const digest = hash === null ? null : await digestByToken(desk.database.reader, hash);
  const author = message.from[0]?.address ?? "";
  const technician =
    directory.technicians.find((one) =>
      digest === null ? one.active && isRegistered(one, author) : one.id === digest.technicianId,
    ) ?? null;
  const inTo = tokenIn(addressesOf(message.to), base);
  const inHeaders = tokenIn(addressesOf([...message.to, ...message.cc]), base);
  const reply: Reply = { stored, message, digest, technician, token: inHeaders?.token ?? "" };
  const signatures = fingerprintsOf(message, authentication);
  const { review } = desk.settings;
  const gate = checkReply({
    message,
    automaticSubject: hasAutomaticSubject(message.subject),
    reversePath: stored.envelope?.reversePath ?? null,
    token: hash === null ? "none" : inHeaders === null ? "in-envelope" : "in-header",
    tokenField: inTo === null && inHeaders !== null ? "cc" : "to",
    messageIdSeen: await actedOnBefore(desk.database.reader, message.messageId, stored.id),
    signatureSeen: await signatureSeen(desk.database.reader, signatures, stored.id),
    onBehalf: onBehalfOf(message),
    digest,
    technician,
    accepted: review.identity,
    receivedAt: new Date(stored.receivedAt),
    authentication,
    border:
      review.authservId === "" ? null : { authservId: review.authservId, place: review.authservResults },
    exchangeMailbox:
      stored.source === "imap" ? (review.exchangeMailboxes.get(stored.account ?? "") ?? null) : null,
    bearsReference: digest !== null && bearsReference(message.subject, digestReference(desk.key, digest.id)),
    signingDomains: review.signingDomains,
    now: desk.clock(),
  });
  if (!gate.open && gate.code === "identity-deferred") {
    await recordDeferral(desk, reply, gate);
    throw new TemporaryError(gate.sentence);
  }
  const outboxIds = await transact(desk, "decide", (unit) =>
    commit(desk, unit, directory, { ...reply, signatures }, gate),
  );
  desk.directory.invalidate();
  for (const id of outboxIds) await sendQueued(desk, id);
}

const addressesOf = (mailboxes: readonly Mailbox[]): readonly string[] =>
  mailboxes.map((mailbox) => mailbox.address);

/** Every signature that it bears, by whomever: a copy may keep one of two that prove the same. */
function fingerprintsOf(message: ParsedMessage, authentication: Authentication | null): readonly string[] {
  const fields = readSignatureFields(message.headers)
    .filter(({ signature }) => signature !== "")
    .map(({ signature }) => fingerprintOf(signature));
  // What the desk verified itself was read by another reader, which may see a field that ours cannot.
  const checked = (authentication?.signatures ?? []).flatMap(({ fingerprint }) => fingerprint ?? []);
  return [...new Set([...fields, ...checked])];
}

/** Who sent or resent it in the author's name (RFC 5322 §3.6.2, §3.6.6). */
function onBehalfOf(message: ParsedMessage): readonly string[] {
  return [...(message.sender === null ? [] : [message.sender.address]), ...addressesOf(message.resentBy)];
}

async function commit(
  desk: DecidingDesk,
  unit: Unit,
  directory: Directory,
  reply: Reply & { readonly signatures: readonly string[] },
  gate: GateResult,
): Promise<readonly number[]> {
  const name = transcriptName(reply.stored.id);
  if (await insideMailExists(unit.db, `<${name}@${desk.settings.reviewAddress.split("@").at(-1) ?? ""}>`))
    return [];
  // Read before, and left unanswered.
  if (reply.stored.dispositionCode === NOT_ANSWERED) return [];
  // Set aside while this worker slept through its lease: its author was told that nothing was done with it.
  if ((await messageById(unit.db, reply.stored.id))?.status !== "filed") return [];
  const { digest, technician } = reply;
  // A copy was acted on while this one was looked at: it is looked at once more, and refused.
  const acts = gate.open || gate.authenticated;
  if (acts && !(await claimSignatures(unit.db, reply.signatures, reply.stored.id)))
    throw new TemporaryError("A copy of this reply was acted on meanwhile.");
  if (!gate.open) {
    await setDisposition(unit.db, reply.stored.id, gate.code, `Nothing was done: ${gate.sentence}`);
    await recordRefusal(unit, reply, gate);
    if (!gate.authenticated || technician === null)
      return refusedUnproven(desk, unit, directory, reply, gate);
    const unanswered = await leftUnanswered(desk, unit, directory, reply, technician);
    if (unanswered !== null) return unanswered;
    const refusal: Refusal = { reason: reasonOf(gate, digest), detail: "" };
    return [
      await queueTranscript(desk, unit, directory, {
        reply,
        technician,
        name,
        outcomes: [],
        reading: null,
        refusal,
        items: new Map(),
      }),
    ];
  }
  if (digest === null || technician === null) return [];
  // It may have waited for DNS, or for a person to try it again.
  const { dispositionCode } = reply.stored;
  if (dispositionCode !== null && dispositionCode !== "review-token")
    await setDisposition(unit.db, reply.stored.id, "review-token", "It answers a review, and was checked.");
  if (digest.purpose === "probe")
    return [await answerProbe(desk, unit, directory, { reply, digest, technician, name, proof: gate.proof })];
  const items = await loadItems(unit.db, digest);
  const deciding: Deciding = {
    desk,
    unit,
    directory,
    technician,
    actor: person(technician.email),
    proof: gate.proof,
    channel: "mail",
    digestId: digest.id,
    messageId: reply.stored.id,
    taught: [],
  };
  const drafts = [...items.values()].filter((state) => state.review !== null);
  const read = readReviewReply(reply.message, {
    items: drafts.map((state) => ({ number: state.item.number, draftText: state.draft?.content.body ?? "" })),
    technicianName: technician.name,
    vocabulary: desk.settings.review.vocabulary,
  });
  const intentions = intend({
    reading: read.reading,
    edits: read.edits,
    items: [...items.values()].map((state) => ({
      number: state.item.number,
      highRisk: state.review?.risk.highRisk ?? false,
      draftText: state.draft?.content.body ?? "",
    })),
  });
  unit.record({
    stream: `message:${reply.stored.id}`,
    actor: deciding.actor,
    kind: "review.answered",
    sentence: `${technician.name} answered a digest: ${summaryOf(intentions)}.`,
    evidence: {
      digestId: digest.id,
      proof: gate.proof,
      verbs: intentions.map((intention) => intention.kind),
    },
  });
  const outcomes: Outcome[] = [];
  for (const intention of intentions) outcomes.push(...(await perform(deciding, items, intention)));
  const unanswered = isIdle(intentions, outcomes)
    ? await leftUnanswered(desk, unit, directory, reply, technician)
    : null;
  const mails = unanswered ?? [
    await queueTranscript(desk, unit, directory, {
      reply,
      technician,
      name,
      outcomes,
      reading: read.reading,
      refusal: null,
      items: await loadItems(unit.db, digest),
    }),
  ];
  await writeLessons(deciding);
  return mails;
}

/** What the technician is told of a refusal that came after their proof. */
function reasonOf(gate: GateRefusal, digest: DigestRecord | null): Refusal["reason"] {
  if (gate.code === "token-missing") return "no-token";
  if (gate.code === "token-unknown") return "unknown-token";
  if (gate.code === "token-expired") return "expired";
  return digest?.purpose === "probe" ? "probe-answered" : "revoked";
}

function summaryOf(intentions: readonly Intention[]): string {
  return intentions.length === 0
    ? "nothing that is a command"
    : intentions
        .map((intention) =>
          "item" in intention && intention.item !== null
            ? `${intention.kind} ${intention.item}`
            : intention.kind,
        )
        .join(", ");
}
