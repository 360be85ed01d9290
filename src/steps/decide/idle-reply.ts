import type { Technician } from "../../desk/ticket.ts";
import { desk as deskActor } from "../../desk/event.ts";
import type { Intention } from "../../review/reading/intention.ts";
import { setDisposition } from "../../store/messages.ts";
import { insideMailByMessageIds } from "../../store/outbox.ts";
import { takeWarning } from "../../store/warnings.ts";
import type { Directory } from "../desk.ts";
import type { Unit } from "../unit.ts";
import { alertAdmins } from "../upkeep/alert-admins.ts";
import type { Outcome } from "./deciding.ts";
import type { DecidingDesk, Reply } from "./reply.ts";

/** Under this code lies a reply that was read and not answered. */
export const NOT_ANSWERED = "not-answered";

const HOUR_MS = 60 * 60 * 1000;
/** So many replies that ask for nothing and answer no digest are answered within an hour. */
const ANSWERED_AN_HOUR = 20;

/** Words and questions move nothing; an absence note may well begin with "Note:". */
const IDLE: ReadonlySet<Intention["kind"]> = new Set(["help", "note", "ask"]);

/** Whether a reply came to nothing that a person must be told of: nothing was decided, sent, or called back. */
export function isIdle(intentions: readonly Intention[], outcomes: readonly Outcome[]): boolean {
  return (
    intentions.every(({ kind }) => IDLE.has(kind)) ||
    outcomes.every(({ line }) => line.outcome === "refused" || line.outcome === "asked")
  );
}

/**
 * Whether a reply that came to nothing is answered. A technician's absence note that bears no sign of a program
 * answers each answer of the desk, for ever: past twenty within an hour the desk falls silent, and admins hear of it once. Whoever
 * answers a digest is always answered, as a person does who is learning the commands.
 *
 * @returns `null` to answer; else the outbox ids of the alert, to send after the commit
 */
export async function leftUnanswered(
  desk: DecidingDesk,
  unit: Unit,
  directory: Directory,
  { stored, message }: Reply,
  technician: Technician,
): Promise<readonly number[] | null> {
  const answered = await insideMailByMessageIds(unit.db, message.inReplyTo);
  if (answered?.kind === "digest" || answered?.kind === "reminder") return null;
  const { sends, heldBack } = await takeWarning(
    unit.db,
    `idle replies of technician ${technician.id}`,
    unit.at,
    HOUR_MS,
  );
  if (sends || heldBack < ANSWERED_AN_HOUR) return null;
  const sentence = `It was read and not answered: it asked for nothing, like ${ANSWERED_AN_HOUR} others of ${technician.name} within the hour. A program seems to answer the desk's answers.`;
  await setDisposition(unit.db, stored.id, NOT_ANSWERED, sentence);
  unit.record({
    stream: `message:${stored.id}`,
    actor: deskActor("review"),
    kind: "review.not-answered",
    sentence,
    evidence: { code: NOT_ANSWERED, technicianId: technician.id },
  });
  if (heldBack > ANSWERED_AN_HOUR) return [];
  return alertAdmins(desk, unit, directory, {
    title: `A program seems to answer for ${technician.name}`,
    sentences: [
      `More than ${ANSWERED_AN_HOUR} replies within an hour asked for nothing, so such replies are read and not answered until the hour is over. What ${technician.name} decides is done and answered as ever.`,
      "Look for an absence note or a rule in the mailbox that answers every mail; one that says Auto-Submitted (RFC 3834) is known as one.",
    ],
    facts: [{ label: "Address", text: technician.email }],
    diagnostic: "",
  });
}
