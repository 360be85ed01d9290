import type { ProposedDraft, TriageContext } from "../../assistant/engine.ts";
import type { ParsedMessage } from "../../mail/message.ts";
import type { ReplyRecipients } from "../../desk/recipients.ts";
import type { Technician } from "../../desk/ticket.ts";
import type { Triage } from "../../desk/triage.ts";
import type { NewDraft } from "../../store/drafts.ts";
import type { MessageRecord } from "../../store/messages.ts";
import type { TicketRecord } from "../../store/tickets.ts";
import type { Desk, Directory } from "../desk.ts";
import { toDraft } from "./draft-reply.ts";

/** What a reply is written from. */
export interface ToAnswer {
  readonly ticket: TicketRecord;
  readonly stored: MessageRecord;
  readonly message: ParsedMessage;
  readonly context: TriageContext;
  /** As the engine found it, for its own words, and as the desk completed it. */
  readonly found: Triage;
  readonly triage: Triage;
  readonly recipients: ReplyRecipients;
}

/** In whose name: a technician who reads it first, or the desk where nobody does. */
export type Hand =
  { readonly kind: "technician"; readonly technician: Technician | null } | { readonly kind: "desk" };

/** The engine's words, and the draft that they make. */
interface WrittenReply {
  readonly proposed: ProposedDraft;
  readonly draft: NewDraft;
}

/** Have a reply written; `null` where there is nobody to write to. */
export async function writeReply(
  desk: Pick<Desk, "settings">,
  directory: Directory,
  input: ToAnswer,
  hand: Hand,
): Promise<WrittenReply | null> {
  if (input.recipients.to.length === 0) return null;
  const reviewer = hand.kind === "desk" ? null : hand.technician;
  const proposed = await directory.engine.draft({
    ...letterOf(input),
    signature: signatureOf(desk, hand),
    redraft: null,
  });
  return { proposed, draft: toDraft(desk, directory, { ...input, proposed, reviewer }) };
}

/** The text that says no more than that the mail has come; always in the desk's name. */
export function writeAcknowledgement(
  desk: Pick<Desk, "settings">,
  directory: Directory,
  input: ToAnswer,
): string {
  return directory.engine.acknowledge({
    ...letterOf(input),
    signature: signatureOf(desk, { kind: "desk" }),
  }).body;
}

const letterOf = ({ ticket, message, context, found }: ToAnswer) => ({
  triage: found,
  message,
  context,
  ticketNumber: ticket.number,
});

function signatureOf(desk: Pick<Desk, "settings">, hand: Hand): { technician: string; desk: string } {
  const { name } = desk.settings;
  return { technician: hand.kind === "desk" ? "" : (hand.technician?.name ?? name), desk: name };
}
