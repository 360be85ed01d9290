import type { ProposedDraft, TriageContext } from "../assistant/engine.ts";
import { guardDraft } from "../assistant/guard.ts";
import { domainOf, isFreemail } from "../mail/address.ts";
import type { Authentication } from "../mail/authentication.ts";
import type { ParsedMessage } from "../mail/message.ts";
import { canonicalSubject } from "../mail/subject.ts";
import type { ProposedAction } from "../desk/action.ts";
import type { Filing } from "../desk/filing.ts";
import { decide, type PolicyContext } from "../desk/policy.ts";
import { isLowerPriority, priorityOf, raiseForVip } from "../desk/priority.ts";
import { isUnderDomains } from "../desk/address-domain.ts";
import { replyRecipients, type ReplyRecipients } from "../desk/recipients.ts";
import { isHighRisk } from "../desk/risk.ts";
import { reviewersFor, routeTicket, type Route } from "../desk/routing.ts";
import { ticketReference, type Technician } from "../desk/ticket.ts";
import type { Triage } from "../desk/triage.ts";
import { canonicalSha256 } from "../review/canonical.ts";
import type { ReplyContent } from "../review/release.ts";
import { withoutTokens } from "../review/token.ts";
import { searchArticles } from "../store/articles.ts";
import type { NewDraft } from "../store/drafts.ts";
import { earlierTexts, participantsOf, type MessageRecord } from "../store/messages.ts";
import { contactsOf } from "../store/people.ts";
import { relatedTickets, ticketById, type TicketRecord } from "../store/tickets.ts";
import type { Desk, Directory } from "./desk.ts";
import { clientSide } from "./file-facts.ts";
import type { Finding } from "./finding.ts";
import { proposeActions } from "./propose-actions.ts";
import { commitTriage } from "./request-review.ts";
import { transact } from "./unit.ts";

type Triaging = Pick<
  Desk,
  "database" | "queue" | "clock" | "settings" | "directory" | "failPoint" | "random" | "log"
>;

/** A filed message, with what the steps before had at hand. */
export interface ToTriage {
  readonly stored: MessageRecord;
  readonly message: ParsedMessage;
  readonly filing: Filing;
  /** The ticket that it just opened; looked up where `null`. */
  readonly opened: TicketRecord | null;
  readonly authentication: Authentication | null;
}

/**
 * Triage a filed message of a client: research, draft, policy's word on each proposed action, and the review, in one
 * transaction. Does nothing where an earlier run has done it.
 */
export async function triageMessage(desk: Triaging, input: ToTriage): Promise<void> {
  const { filing, stored, opened } = input;
  if (filing.ticketId === null || stored.triage !== null) return;
  const ticket = opened ?? (await ticketById(desk.database.reader, filing.ticketId));
  if (ticket === null) return;
  const directory = await desk.directory.current();
  const finding = await research(desk, directory, input, ticket);
  await transact(desk, "triage", (unit) => commitTriage(desk, unit, directory, finding));
}

async function research(
  desk: Triaging,
  directory: Directory,
  input: ToTriage,
  ticket: TicketRecord,
): Promise<Finding> {
  const db = desk.database.reader;
  const { stored, filing } = input;
  const mayAcknowledge = input.message.automatic.verdict === "no" && input.authentication?.dmarc !== "fail";
  const message = forTriage(input.message, filing, ticket, stored);
  const context = await triageContextFor(
    desk,
    directory,
    ticket,
    filing.kind === "follow-up" ? stored.id : null,
  );
  const { client, contact } = context;
  const triage = await directory.engine.triage(message, context);
  const vip = (client?.vip ?? false) || (contact?.vip ?? false);
  // A follow-up may raise the priority that a person set, never lower it by itself.
  const found = raiseForVip(priorityOf(triage.impact.value, triage.urgency.value), vip);
  const priority =
    filing.kind === "follow-up" && isLowerPriority(found, ticket.priority) ? ticket.priority : found;
  const { technicians, queues, loads } = directory;
  const now = desk.clock();
  const { timeZone } = desk.settings;
  const skills = queues.find((queue) => queue.name === triage.queue.value)?.skills ?? [];
  const route: Route =
    ticket.assigneeId === null
      ? routeTicket({
          queueName: triage.queue.value,
          skills: [...new Set([triage.category.value, ...skills])],
          technicians,
          loads,
          now,
          timeZone,
        })
      : { queue: ticket.queue, technicianId: ticket.assigneeId, reason: "the ticket has an assignee" };
  const asked = reviewersFor({
    assigneeId: route.technicianId,
    queueName: route.queue,
    technicians,
    loads,
    now,
    timeZone,
    exclude: [],
  });
  const reviewer = technicians.find((one) => one.id === asked.technicianIds[0]) ?? null;

  const requester = { name: ticket.requesterName, address: ticket.requesterAddress };
  const clientDomains = client?.domains.filter((domain) => !isFreemail(domain)) ?? [];
  const participants =
    filing.kind === "follow-up" ? [...(await participantsOf(db, ticket.id))] : [requester.address];
  const recipients = replyRecipients({
    message,
    deskAddresses: [desk.settings.address, desk.settings.reviewAddress],
    clientDomains,
    ticketParticipants: participants,
    requester,
  });
  const proposed = triage.spam.value
    ? null
    : await directory.engine.draft({
        triage,
        message,
        context,
        ticketNumber: ticket.number,
        signature: { technician: reviewer?.name ?? desk.settings.name, desk: desk.settings.name },
        redraft: null,
      });
  const outside = [...recipients.to, ...recipients.cc].some(
    (mailbox) => !isUnderDomains(mailbox.address, clientDomains) && mailbox.address !== requester.address,
  );
  const contacts =
    client === null || !outside ? [] : (await contactsOf(db, client.id)).map((one) => one.email);
  const risk = isHighRisk(triage.risks, {
    ticketType: triage.type.value,
    recipients: [...recipients.to, ...recipients.cc].map((mailbox) => mailbox.address),
    contacts: [...contacts, ...participants],
    clientDomains,
    technicianAddresses: technicians.flatMap((one) => [one.email, ...one.aliases, ...one.delegates]),
  });
  const draft =
    proposed === null || recipients.to.length === 0
      ? null
      : toDraft(desk, directory, { ticket, stored, message, recipients, proposed, reviewer, triage });
  const policyContext: PolicyContext = {
    clientName: client?.name ?? null,
    vip,
    category: triage.category.value,
    priority,
    risks: triage.risks,
    spam: triage.spam.value,
    // Until decisions have been counted, confidence is the rule table's word; policies on a limit still bound it.
    calibrated: true,
    draftWarnings: draft === null ? [] : [...draft.findings.warnings, ...draft.findings.unsourced],
    highRisk: risk.highRisk,
    sampleDraw: (desk.random(4).readUInt32BE() % 1_000_000) / 1_000_000,
    stopSwitch: directory.paused,
  };
  const actions = proposeActions({ ticket, triage, route, priority, draft, filing, mayAcknowledge }).map(
    (action: ProposedAction) => ({ action, verdict: decide(action, policyContext, directory.policies) }),
  );
  return {
    ticket,
    stored,
    client,
    contact,
    triage,
    priority,
    route,
    reviewer,
    reviewerReason: asked.reason,
    recipients,
    risk,
    draft,
    actions,
  };
}

/** What a technician forwarded is read as the client's own mail. */
function forTriage(
  message: ParsedMessage,
  filing: Filing,
  ticket: TicketRecord,
  stored: MessageRecord,
): ParsedMessage {
  if (filing.code !== "forwarded-by-technician")
    return {
      ...message,
      subject: withoutTokens(message.subject),
      text: withoutTokens(message.text),
      newText: withoutTokens(message.newText),
    };
  const from = [{ name: ticket.requesterName, address: ticket.requesterAddress }];
  return {
    ...message,
    from,
    replyTo: [],
    to: [],
    cc: [],
    subject: ticket.subject,
    newText: stored.newText ?? message.newText,
    messageId: null,
    references: [],
  };
}

/** What an engine may know for one ticket; `before` is the message that earlier ones are told for, `null` for the first. */
export async function triageContextFor(
  desk: Pick<Desk, "database">,
  directory: Directory,
  ticket: TicketRecord,
  before: number | null,
): Promise<TriageContext> {
  const db = desk.database.reader;
  const { client, contact } = await clientSide(db, ticket.requesterAddress);
  return {
    client,
    contact,
    requester: { name: ticket.requesterName, address: ticket.requesterAddress },
    queues: directory.queues,
    earlier: before === null ? [] : await earlierTexts(db, ticket.id, before),
    searchArticles: (query, limit) => searchArticles(db, query, client?.id ?? null, limit),
    searchTickets: (query, limit) =>
      relatedTickets(
        db,
        {
          text: query,
          clientId: client?.id ?? null,
          requesterAddress: ticket.requesterAddress,
          exclude: ticket.id,
          newestId: ticket.id,
        },
        limit,
      ),
  };
}

interface ToDraft {
  readonly ticket: TicketRecord;
  readonly stored: MessageRecord;
  readonly message: ParsedMessage;
  readonly recipients: ReplyRecipients;
  readonly proposed: ProposedDraft;
  readonly reviewer: Technician | null;
  readonly triage: Triage;
}

function toDraft(desk: Triaging, directory: Directory, input: ToDraft): NewDraft {
  const { ticket, message, recipients, proposed, reviewer } = input;
  const content: ReplyContent = {
    from: {
      name: reviewer === null ? desk.settings.name : `${reviewer.name} · ${desk.settings.name}`,
      address: desk.settings.address,
    },
    to: recipients.to,
    cc: recipients.cc,
    subject: replySubject(ticket),
    inReplyTo: message.messageId,
    references:
      message.messageId === null
        ? []
        : [...message.references.filter((id) => id !== message.messageId), message.messageId],
    body: proposed.body,
    attachments: [],
  };
  return {
    ticketId: ticket.id,
    kind: "reply",
    template: proposed.template,
    content,
    canonicalSha256: canonicalSha256(content),
    basedOnMessageId: input.stored.id,
    author: `${input.triage.engine} ${input.triage.version}`,
    editedFromDraftId: null,
    findings: {
      articleIds: proposed.articleIds,
      unsourced: proposed.unsourced,
      warnings: [...proposed.warnings, ...recipients.warnings, ...guardReply(desk, directory, content)],
      dropped: recipients.dropped.map((one) => ({ address: one.mailbox.address, reason: one.reason })),
      confidence: proposed.confidence,
    },
  };
}

/** What `guard` says about a text that is to go to a client, as sentences. */
export function guardReply(
  desk: Pick<Desk, "settings">,
  directory: Directory,
  content: Pick<ReplyContent, "to" | "cc" | "body">,
): readonly string[] {
  return guardDraft(content.body, {
    allowedAddresses: [...content.to, ...content.cc]
      .map((mailbox) => mailbox.address)
      .concat(desk.settings.address),
    allowedLinkHosts: directory.allowedLinkHosts,
    ownDomains: [domainOf(desk.settings.address)],
  });
}

/** `Re: VPN drops [#1042]`: the subject as the client knows it, with the ticket's reference. */
export function replySubject(ticket: Pick<TicketRecord, "subject" | "number">): string {
  return `Re: ${canonicalSubject(ticket.subject) || ticket.subject} ${ticketReference(ticket.number)}`;
}
