import type { ProposedDraft, TriageContext } from "../../assistant/engine.ts";
import { alertOf } from "../../assistant/local/alert.ts";
import type { Authentication } from "../../mail/authentication.ts";
import { sameAddress } from "../../mail/address.ts";
import type { ParsedMessage } from "../../mail/message.ts";
import { UNKNOWN_ERROR } from "../../desk/action.ts";
import type { Filing } from "../../desk/filing.ts";
import { decide, type PolicyContext } from "../../desk/policy.ts";
import { isLowerPriority, priorityOf, raiseForVip } from "../../desk/priority.ts";
import { reviewersFor, routeTicket } from "../../desk/routing.ts";
import type { Priority } from "../../desk/ticket.ts";
import type { SameElsewhere, Triage } from "../../desk/triage.ts";
import { withoutTokens } from "../../review/token.ts";
import { wasAnswered } from "../../store/drafts.ts";
import { NOT_SPAM, earlierTexts, type MessageRecord } from "../../store/messages.ts";
import { relatedTickets } from "../../store/related-tickets.ts";
import { ticketById, type TicketRecord } from "../../store/tickets.ts";
import { audienceOf } from "./audience.ts";
import { clientLookUps, type Matter } from "./client-look-ups.ts";
import type { Desk, Directory } from "../desk.ts";
import { toDraft } from "./draft-reply.ts";
import { clientSide } from "../filing/file-facts.ts";
import type { OpenedTicket } from "../filing/file.ts";
import type { Finding } from "./finding.ts";
import { proposeActions } from "./propose-actions.ts";
import { commitTriage } from "../review/request-review.ts";
import { transact } from "../unit.ts";

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
  readonly opened: OpenedTicket | null;
  readonly authentication: Authentication | null;
}

/**
 * Triage a filed message of a client: research, draft, policy's word on each proposed action, and the review, in one
 * transaction. Does nothing where an earlier run has done it.
 */
export async function triageMessage(desk: Triaging, input: ToTriage): Promise<void> {
  const { filing, stored, opened } = input;
  if (filing.ticketId === null || (stored.triage !== null && filing.code !== NOT_SPAM)) return;
  const ticket = opened?.ticket ?? (await ticketById(desk.database.reader, filing.ticketId));
  if (ticket === null) return;
  const directory = await desk.directory.current();
  const finding = await research(desk, directory, input, ticket);
  await transact(desk, "triage", (unit) => commitTriage(desk, unit, directory, finding));
}

/** Everything that is found out before a word is written: the engine's triage, then who, to whom, how risky, what to do. */
async function research(
  desk: Triaging,
  directory: Directory,
  input: ToTriage,
  ticket: TicketRecord,
): Promise<Finding> {
  const { stored, filing } = input;
  const message = forTriage(input.message, filing, ticket, stored);
  const aloneBecause: string[] = [];
  const context = await triageContextFor(
    desk,
    directory,
    ticket,
    filing.kind === "follow-up" ? stored.id : null,
    input.opened,
    {
      text: `${message.subject}\n\n${message.newText}`,
      wordsAlone: (reason) => void aloneBecause.push(reason),
    },
  );
  const { client, contact } = context;
  const alert = alertOf(message);
  // What a technician passed on came with the technician's signature, not with its author's.
  const passedOn = isPassedOn(input.message, filing, ticket);
  const authentication = passedOn ? null : input.authentication;
  const seen = await directory.engine.triage(message, { ...context, authentication, passedOn });
  const found = filing.code === NOT_SPAM ? { ...seen, spam: honest(filing) } : seen;
  const triage: Triage = {
    ...found,
    sameElsewhere: await elsewhere(desk, filing, ticket, found),
    ...(aloneBecause[0] === undefined
      ? {}
      : { lookUp: `Articles were looked up by words alone: ${aloneBecause[0]}.` }),
  };
  const vip = (client?.vip ?? false) || (contact?.vip ?? false);
  const priority = priorityFor(triage, vip, filing, ticket);
  const work = whoWorks(desk, directory, triage, ticket);
  const audience = await audienceOf(desk, directory, { ticket, client, message, filing, triage });
  const { recipients, risk } = audience;

  const letter = { triage: found, message, context, ticketNumber: ticket.number };
  const deskName = desk.settings.name;
  // Nobody waits for an answer to "it is over".
  const proposed =
    triage.spam.value || alert?.state === "recovery"
      ? null
      : await directory.engine.draft({
          ...letter,
          signature: { technician: work.reviewer?.name ?? deskName, desk: deskName },
          redraft: null,
        });
  const draft =
    proposed === null || recipients.to.length === 0
      ? null
      : toDraft(desk, directory, {
          ticket,
          stored,
          message,
          recipients,
          proposed,
          reviewer: work.reviewer,
          triage,
        });
  const mayAcknowledge =
    alert === null &&
    input.message.automatic.verdict === "no" &&
    isAnswerable(client !== null, input.authentication);
  const policyContext: PolicyContext = {
    clientName: client?.name ?? null,
    vip,
    category: triage.category.value,
    priority,
    risks: triage.risks,
    spam: triage.spam.value,
    draftWarnings:
      draft === null ? [] : [...draft.findings.warnings, ...draft.findings.unsourced, ...leftOpen(draft)],
    highRisk: risk.highRisk,
    answerable: mayAcknowledge,
    sampleDraw: (desk.random(4).readUInt32BE() % 1_000_000) / 1_000_000,
    stopSwitch: directory.paused,
  };
  const proposals = proposeActions({
    ticket,
    triage,
    route: work.route,
    priority,
    draft,
    filing,
    isOver: alert?.state === "recovery",
    mayAcknowledge,
    draftError: draft === null ? UNKNOWN_ERROR : directory.draftError(draft.template),
  });
  const decided = (context: PolicyContext): Finding["actions"] =>
    proposals.map((action) => ({ action, verdict: decide(action, context, directory.policies) }));
  let actions = decided(policyContext);
  const repliesAlone = actions.some(
    ({ action, verdict }) => action.action === "reply" && verdict.verdict !== "review",
  );
  // In the desk's name: the technician has not read a word of it.
  let unseen = repliesAlone
    ? await directory.engine.draft({
        ...letter,
        signature: { technician: "", desk: deskName },
        redraft: null,
      })
    : null;
  const guesses = unseen === null ? [] : guessed(unseen, triage);
  if (guesses.length > 0) {
    unseen = null;
    actions = decided({ ...policyContext, draftWarnings: [...policyContext.draftWarnings, ...guesses] });
  }
  const replyAlone =
    unseen === null
      ? null
      : toDraft(desk, directory, {
          ticket,
          stored,
          message,
          recipients,
          proposed: unseen,
          reviewer: null,
          triage,
        });
  const acknowledges = actions.some(
    ({ action, verdict }) => action.action === "acknowledge" && verdict.verdict !== "review",
  );
  const acknowledgement = acknowledges
    ? directory.engine.acknowledge({ ...letter, signature: { technician: "", desk: deskName } }).body
    : null;
  return {
    ticket,
    stored,
    client,
    contact,
    triage,
    priority,
    ...work,
    recipients,
    risk,
    draft,
    replyAlone,
    acknowledgement,
    actions,
  };
}

/** The same outage at several clients shows within hours. */
const SAME_OUTAGE_MS = 4 * 3_600_000;

/** Counted here and not by the engine: what other clients wrote is no business of a model. */
async function elsewhere(
  desk: Pick<Desk, "database" | "clock">,
  filing: Filing,
  ticket: TicketRecord,
  triage: Triage,
): Promise<SameElsewhere | null> {
  if (filing.kind !== "new-ticket" || triage.spam.value) return null;
  const since = new Date(desk.clock().getTime() - SAME_OUTAGE_MS).toISOString();
  return desk.database.recentTickets.countAlike(desk.database.reader, ticket, since);
}

/** A reply that leaves a question to a technician must reach one. */
function leftOpen({ findings }: Pick<NonNullable<Finding["draft"]>, "findings">): readonly string[] {
  return findings.questions
    .filter((one) => one.answeredBy === "open")
    .map((one) => `The draft does not answer “${one.question}”.`);
}

/** A model's word alone chose these articles: a person looks whether they are what the client needs. */
function guessed({ articleIds }: Pick<ProposedDraft, "articleIds">, { articles }: Triage): readonly string[] {
  return articles
    .filter((one) => one.byMeaningAlone === true && articleIds.includes(one.articleId))
    .map(({ title }) => `The article “${title}” was found by its meaning alone.`);
}

/** What a person said stands above any finding. */
const honest = (filing: Filing): Triage["spam"] => ({
  value: false,
  confidence: 1,
  evidence: [filing.reason],
});

/** Nothing automatic goes to a sender who may be forged: a client whose mail did not fail, or a stranger who proved it. */
function isAnswerable(isClient: boolean, authentication: Authentication | null): boolean {
  return isClient ? authentication?.dmarc !== "fail" : authentication?.dmarc === "pass";
}

/** A follow-up may raise the priority that a person set, never lower it by itself. */
function priorityFor(triage: Triage, vip: boolean, filing: Filing, ticket: TicketRecord): Priority {
  const found = raiseForVip(priorityOf(triage.impact.value, triage.urgency.value), vip);
  return filing.kind === "follow-up" && isLowerPriority(found, ticket.priority) ? ticket.priority : found;
}

/** Who should work on it, and who is asked to review: an assignee stays. */
function whoWorks(
  desk: Triaging,
  directory: Directory,
  triage: Triage,
  ticket: TicketRecord,
): Pick<Finding, "route" | "reviewer" | "reviewerReason"> {
  const { technicians, queues, loads } = directory;
  const now = desk.clock();
  const { timeZone } = desk.settings;
  const skills = queues.find((queue) => queue.name === triage.queue.value)?.skills ?? [];
  const route =
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
  return { route, reviewer, reviewerReason: asked.reason };
}

/** Its text is what filing took for the matter; what a technician forwarded is read as the client's own mail. */
export function forTriage(
  message: ParsedMessage,
  filing: Filing,
  ticket: TicketRecord,
  stored: MessageRecord,
): ParsedMessage {
  if (!isPassedOn(message, filing, ticket))
    return {
      ...message,
      subject: withoutTokens(message.subject),
      text: withoutTokens(message.text),
      newText: withoutTokens(stored.newText ?? message.newText),
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

/** A technician's forward; once a person took a mail for honest, its code tells that, and its sender tells this. */
function isPassedOn(message: ParsedMessage, filing: Filing, ticket: TicketRecord): boolean {
  if (filing.code !== NOT_SPAM) return filing.code === "forwarded-by-technician";
  return !message.from.some(({ address }) => sameAddress(address, ticket.requesterAddress));
}

/** What an engine may know for one ticket; `before` is the message that earlier ones are told for, `null` for the first. */
export async function triageContextFor(
  desk: Pick<Desk, "database" | "queue">,
  directory: Directory,
  ticket: TicketRecord,
  before: number | null,
  sender: Pick<TriageContext, "client" | "contact"> | null = null,
  matter: Matter | null = null,
): Promise<TriageContext> {
  const db = desk.database.reader;
  const { client, contact } = sender ?? (await clientSide(db, ticket.requesterAddress));
  return {
    client,
    contact,
    requester: { name: ticket.requesterName, address: ticket.requesterAddress },
    people: directory.people,
    queues: directory.queues,
    earlier: before === null ? [] : await earlierTexts(db, ticket.id, before),
    answered: before === null ? false : await wasAnswered(db, ticket.id),
    ...clientLookUps(desk, directory, { client, contact }, matter),
    searchTickets: (query, limit) =>
      relatedTickets(
        db,
        desk.database.recentTickets,
        {
          text: query,
          clientId: client?.id ?? null,
          requesterAddress: ticket.requesterAddress,
          exclude: ticket.id,
        },
        limit,
      ),
  };
}
