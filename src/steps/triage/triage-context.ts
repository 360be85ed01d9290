import type { TriageContext } from "../../assistant/engine.ts";
import { sameAddress } from "../../mail/address.ts";
import type { ParsedMessage } from "../../mail/message.ts";
import type { Filing } from "../../desk/filing.ts";
import { struckOut } from "../../review/struck-out.ts";
import { withoutTokens } from "../../review/token.ts";
import { wasAnswered } from "../../store/drafts.ts";
import { earlierTexts, type MessageRecord } from "../../store/messages.ts";
import { NOT_SPAM } from "../../store/message-triage.ts";
import { relatedTickets } from "../../store/related-tickets.ts";
import type { TicketRecord } from "../../store/tickets.ts";
import type { Desk, Directory } from "../desk.ts";
import { clientSide } from "../filing/file-facts.ts";
import { clientLookUps, type Matter } from "./client-look-ups.ts";

/** Its text is what filing took for the matter; what a technician forwarded is read as the client's own mail. */
export function forTriage(
  message: ParsedMessage,
  filing: Filing,
  ticket: TicketRecord,
  stored: MessageRecord,
): ParsedMessage {
  if (!isPassedOn(message, filing, ticket))
    return { ...struckOut(message), newText: withoutTokens(stored.newText ?? message.newText) };
  const from = [{ name: ticket.requesterName, address: ticket.requesterAddress }];
  return {
    ...struckOut(message),
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
export function isPassedOn(message: ParsedMessage, filing: Filing, ticket: TicketRecord): boolean {
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
