import type { z } from "zod";
import type { Client, Technician } from "../../desk/ticket.ts";
import type { Finding, Triage } from "../../desk/triage.ts";
import type { ApiRole } from "../../store/access.ts";
import type { DeliveryRecord, ReleaseRecord } from "../../store/releases.ts";
import type { DraftRecord } from "../../store/drafts.ts";
import type { StoredEvent } from "../../store/events.ts";
import type { MessageRecord } from "../../store/messages.ts";
import type { RawInfo } from "../../store/page-queries.ts";
import type { ReviewRecord } from "../../store/reviews.ts";
import type { TicketRecord } from "../../store/tickets.ts";
import type { TicketStory } from "../ticket-story.ts";
import type { TicketOutlook } from "../waiting.ts";
import type * as schemas from "./schemas.ts";

/** From the store's records to what the API answers. Nothing is passed on whole: a new column stays inside. */

type Shape<K extends keyof typeof schemas> = (typeof schemas)[K] extends z.ZodType
  ? z.infer<(typeof schemas)[K]>
  : never;

interface People {
  readonly technicians: readonly Technician[];
}

export function ticketShape(
  ticket: TicketRecord,
  client: Client | null,
  waiting: TicketOutlook | undefined,
  { technicians }: People,
): Shape<"Ticket"> {
  return {
    id: ticket.id,
    number: ticket.number,
    subject: ticket.subject,
    status: ticket.status,
    type: ticket.type,
    category: ticket.category,
    impact: ticket.impact,
    urgency: ticket.urgency,
    priority: ticket.priority,
    proposedPriority: waiting?.proposedPriority ?? null,
    queue: ticket.queue,
    client: client === null ? null : { id: client.id, name: client.name, vip: client.vip },
    requester: { name: ticket.requesterName, address: ticket.requesterAddress },
    assignee: personShape(ticket.assigneeId, technicians),
    waitsFor: waiting?.text ?? "",
    snoozedUntil: ticket.snoozedUntil,
    closedAt: ticket.closedAt,
    minutesSpent: ticket.minutesSpent,
    createdAt: ticket.createdAt,
    updatedAt: ticket.updatedAt,
  };
}

function personShape(
  id: number | null,
  technicians: readonly Technician[],
): { name: string; email: string } | null {
  const found = technicians.find((one) => one.id === id);
  return found === undefined ? null : { name: found.name, email: found.email };
}

export function storyShape(story: TicketStory, role: ApiRole): Shape<"TicketStory"> {
  const { ticket, technicians } = story;
  return {
    ...ticketShape(ticket, story.client, story.waiting, story),
    messages: story.messages.map((message) => messageShape(message, story.raws, role)),
    triage: triageShape(story.messages.findLast((message) => message.triage !== null)?.triage ?? null),
    drafts: story.drafts.map(draftShape),
    reviews: story.reviews.map((review) => reviewShape(review, ticket.number, technicians)),
    decisions: story.decisions.map((decision) => ({
      id: decision.id,
      reviewId: decision.reviewId,
      draftId: decision.draftId,
      draftRevision: decision.draftRevision,
      technician: personShape(decision.technicianId, technicians),
      verb: decision.verb,
      channel: decision.channel,
      detail: decision.detail,
      proof: { kind: decision.proof.kind, detail: decision.proof.detail },
      replyId: decision.messageId,
      createdAt: decision.createdAt,
    })),
    acts: story.acts.map((act) => ({
      id: act.id,
      action: { ...act.action, evidence: [...act.action.evidence] },
      policyVersion: act.policyVersion,
      policyRule: act.policyRule,
      flagged: act.flagged,
      reasons: [...act.reasons],
      undoneAt: act.undoneAt,
      undoneBy: act.undoneBy,
      createdAt: act.createdAt,
    })),
    releases: story.releases.map((release) => releaseShape(release, ticket.number)),
    deliveries: story.deliveries.map(deliveryShape),
    events: story.events.map(eventShape),
  };
}

function messageShape(
  message: MessageRecord,
  raws: ReadonlyMap<string, RawInfo>,
  role: ApiRole,
): Shape<"TicketStory">["messages"][number] {
  return {
    id: message.id,
    direction: message.direction,
    source: message.source,
    messageId: message.messageId,
    from: fromOf(message),
    to: message.to.map(({ name, address }) => ({ name, address })),
    cc: message.cc.map(({ name, address }) => ({ name, address })),
    subject: message.subject,
    text: message.newText,
    size: message.size,
    attachments: message.attachments.map(({ filename, contentType, size, inline, sha256 }) => ({
      filename,
      contentType,
      size,
      inline,
      sha256,
    })),
    receivedAt: message.receivedAt,
    disposition: message.disposition,
    dispositionCode: message.dispositionCode,
    dispositionReason: message.dispositionReason,
    triage: triageShape(message.triage),
    raw: rawPathOf(message, raws, role),
  };
}

export function mailShape(
  message: MessageRecord,
  raws: ReadonlyMap<string, RawInfo>,
  tickets: ReadonlyMap<number, TicketRecord>,
  role: ApiRole,
): Shape<"Mail"> {
  const numberOf = (id: number | null): number | null =>
    id === null ? null : (tickets.get(id)?.number ?? null);
  return {
    id: message.id,
    source: message.source,
    account: message.account,
    status: message.status,
    from: fromOf(message),
    subject: message.subject,
    messageId: message.messageId,
    size: message.size,
    disposition: message.disposition,
    dispositionCode: message.dispositionCode,
    dispositionReason: message.dispositionReason ?? NOT_READ_YET,
    ticketNumber: numberOf(message.ticketId),
    suggestedTicketNumber: numberOf(message.suggestedTicketId),
    duplicateOf: message.duplicateOf,
    raw: rawPathOf(message, raws, role),
    receivedAt: message.receivedAt,
  };
}

export const NOT_READ_YET = "It was taken in and waits to be read.";

function fromOf(message: MessageRecord): { name: string; address: string } | null {
  return message.fromAddress === null || message.fromAddress === ""
    ? null
    : { name: message.fromName ?? "", address: message.fromAddress };
}

/** Sealed bytes hold a review token: only an admin may have them. */
export function mayReadRaw(raw: RawInfo | undefined, role: string): boolean {
  return raw !== undefined && (!raw.sealed || role === "admin");
}

function rawPathOf(message: MessageRecord, raws: ReadonlyMap<string, RawInfo>, role: ApiRole): string | null {
  return mayReadRaw(raws.get(message.rawSha256 ?? ""), role) ? `/api/v1/messages/${message.id}/raw` : null;
}

function triageShape(triage: Triage | null): Shape<"TicketStory">["triage"] {
  if (triage === null) return null;
  return {
    type: finding(triage.type),
    category: finding(triage.category),
    impact: finding(triage.impact),
    urgency: finding(triage.urgency),
    spam: finding(triage.spam),
    sentiment: finding(triage.sentiment),
    language: finding(triage.language),
    queue: finding(triage.queue),
    risks: triage.risks.map(({ kind, evidence }) => ({ kind, evidence })),
    related: triage.related.map((one) => ({
      ticketNumber: one.number,
      subject: one.subject,
      similarity: one.similarity,
      relation: one.relation,
    })),
    articles: triage.articles.map(({ articleId, title, source, score, excerpt }) => ({
      articleId,
      title,
      source,
      score,
      excerpt,
    })),
    questions: [...triage.questions],
    missing: [...triage.missing],
    summary: triage.summary,
    engine: triage.engine,
    version: triage.version,
  };
}

function finding<T>(found: Finding<T>) {
  return { value: found.value, confidence: found.confidence, evidence: [...found.evidence] };
}

function draftShape(draft: DraftRecord): Shape<"TicketStory">["drafts"][number] {
  const { content, findings } = draft;
  return {
    id: draft.id,
    revision: draft.revision,
    state: draft.status,
    kind: draft.kind,
    template: draft.template,
    author: draft.author,
    from: { ...content.from },
    to: content.to.map((mailbox) => ({ ...mailbox })),
    cc: content.cc.map((mailbox) => ({ ...mailbox })),
    subject: content.subject,
    body: content.body,
    canonicalSha256: draft.canonicalSha256,
    basedOnMessageId: draft.basedOnMessageId,
    editedFromDraftId: draft.editedFromDraftId,
    confidence: findings.confidence,
    articleIds: [...findings.articleIds],
    unsourced: [...findings.unsourced],
    sources: findings.sources.map(({ sentence, kind, name }) => ({ sentence, kind, name })),
    questions: findings.questions.map(({ question, answeredBy }) => ({ question, answeredBy })),
    warnings: [...findings.warnings],
    dropped: findings.dropped.map(({ address, reason }) => ({ address, reason })),
    createdAt: draft.createdAt,
  };
}

export function reviewShape(
  review: ReviewRecord,
  ticketNumber: number,
  technicians: readonly Technician[],
): Shape<"Review"> {
  return {
    id: review.id,
    ticketNumber,
    draftId: review.draftId,
    state: review.status,
    technician: personShape(review.technicianId, technicians),
    urgent: review.urgent,
    highRisk: review.risk.highRisk,
    actions: review.actions.map(({ action, verdict }) => ({
      action: { ...action, evidence: [...action.evidence] },
      verdict: verdict.verdict,
      reasons: [...verdict.reasons],
    })),
    reasons: [...review.reasons],
    reminders: review.reminders,
    expiresAt: review.expiresAt,
    answerDueAt: review.answerDueAt,
    snoozedUntil: review.snoozedUntil,
    createdAt: review.createdAt,
  };
}

export function releaseShape(release: ReleaseRecord, ticketNumber: number): Shape<"Release"> {
  const { authorisation } = release;
  const byPerson = authorisation.kind === "decision";
  return {
    id: release.id,
    ticketNumber,
    draftId: release.draftId,
    state: release.status,
    messageId: release.messageId,
    relayMessageId: release.relayMessageId,
    from: release.envelopeFrom,
    to: [...release.envelopeTo],
    authorisation: {
      id: authorisation.id,
      kind: authorisation.kind,
      decisionId: byPerson ? authorisation.decisionId : null,
      policyVersion: byPerson ? null : authorisation.policyVersion,
      policyRule: byPerson ? null : authorisation.rule,
      canonicalSha256: authorisation.canonicalSha256,
    },
    attempts: release.attempts,
    holdUntil: release.holdUntil,
    nextAttemptAt: release.nextAttemptAt,
    createdAt: release.createdAt,
    finishedAt: release.finishedAt,
  };
}

function deliveryShape(delivery: DeliveryRecord): Shape<"TicketStory">["deliveries"][number] {
  return { ...delivery };
}

export function eventShape(event: StoredEvent): Shape<"Event"> {
  return {
    id: event.id,
    stream: event.stream,
    seq: event.seq,
    at: event.at,
    actor: { kind: event.actor.kind, id: event.actor.id },
    kind: event.kind,
    sentence: event.sentence,
    evidence: { ...event.evidence },
    previousHash: event.previousHash,
    hash: event.hash,
  };
}
