import { createHash } from "node:crypto";
import { TemporaryError } from "../../errors.ts";
import type { Authentication } from "../../mail/authentication.ts";
import type { ParsedMessage } from "../../mail/message.ts";
import { desk as deskActor } from "../../desk/event.ts";
import type { Filing } from "../../desk/filing.ts";
import { withoutTokens } from "../../review/token.ts";
import type { Client, Contact } from "../../desk/ticket.ts";
import { fileMessage } from "../../desk/threading.ts";
import { type FilingFacts } from "../../desk/filing-facts.ts";
import { filedColumns, type MessageRecord } from "../../store/messages.ts";
import { originalOf } from "../../store/known-mail.ts";
import {
  createTicket,
  holdAlert,
  openAlertTicket,
  ticketById,
  type TicketRecord,
} from "../../store/tickets.ts";
import { moveMessage, moveTicket } from "../../store/transition.ts";
import { recordBounce } from "../delivery/bounce.ts";
import type { Desk } from "../desk.ts";
import { clientSide, filingFacts } from "./file-facts.ts";
import { recordInsideBounce } from "../delivery/lost-mail.ts";
import { matterOf } from "./matter.ts";
import { recordReturnedCopy } from "../delivery/returned-copy.ts";
import { supersedeDrafts, voidReviews } from "../review/supersede.ts";
import { transact, type Unit } from "../unit.ts";

type FilingDesk = Pick<
  Desk,
  "database" | "queue" | "clock" | "settings" | "directory" | "failPoint" | "sealing" | "random"
>;

/** A new ticket with whose it is. */
export interface OpenedTicket {
  readonly ticket: TicketRecord;
  readonly client: Client | null;
  readonly contact: Contact | null;
}

/** A message in its place, with what filing it had at hand, so that the next step need not look again. */
export interface Filed {
  readonly filing: Filing;
  /** The ticket it opened; `null` where there was one, or none. */
  readonly opened: OpenedTicket | null;
  /** The text that the ticket is about; without tokens. */
  readonly newText: string;
}

/** Another run has filed this message meanwhile: this one's transaction must leave nothing. */
class FiledAlready extends Error {}

/** Another receipt of the same mail was filed meanwhile. */
class FiledElsewhere extends Error {
  readonly original: Original;
  constructor(original: Original) {
    super(`the same mail as message ${original.id}`);
    this.original = original;
  }
}

/** Another mail about the same alert has opened its ticket meanwhile. */
class AlertFiledMeanwhile extends Error {}

/** A mail that still cannot join after so many looks opens its own ticket: two are better than none. */
const LOOKS = 3;

type Original = NonNullable<Awaited<ReturnType<typeof originalOf>>>;

/** Decide where a parsed message belongs and put it there, in one transaction. `null`: another run had done it. */
export async function fileReceived(
  desk: FilingDesk,
  stored: MessageRecord,
  message: ParsedMessage,
  authentication: Authentication | null,
  looks = LOOKS,
): Promise<Filed | null> {
  const receiptKey = receiptKeyOf(message);
  const original = await originalOf(desk.database.reader, receiptKey, stored.id);
  if (original !== null) return filedAsDuplicate(desk, stored, message, original);

  const directory = await desk.directory.current();
  const facts = await filingFacts(desk, directory, stored, message, authentication?.dmarc === "fail");
  const filing = fileMessage(message, facts);
  const input: ToCommit = {
    stored,
    message,
    filing,
    facts,
    receiptKey,
    defaultQueue: directory.defaultQueue,
    authentication,
    isLastLook: looks <= 1,
  };
  let isFirstTry = true;
  try {
    return await transact(desk, "file", async (unit) => {
      // The unique receipt key stopped the first try: the same mail, taken in twice, is being filed by another worker.
      const other = isFirstTry ? null : await originalOf(unit.db, receiptKey, stored.id);
      if (other !== null) throw new FiledElsewhere(other);
      isFirstTry = false;
      return commitFiling(desk, unit, input);
    });
  } catch (error) {
    if (error instanceof FiledAlready) return null;
    if (error instanceof FiledElsewhere) return filedAsDuplicate(desk, stored, message, error.original);
    // Looked at anew, it joins that ticket.
    if (error instanceof AlertFiledMeanwhile)
      return fileReceived(desk, stored, message, authentication, looks - 1);
    throw error;
  }
}

interface ToCommit {
  readonly stored: MessageRecord;
  readonly message: ParsedMessage;
  readonly filing: Filing;
  readonly facts: FilingFacts;
  readonly receiptKey: string;
  readonly defaultQueue: string;
  readonly authentication: Authentication | null;
  readonly isLastLook: boolean;
}

async function commitFiling(desk: FilingDesk, unit: Unit, input: ToCommit): Promise<Filed> {
  const { stored, filing, message } = input;
  const opens = filing.kind === "new-ticket" || filing.kind === "spam-suspect";
  const opened = opens ? await openTicket(unit, input) : null;
  const placed = opened === null ? filing : { ...filing, ticketId: opened.ticket.id };
  const verb = filing.kind === "quarantined" ? "quarantine" : "file";
  const newText = withoutTokens(matterOf(input));
  const columns = {
    ...filedColumns(message, placed, input.receiptKey),
    ...(opens ? { new_text: newText } : {}),
  };
  const moved = await moveMessage(unit, stored.id, verb, columns, {
    stream: placed.ticketId === null ? `message:${stored.id}` : `ticket:${placed.ticketId}`,
    actor: deskActor("filing"),
    kind: "message.filed",
    sentence: `Message ${stored.id} was filed as ${placed.kind}: ${placed.reason}`,
    evidence: {
      messageId: stored.id,
      code: placed.code,
      evidence: placed.evidence,
      authentication: verdicts(input.authentication),
    },
  });
  if (!moved) throw new FiledAlready();
  await followUpOn(desk, unit, input, placed);
  return { filing: placed, opened, newText };
}

/** What a filing brings with it besides the message itself. */
async function followUpOn(desk: FilingDesk, unit: Unit, input: ToCommit, filing: Filing): Promise<void> {
  const { stored, message, facts } = input;
  if (filing.kind === "follow-up" && filing.ticketId !== null) {
    const moved = await moveTicket(
      unit,
      {
        id: filing.ticketId,
        verb: "client-reply",
        also: {
          last_client_message_id: stored.id,
          closed_at: null,
          snoozed_until: null,
          ...(filing.code === "same-alert" && facts.alert !== null ? { alert_state: facts.alert.state } : {}),
        },
      },
      {
        stream: `ticket:${filing.ticketId}`,
        actor: deskActor("filing"),
        kind: "ticket.client-replied",
        sentence: `${filing.requester?.address ?? "The client"} wrote again.`,
        evidence: { messageId: stored.id },
      },
    );
    // Marked as spam or merged since we looked: on such a ticket nobody would be asked about it. Filed anew, it finds its place.
    if (!moved)
      throw new TemporaryError(`ticket ${filing.ticketId} took no client mail any more; it is filed anew`);
    await supersedeDrafts(unit, filing.ticketId, deskActor("filing"), "the client wrote again");
    await voidReviews(unit, filing.ticketId, "the client wrote again");
  }
  if (
    filing.code === "bounce-of-release" &&
    facts.releaseForBounce !== null &&
    message.deliveryStatus !== null
  ) {
    await recordBounce(desk, unit, facts.releaseForBounce, message.deliveryStatus, stored.id);
  }
  if (filing.code === "bounce-of-review-mail" && facts.insideMailForBounce !== null)
    await recordInsideBounce(unit, facts.insideMailForBounce.outboxId, message.deliveryStatus);
  if (filing.code === "own-message-returned" && message.messageId !== null)
    await recordReturnedCopy(unit, message.messageId, stored.id);
}

async function openTicket(unit: Unit, input: ToCommit): Promise<OpenedTicket> {
  const { filing, message, stored, facts } = input;
  const requester = filing.requester ?? {
    name: message.from[0]?.name ?? "",
    address: message.from[0]?.address ?? "",
  };
  const forwarded = filing.code === "forwarded-by-technician" ? facts.forward : null;
  if (facts.alert !== null && filing.kind === "new-ticket" && !input.isLastLook)
    await noneMeanwhile(unit, requester.address, facts.alert);
  const { client, contact } =
    facts.sender.technician === null ? facts.sender : await clientSide(unit.db, requester.address);
  const subject = withoutTokens(forwarded?.subject || message.subject).trim() || "(no subject)";
  const ticket = await createTicket(
    unit.db,
    {
      subject: subject.slice(0, 250),
      clientId: client?.id ?? null,
      contactId: contact?.id ?? null,
      requesterName: withoutTokens(contact?.name || requester.name),
      requesterAddress: requester.address,
      queue: input.defaultQueue,
      lastClientMessageId: stored.id,
      // A technician's forward is the client's mail; their system's next alert comes by itself.
      alert: facts.alert,
      searchText: `${subject} ${withoutTokens(matterOf(input)).slice(0, 2000)}`,
    },
    unit.now,
  );
  unit.beginStream(`ticket:${ticket.id}`);
  unit.record({
    stream: `ticket:${ticket.id}`,
    actor: deskActor("filing"),
    kind: "ticket.opened",
    sentence: `Ticket #${ticket.number} was opened for ${requester.address || "an unnamed sender"}.`,
    evidence: { messageId: stored.id, clientId: client?.id ?? null },
  });
  return { ticket, client, contact };
}

/** A monitoring system sends many mails at one moment: of two that found no ticket, the second joins the first one's. */
async function noneMeanwhile(
  unit: Unit,
  address: string,
  alert: NonNullable<FilingFacts["alert"]>,
): Promise<void> {
  await holdAlert(unit.db, address, alert.key);
  const open = await openAlertTicket(unit.db, address, alert.key);
  if (open !== null && open.ticket.id !== (alert.ticket?.ticketId ?? null)) throw new AlertFiledMeanwhile();
}

async function filedAsDuplicate(
  desk: FilingDesk,
  stored: MessageRecord,
  message: ParsedMessage,
  original: Original,
): Promise<Filed> {
  const filing = await fileDuplicate(desk, stored, message, original);
  return { filing, opened: null, newText: message.newText };
}

async function fileDuplicate(
  desk: FilingDesk,
  stored: MessageRecord,
  message: ParsedMessage,
  original: Original,
): Promise<Filing> {
  const filing: Filing = {
    kind: "duplicate",
    code: "same-message-and-content",
    reason: `The same mail as message ${original.id}; this receipt is kept and not filed again.`,
    ticketId: original.ticketId,
    suggestedTicketId: null,
    requester: null,
    evidence: [`message ${original.id}`],
  };
  await transact(desk, "file", async (unit) => {
    // No ticket: the receipt must not show as a second message of the conversation.
    await moveMessage(
      unit,
      stored.id,
      "file",
      { ...filedColumns(message, { ...filing, ticketId: null }, null), duplicate_of: original.id },
      {
        stream: `message:${stored.id}`,
        actor: deskActor("filing"),
        kind: "message.duplicate",
        sentence: filing.reason,
        evidence: { messageId: stored.id, original: original.id },
      },
    );
  });
  return filing;
}

/** A message that cannot be read: kept, shown with its reason, out of the way of the next one. */
export async function quarantine(
  desk: Pick<Desk, "database" | "queue" | "clock" | "failPoint">,
  messageId: number,
  code: string,
  reason: string,
): Promise<void> {
  await transact(desk, "quarantine", async (unit) => {
    await moveMessage(
      unit,
      messageId,
      "quarantine",
      { disposition: "quarantined", disposition_code: code, disposition_reason: reason },
      {
        stream: `message:${messageId}`,
        actor: deskActor("filing"),
        kind: "message.quarantined",
        sentence: `Message ${messageId} was put aside: ${reason}`,
        evidence: { messageId, code },
      },
    );
  });
}

/** The filing of a message that an earlier run filed. */
export async function filingOf(desk: Pick<Desk, "database">, stored: MessageRecord): Promise<Filing> {
  const ticket = stored.ticketId === null ? null : await ticketById(desk.database.reader, stored.ticketId);
  return {
    kind: stored.disposition ?? "quarantined",
    code: stored.dispositionCode ?? "",
    reason: stored.dispositionReason ?? "",
    ticketId: stored.ticketId,
    suggestedTicketId: stored.suggestedTicketId,
    requester: ticket === null ? null : { name: ticket.requesterName, address: ticket.requesterAddress },
    evidence: [],
  };
}

/** Without a Message-ID the content alone tells: its Date and the sender's words are in it. */
function receiptKeyOf(message: ParsedMessage): string {
  return createHash("sha256")
    .update(`${message.messageId ?? ""}\n${message.contentSha256}`)
    .digest("hex");
}

function verdicts(authentication: Authentication | null): object | null {
  return authentication === null
    ? null
    : { spf: authentication.spf, dkim: authentication.dkim, dmarc: authentication.dmarc };
}
