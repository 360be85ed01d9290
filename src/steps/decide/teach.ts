import type { LearnedField } from "../../desk/learned-field.ts";
import type { Lesson } from "../../desk/lesson.ts";
import { LEARNED_FIELDS } from "../../desk/learned-field.ts";
import type { Triage } from "../../desk/triage.ts";
import type { TicketRecord } from "../../store/tickets.ts";
import { insertLabels } from "../../store/labels.ts";
import { messageById, type MessageRecord } from "../../store/messages.ts";
import { recordPredictions, settlePredictions } from "../../store/predictions.ts";
import { clientSide } from "../filing/file-facts.ts";
import { saidBy } from "../review/said-by.ts";
import type { Deciding, ItemState } from "./deciding.ts";

/** The client's message that an item is about. */
export function messageIdOf({ basedOn, draft, ticket }: ItemState): number | null {
  return basedOn?.id ?? draft?.basedOnMessageId ?? ticket.lastClientMessageId;
}

/** Keep what a decision says; `writeLessons` puts it into the log when the whole reply has been acted on. */
export function teach(
  deciding: Deciding,
  state: ItemState,
  decisionId: number,
  lessons: readonly Lesson[],
): void {
  const messageId = messageIdOf(state);
  if (messageId === null || lessons.length === 0) return;
  deciding.taught.push({ ticket: state.ticket, messageId, decisionId, lessons });
}

/**
 * Write what a reply taught: labels for the models, and the word on what engines had proposed. Last in the transaction,
 * since others wait for the end of the log. Of two words on one field in one reply the later one counts.
 */
export async function writeLessons(deciding: Deciding): Promise<void> {
  const { unit, taught } = deciding;
  for (const messageId of new Set(taught.map((one) => one.messageId))) {
    const message = await messageById(unit.db, messageId);
    const about = taught.filter((one) => one.messageId === messageId);
    const [first] = about;
    if (message === null || first === undefined) continue;
    const last = new Map<LearnedField, Lesson & { readonly decisionId: number }>();
    for (const { lessons, decisionId } of about)
      for (const lesson of lessons) last.set(lesson.field, { ...lesson, decisionId });
    const words = [...last.values()];
    if (message.triage !== null) await recordProposed(deciding, message, message.triage);
    for (const decisionId of new Set(words.map((one) => one.decisionId)))
      await settlePredictions(
        unit.db,
        messageId,
        words.filter((one) => one.decisionId === decisionId),
        decisionId,
        unit.now,
      );
    await insertLabels(
      unit.db,
      { messageId },
      await exampleFor(deciding, message, first.ticket),
      words.map((one) => ({ ...one, author: deciding.technician.email })),
      unit.now,
    );
  }
}

/** What the engine that acts had said, as it stands on the message. */
function recordProposed({ unit }: Deciding, message: MessageRecord, triage: Triage): Promise<void> {
  const { engine, version } = triage;
  const said = LEARNED_FIELDS.map((field) => saidBy(triage, field));
  return recordPredictions(unit.db, { messageId: message.id, engine, version }, said, unit.now);
}

/** The message as the models see it: what a technician forwarded is read as the client's own. */
async function exampleFor({ unit, directory }: Deciding, message: MessageRecord, ticket: TicketRecord) {
  const forwarded = message.dispositionCode === "forwarded-by-technician";
  const { client } = await clientSide(unit.db, ticket.requesterAddress);
  const example = directory.exampleOf(
    {
      subject: (forwarded ? ticket.subject : message.subject) ?? "",
      newText: message.newText ?? "",
      from: [{ name: ticket.requesterName, address: ticket.requesterAddress }],
      attachments: message.attachments,
    },
    { client },
  );
  return { ...example, making: message.triage?.making ?? "" };
}
