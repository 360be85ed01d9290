import type { TriageContext } from "../../assistant/engine.ts";
import { alertOf } from "../../assistant/local/alert.ts";
import type { Authentication } from "../../mail/authentication.ts";
import type { ParsedMessage } from "../../mail/message.ts";
import { UNKNOWN_ERROR } from "../../desk/action.ts";
import type { Filing } from "../../desk/filing.ts";
import type { PolicyContext } from "../../desk/policy.ts";
import { isLowerPriority, priorityOf, raiseForVip } from "../../desk/priority.ts";
import type { Priority } from "../../desk/ticket.ts";
import type { SameElsewhere, Triage } from "../../desk/triage.ts";
import { type MessageRecord } from "../../store/messages.ts";
import { NOT_SPAM } from "../../store/message-triage.ts";
import { ticketById, type TicketRecord } from "../../store/tickets.ts";
import type { Desk, Directory } from "../desk.ts";
import type { OpenedTicket } from "../filing/file.ts";
import { commitTriage } from "../review/request-review.ts";
import { transact } from "../unit.ts";
import { audienceOf } from "./audience.ts";
import type { Finding } from "./finding.ts";
import { judgeActions, warningsOf } from "./judge-actions.ts";
import { proposeActions } from "./propose-actions.ts";
import { forTriage, isPassedOn, triageContextFor } from "./triage-context.ts";
import { whoWorks } from "./who-works.ts";
import { writeReply } from "./write-reply.ts";

type Triaging = Pick<
  Desk,
  "database" | "queue" | "clock" | "settings" | "directory" | "failPoint" | "random" | "log"
>;

/** A filed message, with what the steps before had at hand. */
interface ToTriage {
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
  const { message, context, found, triage } = await askEngine(desk, directory, input, ticket);
  const { client, contact } = context;
  const vip = (client?.vip ?? false) || (contact?.vip ?? false);
  const priority = priorityFor(triage, vip, filing, ticket);
  const work = whoWorks(desk, directory, triage, ticket);
  const { recipients, risk } = await audienceOf(desk, directory, { ticket, client, message, filing, triage });

  const alert = alertOf(message);
  // Nobody waits for an answer to "it is over".
  const isOver = alert?.state === "recovery";
  const answer = { ticket, stored, message, context, found, triage, recipients };
  const reply =
    triage.spam.value || isOver
      ? null
      : await writeReply(desk, directory, answer, { kind: "technician", technician: work.reviewer });
  const draft = reply?.draft ?? null;
  const mayAcknowledge =
    alert === null &&
    input.message.automatic.verdict === "no" &&
    isAnswerable(client !== null, input.authentication);
  const proposals = proposeActions({
    ticket,
    triage,
    route: work.route,
    priority,
    draft,
    filing,
    isOver,
    mayAcknowledge,
    draftError: draft === null ? UNKNOWN_ERROR : directory.draftError(draft.template),
  });
  const policyContext: PolicyContext = {
    clientName: client?.name ?? null,
    vip,
    category: triage.category.value,
    priority,
    risks: triage.risks,
    spam: triage.spam.value,
    draftWarnings: draft === null ? [] : warningsOf(draft),
    highRisk: risk.highRisk,
    answerable: mayAcknowledge,
    sampleDraw: (desk.random(4).readUInt32BE() % 1_000_000) / 1_000_000,
    stopSwitch: directory.paused,
  };
  const judged = await judgeActions(desk, directory, proposals, policyContext, answer);
  return { ticket, stored, client, contact, triage, priority, ...work, recipients, risk, draft, ...judged };
}

/** The engine's word on a message, and what the desk adds to it that is no engine's business. */
async function askEngine(
  desk: Pick<Triaging, "database" | "queue" | "clock">,
  directory: Directory,
  input: ToTriage,
  ticket: TicketRecord,
): Promise<{
  readonly message: ParsedMessage;
  readonly context: TriageContext;
  /** As the engine said it, but for what a person has said of it. */
  readonly found: Triage;
  readonly triage: Triage;
}> {
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
  // What a technician passed on came with the technician's signature, not with its author's.
  const passedOn = isPassedOn(input.message, filing, ticket);
  const authentication = passedOn ? null : input.authentication;
  const seen = await directory.engine.triage(message, { ...context, authentication, passedOn });
  const found = filing.code === NOT_SPAM ? { ...seen, spam: honest(filing) } : seen;
  const [alone] = aloneBecause;
  return {
    message,
    context,
    found,
    triage: {
      ...found,
      sameElsewhere: await elsewhere(desk, filing, ticket, found),
      ...(alone === undefined ? {} : { lookUp: `Articles were looked up by words alone: ${alone}.` }),
    },
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
