import { createHash } from "node:crypto";
import type { Technician } from "../../desk/ticket.ts";
import type { ReplyReading } from "../../review/command.ts";
import { reviewAddress } from "../../review/token.ts";
import { renderTranscript, type Refusal } from "../../review/transcript.ts";
import type { ItemState, Outcome } from "./deciding.ts";
import type { Directory } from "../desk.ts";
import { queueInside } from "../review/inside-mail.ts";
import type { Unit } from "../unit.ts";
import { firstName } from "../words.ts";
import type { DecidingDesk, Reply } from "./reply.ts";

/** One name for one reply: a second run finds the transcript instead of writing another. */
export function transcriptName(messageId: number): string {
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

export async function queueTranscript(
  desk: DecidingDesk,
  unit: Unit,
  directory: Directory,
  input: Transcript,
): Promise<number> {
  const { reply, technician, outcomes, reading } = input;
  const base = desk.settings.reviewAddress;
  const replyTo = reply.token === "" ? base : reviewAddress(base, reply.token);
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
