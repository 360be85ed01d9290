import { desk as deskActor, type Actor } from "../../desk/event.ts";
import { canonicalSha256 } from "../../review/canonical.ts";
import type { ReplyContent } from "../../review/release.ts";
import { insertActs, type NewAct } from "../../store/acts.ts";
import { acknowledgedSince, acknowledgementsSince, draftById, insertDraft } from "../../store/drafts.ts";
import { claimTriage, NOT_SPAM, renewTriage } from "../../store/message-triage.ts";
import { insertReview, type ReviewedAction } from "../../store/reviews.ts";
import { lockTicket, ticketById, type TicketRecord } from "../../store/tickets.ts";
import { moveTicket } from "../../store/transition.ts";
import { replyAlone } from "./answer-alone.ts";
import { answerDue, NOT_DUE } from "./answer-due.ts";
import { applyAction } from "./apply-action.ts";
import type { Desk, Directory } from "../desk.ts";
import { nextDigestAt } from "./digest-round.ts";
import { ACKNOWLEDGEMENT } from "../triage/propose-actions.ts";
import { holdRelease } from "../delivery/release.ts";
import type { Finding } from "../triage/finding.ts";
import type { Unit } from "../unit.ts";

type Requesting = Pick<Desk, "settings" | "random" | "log">;

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
/** However many write: whoever floods the desk with forged senders does not make it mail them all. */
const ACKNOWLEDGEMENTS_AN_HOUR = 100;

/** Write a finding down: acts that a policy takes alone, the draft, and the review that asks a person for the rest. */
export async function commitTriage(
  desk: Requesting,
  unit: Unit,
  directory: Directory,
  finding: Finding,
): Promise<void> {
  const { ticket, stored, triage } = finding;
  const first =
    stored.dispositionCode === NOT_SPAM
      ? await renewTriage(unit.db, stored.id, triage)
      : await claimTriage(
          unit.db,
          stored.id,
          triage,
          triage.spam.value
            ? {
                disposition: "spam-suspect",
                disposition_code: "content",
                disposition_reason: `It looks like spam: ${triage.spam.evidence.join("; ")}`,
              }
            : {},
        );
  if (!first) return;
  if (directory.shadow !== null)
    unit.enqueue({ kind: "shadow-triage", payload: { messageId: stored.id }, priority: -10 });
  const instead = triage.fallback ?? finding.draft?.findings.fallback;
  unit.record({
    stream: `ticket:${ticket.id}`,
    actor: deskActor("assistant"),
    kind: "message.triaged",
    sentence: `Message ${stored.id} looks like ${triage.category.value} (${triage.type.value}), sure ${percent(triage.category.confidence)}.${instead === undefined ? "" : ` ${instead}`}`,
    evidence: {
      messageId: stored.id,
      engine: triage.engine,
      version: triage.version,
      ...(instead === undefined ? {} : { fallback: instead }),
      ...(triage.lookUp === undefined ? {} : { lookUp: triage.lookUp }),
      risks: triage.risks.map((risk) => risk.kind),
      findings: {
        type: brief(triage.type),
        category: brief(triage.category),
        queue: brief(triage.queue),
        impact: brief(triage.impact),
        urgency: brief(triage.urgency),
        spam: brief(triage.spam),
      },
    },
  });
  const opened = ticket.status === "new" && (await open(unit, ticket, stored.id));
  if (!opened && !(await isNewest(unit, ticket, stored.id))) return;
  const alone = await actAlone(desk, unit, directory, finding);
  await requestReview(desk, unit, directory, finding, alone);
  // Where the question went with the act, the act must be seen all the same.
  if ((alone.replied || alone.markedSpam) && finding.reviewer !== null)
    askForDigest(desk, unit, finding.reviewer.id, null);
}

interface DoneAlone {
  /** The reply is on its way: nobody is asked about it. */
  readonly replied: boolean;
  /** Why a person is asked about a reply that a policy would have let out; "" for no such reason. */
  readonly heldBack: string;
  /** A policy let the desk mark it as spam: nothing else is asked about it. */
  readonly markedSpam: boolean;
}

/** A new ticket opens with the triage of its first message, which is its newest still. */
function open(unit: Unit, ticket: TicketRecord, messageId: number): Promise<boolean> {
  return moveTicket(
    unit,
    { id: ticket.id, verb: "open", only: { last_client_message_id: messageId } },
    {
      stream: `ticket:${ticket.id}`,
      actor: deskActor("assistant"),
      kind: "ticket.open",
      sentence: `#${ticket.number} is open.`,
      evidence: {},
    },
  );
}

/** False where another message came while this one was read: its own triage drafts the answer, based on both. */
async function isNewest(unit: Unit, ticket: TicketRecord, messageId: number): Promise<boolean> {
  const current = await lockTicket(unit.db, ticket.id);
  if (current?.lastClientMessageId !== messageId) return false;
  if (current.status === "new") await open(unit, ticket, messageId);
  return true;
}

/** What policy lets the desk do alone, with what it replaced, so that one word undoes it. */
async function actAlone(
  desk: Requesting,
  unit: Unit,
  directory: Directory,
  finding: Finding,
): Promise<DoneAlone> {
  const acts: NewAct[] = [];
  let replied = false;
  let heldBack = "";
  for (const { action, verdict } of finding.actions) {
    if (verdict.verdict === "review" || verdict.rule === null) continue;
    const actor: Actor = {
      kind: "policy",
      id: `policy v${directory.policies.version} rule ${verdict.rule + 1} by ${directory.policies.author}`,
    };
    const act = {
      ticketId: finding.ticket.id,
      action,
      before: {},
      policyVersion: directory.policies.version,
      policyRule: verdict.rule,
      flagged: verdict.verdict === "act-and-flag",
      reasons: verdict.reasons,
      technicianId: finding.reviewer?.id ?? null,
      draftId: null,
    };
    if (action.action === "reply") {
      const answered = await replyAlone(desk, unit, directory, finding, { actor, rule: verdict.rule });
      if ("heldBack" in answered) heldBack = answered.heldBack;
      else acts.push({ ...act, draftId: answered.draftId });
      replied = !("heldBack" in answered);
      continue;
    }
    if (action.action === "acknowledge") {
      // Beside the answer itself it would say nothing.
      const draftId = replied ? null : await acknowledge(desk, unit, directory, finding, actor, verdict.rule);
      if (draftId !== null) acts.push({ ...act, draftId });
      continue;
    }
    const ticket = (await ticketById(unit.db, finding.ticket.id)) ?? finding.ticket;
    const applied = await applyAction(unit, ticket, action, actor, directory.technicians);
    if (applied === null) continue;
    acts.push({ ...act, before: applied.before });
  }
  await insertActs(unit.db, acts, unit.now);
  return { replied, heldBack, markedSpam: acts.some(({ action }) => action.action === "mark-spam") };
}

/** RFC 3834: at most one a day to one address, and it says that it is automatic. */
async function acknowledge(
  desk: Requesting,
  unit: Unit,
  directory: Directory,
  finding: Finding,
  actor: Actor,
  rule: number,
): Promise<number | null> {
  const { draft: reply, acknowledgement } = finding;
  if (reply === null || acknowledgement === null) return null;
  const skipped = await noAcknowledgementBecause(unit, finding.ticket.requesterAddress);
  if (skipped !== null) {
    unit.record({
      stream: `ticket:${finding.ticket.id}`,
      actor: deskActor("acknowledge"),
      kind: "acknowledgement.skipped",
      sentence: `No acknowledgement: ${skipped}.`,
      evidence: {},
    });
    return null;
  }
  const content: ReplyContent = {
    ...reply.content,
    from: { name: desk.settings.name, address: desk.settings.address },
    cc: [],
    body: acknowledgement,
  };
  const draft = await insertDraft(
    unit.db,
    {
      ...reply,
      kind: "acknowledge",
      template: ACKNOWLEDGEMENT,
      content,
      canonicalSha256: canonicalSha256(content),
      findings: {
        ...reply.findings,
        articleIds: [],
        unsourced: [],
        sources: [],
        questions: [],
        warnings: [],
      },
    },
    unit.now,
  );
  const stored = await draftById(unit.db, draft.id);
  if (stored === null) return null;
  await holdRelease(desk, unit, {
    draft: stored,
    ticketNumber: finding.ticket.number,
    language: finding.triage.language.value,
    actor,
    source: { kind: "grant", policyVersion: directory.policies.version, rule },
  });
  return stored.id;
}

async function noAcknowledgementBecause(unit: Unit, address: string): Promise<string | null> {
  const ago = (ms: number): string => new Date(unit.at.getTime() - ms).toISOString();
  if (await acknowledgedSince(unit.db, address, ago(DAY_MS))) return "this address had one within a day";
  if ((await acknowledgementsSince(unit.db, ago(HOUR_MS))) >= ACKNOWLEDGEMENTS_AN_HOUR)
    return `the desk has written ${ACKNOWLEDGEMENTS_AN_HOUR} within an hour`;
  return null;
}

async function requestReview(
  desk: Requesting,
  unit: Unit,
  directory: Directory,
  finding: Finding,
  { replied, heldBack }: DoneAlone,
): Promise<void> {
  const waiting = finding.actions.filter(
    ({ action, verdict }) => verdict.verdict === "review" && action.action !== "acknowledge",
  );
  const draft =
    finding.draft === null || replied ? null : await insertDraft(unit.db, finding.draft, unit.now);
  if (draft === null && waiting.length === 0) return;
  // What is no client's question has no answer to be due.
  const { near, ...due } =
    draft === null
      ? NOT_DUE
      : await answerDue(desk, unit, directory, {
          ...finding,
          first: finding.stored.disposition === "new-ticket",
        });
  const urgent =
    near ||
    finding.priority === "P1" ||
    finding.priority === "P2" ||
    finding.risk.codes.some((code) => code === "identity" || code === "security");
  const reviewId = await insertReview(
    unit.db,
    {
      ticketId: finding.ticket.id,
      draftId: draft?.id ?? null,
      technicianId: finding.reviewer?.id ?? null,
      urgent,
      risk: finding.risk,
      actions: waiting,
      reasons: [
        ...new Set([
          ...finding.risk.reasons,
          ...(heldBack === "" ? [] : [heldBack]),
          ...waiting.flatMap((one: ReviewedAction) => one.verdict.reasons),
        ]),
      ],
      expiresAt: new Date(unit.at.getTime() + desk.settings.review.expiresMs).toISOString(),
      ...due,
    },
    unit.now,
  );
  unit.record({
    stream: `ticket:${finding.ticket.id}`,
    actor: deskActor("review"),
    kind: finding.reviewer === null ? "review.nobody-to-ask" : "review.requested",
    sentence:
      finding.reviewer === null
        ? "No technician is there to ask: import one (`countersign import desk.yaml`)."
        : `${finding.reviewer.name} is asked: ${finding.reviewerReason}`,
    evidence: {
      reviewId,
      draftId: draft?.id ?? null,
      revision: draft?.revision ?? null,
      urgent,
      ...(due.answerDueAt === null ? {} : { answerDueAt: due.answerDueAt }),
      technicianId: finding.reviewer?.id ?? null,
    },
  });
  if (finding.reviewer !== null) askForDigest(desk, unit, finding.reviewer.id, urgent ? reviewId : null);
}

/** Urgent reviews go at once and alone; the rest wait for the next round of the technician's digest. */
export function askForDigest(
  desk: Pick<Desk, "settings">,
  unit: Unit,
  technicianId: number,
  urgentReviewId: number | null,
): void {
  if (urgentReviewId !== null) {
    unit.enqueue({
      kind: "send-digest",
      payload: { technicianId, reviewId: urgentReviewId },
      priority: 10,
      key: `review-${urgentReviewId}-${technicianId}`,
    });
    return;
  }
  const runAt = nextDigestAt(desk, unit.at);
  unit.enqueue({
    kind: "send-digest",
    payload: { technicianId },
    runAt: runAt.toISOString(),
    key: `technician-${technicianId}`,
  });
}

const brief = (finding: { readonly value: unknown; readonly confidence: number }): object => ({
  value: finding.value,
  confidence: finding.confidence,
});
const percent = (share: number): string => `${Math.round(share * 100)} %`;
