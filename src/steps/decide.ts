import { createHash } from "node:crypto";
import { TemporaryError } from "../errors.ts";
import type { Authentication } from "../mail/authentication.ts";
import { hasAutomaticSubject } from "../mail/automatic.ts";
import { parseMailboxes } from "../mail/address.ts";
import type { Mailbox, ParsedMessage } from "../mail/message.ts";
import { desk as deskActor, person } from "../desk/event.ts";
import type { Technician } from "../desk/ticket.ts";
import type { ReplyReading } from "../review/command.ts";
import { checkReply, type GateResult } from "../review/gate.ts";
import { intend, type Intention } from "../review/intention.ts";
import { renderAdminAlert, renderElsewhere } from "../review/notices.ts";
import { readReviewReply } from "../review/reply-reading.ts";
import { bearsReference, digestReference, reviewAddress, tokenHashIn, tokenIn } from "../review/token.ts";
import { renderTranscript, type Refusal } from "../review/transcript.ts";
import type { Db } from "../store/database.ts";
import { digestByToken, revokeDigest, type DigestRecord } from "../store/digests.ts";
import { draftsByIds } from "../store/drafts.ts";
import { actedOnBefore, messagesByIds, setDisposition, type MessageRecord } from "../store/messages.ts";
import { insideMailExists } from "../store/outbox.ts";
import { askAgain, reviewsByIds } from "../store/reviews.ts";
import { lockTicket, ticketsByIds } from "../store/tickets.ts";
import type { Deciding, ItemState, Outcome } from "./deciding.ts";
import type { Desk, Directory } from "./desk.ts";
import { recipientsOf, technicianAt } from "./file-facts.ts";
import { queueInside, sendQueued } from "./inside-mail.ts";
import { perform } from "./perform.ts";
import { askForDigest } from "./request-review.ts";
import { transact, type Unit } from "./unit.ts";
import { clockTime, firstName } from "./words.ts";

type DecidingDesk = Pick<
  Desk,
  | "database"
  | "queue"
  | "clock"
  | "settings"
  | "directory"
  | "failPoint"
  | "random"
  | "sealing"
  | "key"
  | "mail"
  | "log"
>;

/** The review reply as the steps around it know it. */
interface Reply {
  readonly stored: MessageRecord;
  readonly message: ParsedMessage;
  readonly digest: DigestRecord | null;
  readonly technician: Technician | null;
  /** Its token, as it came; "" without one. */
  readonly token: string;
}

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
  const technician = directory.technicians.find((one) => one.id === digest?.technicianId) ?? null;
  const inTo = tokenIn(addressesOf(message.to), base);
  const inHeaders = tokenIn(addressesOf([...message.to, ...message.cc]), base);
  const reply: Reply = { stored, message, digest, technician, token: inHeaders?.token ?? "" };
  const gate = checkReply({
    message,
    automaticSubject: hasAutomaticSubject(message.subject),
    reversePath: stored.envelope?.reversePath ?? null,
    tokenInHeaders: inHeaders !== null,
    tokenInCcOnly: inTo === null,
    messageIdSeen: await actedOnBefore(desk.database.reader, message.messageId, stored.id),
    onBehalf: onBehalfOf(message),
    digest,
    technician,
    accepted: desk.settings.review.identity,
    authentication,
    bearsReference: digest !== null && bearsReference(message.subject, digestReference(desk.key, digest.id)),
    signingDomains: desk.settings.review.signingDomains,
    now: desk.clock(),
  });
  if (!gate.open && gate.code === "identity-deferred") throw new TemporaryError(gate.sentence);
  const outboxIds = await transact(desk, "decide", (unit) => commit(desk, unit, directory, reply, gate));
  desk.directory.invalidate();
  for (const id of outboxIds) await sendQueued(desk, id);
}

const addressesOf = (mailboxes: readonly Mailbox[]): readonly string[] =>
  mailboxes.map((mailbox) => mailbox.address);

/** Who sent or resent it in the author's name (RFC 5322 §3.6.2, §3.6.6). */
function onBehalfOf(message: ParsedMessage): readonly string[] {
  const resent = message.headers
    .filter((field) => field.name === "resent-from" || field.name === "resent-sender")
    .flatMap((field) => addressesOf(parseMailboxes(field.value)));
  return [...(message.sender === null ? [] : [message.sender.address]), ...resent];
}

async function commit(
  desk: DecidingDesk,
  unit: Unit,
  directory: Directory,
  reply: Reply,
  gate: GateResult,
): Promise<readonly number[]> {
  const name = transcriptName(reply.stored.id);
  if (await insideMailExists(unit.db, `<${name}@${desk.settings.reviewAddress.split("@").at(-1) ?? ""}>`))
    return [];
  const { digest, technician } = reply;
  if (!gate.open) {
    await setDisposition(unit.db, reply.stored.id, gate.code, `Nothing was done: ${gate.sentence}`);
    unit.record({
      stream: `message:${reply.stored.id}`,
      actor: deskActor("gate"),
      kind: "review.refused",
      sentence: `A review reply was refused: ${gate.sentence}`,
      evidence: { code: gate.code, digestId: digest?.id ?? null, technicianId: technician?.id ?? null },
    });
    if (!gate.authenticated || technician === null)
      return refusedUnproven(desk, unit, directory, reply, gate);
    const refusal: Refusal = { reason: gate.code === "token-expired" ? "expired" : "revoked", detail: "" };
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
  };
  const drafts = [...items.values()].filter((state) => state.review !== null);
  const read = readReviewReply(reply.message, {
    items: drafts.map((state) => ({ number: state.item.number, draftText: state.draft?.content.body ?? "" })),
    technicianName: technician.name,
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
  return [
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

async function loadItems(db: Db, digest: DigestRecord): Promise<ReadonlyMap<number, ItemState>> {
  // Held first, and in one order: what is read below is what the decision is taken on, whoever else works on them.
  for (const id of [...new Set(digest.items.map((item) => item.ticketId))].toSorted((a, b) => a - b))
    await lockTicket(db, id);
  const fresh = (await digestByToken(db, digest.tokenSha256)) ?? digest;
  const tickets = await ticketsByIds(
    db,
    fresh.items.map((item) => item.ticketId),
  );
  const drafts = await draftsByIds(
    db,
    fresh.items.map((item) => item.draftId).filter((id) => id !== null),
  );
  const reviews = await reviewsByIds(
    db,
    fresh.items.map((item) => item.reviewId).filter((id) => id !== null),
  );
  const messages = await messagesByIds(
    db,
    [...drafts.values()].map((draft) => draft.basedOnMessageId).filter((id) => id !== null),
  );
  const states = new Map<number, ItemState>();
  for (const item of fresh.items) {
    const ticket = tickets.get(item.ticketId);
    if (ticket === undefined) continue;
    const draft = item.draftId === null ? null : (drafts.get(item.draftId) ?? null);
    states.set(item.number, {
      item,
      ticket,
      draft,
      review: item.reviewId === null ? null : (reviews.get(item.reviewId) ?? null),
      basedOn: messages.get(draft?.basedOnMessageId ?? 0) ?? null,
    });
  }
  return states;
}

/** One name for one reply: a second run finds the transcript instead of writing another. */
function transcriptName(messageId: number): string {
  return createHash("sha256").update(`transcript ${messageId}`).digest("hex").slice(0, 32);
}

interface Transcript {
  readonly reply: Reply;
  readonly technician: Technician;
  readonly name: string;
  readonly outcomes: readonly Outcome[];
  readonly reading: ReplyReading | null;
  readonly refusal: Refusal | null;
  readonly items: ReadonlyMap<number, ItemState>;
}

async function queueTranscript(
  desk: DecidingDesk,
  unit: Unit,
  directory: Directory,
  input: Transcript,
): Promise<number> {
  const { reply, technician, outcomes, reading } = input;
  const replyTo = reviewAddress(desk.settings.reviewAddress, reply.token);
  const live = [...input.items.values()].filter(
    (state) => state.item.status === "live" && state.review !== null,
  );
  const mail = renderTranscript(directory.templates, {
    deskName: desk.settings.name,
    firstName: firstName(technician.name),
    subject: reply.message.subject,
    refusal: input.refusal,
    lines: outcomes.map((one) => one.line),
    releases: outcomes.flatMap((one) => (one.release === undefined ? [] : [one.release])),
    askedBack: outcomes.flatMap((one) => (one.askedBack === undefined ? [] : [one.askedBack])),
    notUnderstood: reading?.notUnderstood ?? [],
    stillWaiting: live.map(
      (state) => `${state.item.number} · #${state.ticket.number} ${state.ticket.subject}`,
    ),
    showCommands:
      input.refusal === null &&
      (outcomes.length === 0 ||
        (reading?.notUnderstood.length ?? 0) > 0 ||
        reading?.commands.some((command) => command.verb === "help") === true),
    replyTo,
  });
  return queueInside(desk, unit, {
    kind: "transcript",
    technician,
    mail,
    ticketId: null,
    replyTo,
    inReplyTo: reply.message.messageId,
    name: input.name,
  });
}

/**
 * Somebody who has not proven to be the technician used the token: no answer goes to that address. The technician is told
 * at the registered one, admins are alerted, and where the sender is no technician at all the digest is withdrawn
 * (threats 9 and 21). One notice a digest and hour.
 */
async function refusedUnproven(
  desk: DecidingDesk,
  unit: Unit,
  directory: Directory,
  reply: Reply,
  gate: Extract<GateResult, { open: false }>,
): Promise<readonly number[]> {
  const { digest, technician, message } = reply;
  if (digest === null || technician === null || !technician.active) return [];
  // A program's answer, and a copy of what the technician sent, alarm nobody: the event is enough.
  if (gate.code === "automatic" || gate.code === "replayed") return [];
  if (digest.revokedAt !== null || digest.expiresAt <= unit.now) return [];
  const from = message.from[0]?.address ?? "(no readable From)";
  const stranger =
    gate.code === "sender-not-registered" && technicianAt(directory.technicians, from) === null;
  if (stranger && (await revokeDigest(unit.db, digest.id, `a reply came from ${from}`, unit.now)))
    await askAnew(desk, unit, digest);
  const name = createHash("sha256")
    .update(`elsewhere ${digest.id} ${unit.now.slice(0, 13)}`)
    .digest("hex")
    .slice(0, 32);
  if (await insideMailExists(unit.db, `<${name}@${desk.settings.reviewAddress.split("@").at(-1) ?? ""}>`))
    return [];
  const notice = renderElsewhere(directory.templates, {
    deskName: desk.settings.name,
    firstName: firstName(technician.name),
    digestSubject: message.subject,
    from,
    receivedAt: clockTime(unit.at, unit.at, desk.settings.timeZone),
    reason: gate.sentence,
    live: !stranger,
  });
  const ids = [
    await queueInside(desk, unit, { kind: "notice", technician, mail: notice, ticketId: null, name }),
  ];
  const alert = renderAdminAlert(directory.templates, {
    deskName: desk.settings.name,
    title: "A review reply could not be trusted",
    sentences: [
      `A reply to a digest of ${technician.name} was refused. Nothing was sent to any client.`,
      stranger
        ? "Its token is void now, and the drafts are asked in a new digest."
        : "The digest stays valid for its technician.",
    ],
    facts: [
      { label: "From", text: from },
      { label: "Reason", text: gate.sentence },
    ],
    diagnostic: "",
  });
  for (const admin of directory.technicians.filter(
    (one) => one.active && one.role === "admin" && one.id !== technician.id,
  )) {
    ids.push(
      await queueInside(desk, unit, { kind: "alert", technician: admin, mail: alert, ticketId: null }),
    );
  }
  return ids;
}

async function askAnew(desk: DecidingDesk, unit: Unit, digest: DigestRecord): Promise<void> {
  const reviews = await reviewsByIds(
    unit.db,
    digest.items.map((item) => item.reviewId).filter((id) => id !== null),
  );
  for (const review of reviews.values()) {
    if (review.status !== "open") continue;
    await askAgain(unit.db, review.id, null);
    askForDigest(desk, unit, digest.technicianId, review.urgent ? review.id : null);
  }
}
