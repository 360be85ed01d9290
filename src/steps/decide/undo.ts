import type { ProposedAction } from "../../desk/action.ts";
import { lessonsOfUndo } from "../../desk/lesson.ts";
import { actsOf, markUndone, type ActRecord } from "../../store/acts.ts";
import { draftById } from "../../store/drafts.ts";
import { eventsOf, type StoredEvent } from "../../store/events.ts";
import { releaseByDraft } from "../../store/releases.ts";
import { takeForHonest } from "../../store/message-triage.ts";
import { ticketById, updateTicket, type TicketRecord } from "../../store/tickets.ts";
import { moveTicket } from "../../store/transition.ts";
import { callBackGranted } from "../review/call-back-granted.ts";
import { clockTime } from "../words.ts";
import { decision, outcome, type Deciding, type ItemState, type Outcome } from "./deciding.ts";
import { recordOutcome } from "./draft-outcome.ts";
import { teach } from "./teach.ts";

/**
 * `undo`: what the desk did alone on this item's ticket is put back as it was, but for what a person has changed since:
 * their word is the later one. Without an act of the desk, a merge or a person's own "spam" is taken back.
 */
export async function performUndo(deciding: Deciding, state: ItemState, line: string): Promise<Outcome> {
  const { unit, technician } = deciding;
  const { item } = state;
  const ticket = (await ticketById(unit.db, state.ticket.id)) ?? state.ticket;
  const acts = (await actsOf(unit.db, ticket.id)).filter((one) => one.undoneAt === null);
  if (ticket.status === "spam" && acts.every((one) => one.action.action !== "mark-spam"))
    return unmark(deciding, { ...state, ticket }, line);
  if (acts.length === 0)
    return ticket.status === "merged"
      ? unmerge(deciding, state, line)
      : outcome(
          line,
          item.number,
          "refused",
          `The desk did nothing alone on #${ticket.number} that is left to undo.`,
        );
  const events = await eventsOf(unit.db, [`ticket:${ticket.id}`]);
  const undone: ActRecord[] = [];
  const kept: string[] = [];
  let now = ticket;
  // Newest first, so that each finds what it left behind.
  for (const one of acts.toReversed()) {
    if (one.draftId !== null) {
      if (await wasCalledBack(deciding, one)) undone.push(one);
      else if (one.action.action === "reply") kept.push("the reply, which has left already");
      continue;
    }
    const changed = changedSince(one, now, events);
    if (changed !== null) {
      kept.push(`the ${WORDS[one.action.action] ?? one.action.action}, ${byWhom(deciding, changed)}`);
      continue;
    }
    if (!(await markUndone(unit.db, one.id, technician.email, unit.now))) continue;
    await putBack(deciding, now, one);
    now = (await ticketById(unit.db, ticket.id)) ?? now;
    undone.push(one);
  }
  const left = kept.length === 0 ? "" : `Left as it is: ${kept.join("; ")}.`;
  if (undone.length === 0)
    return outcome(line, item.number, "refused", `Nothing on #${ticket.number} was undone. ${left}`.trim());
  const names = undone.map((one) => one.action.action);
  const decisionId = await decision(deciding, state, "undo", { undone: names });
  for (const one of undone) {
    teach(deciding, state, decisionId, lessonsOfUndo(one.action));
    const letter = one.draftId === null ? null : await draftById(unit.db, one.draftId);
    if (letter?.kind === "reply") await recordOutcome(deciding, letter, "rejected");
  }
  unit.record({
    stream: `ticket:${ticket.id}`,
    actor: deciding.actor,
    kind: "act.undone",
    sentence: `${technician.name} undid what the desk had done alone on #${ticket.number}: ${names.join(", ")}.`,
    evidence: { acts: undone.map((one) => one.id) },
  });
  const asked = [
    ...(names.includes("reply") ? ["The reply was not sent; you are asked about the same text."] : []),
    ...(names.includes("mark-spam") ? [ASKED_ANEW] : []),
  ].join(" ");
  return outcome(
    line,
    item.number,
    "done",
    [`Put back as it was on #${ticket.number}: ${names.join(", ")}.`, asked, left]
      .filter((sentence) => sentence !== "")
      .join(" "),
  );
}

/** Mail that a policy let out: it can be called back until it begins to leave. */
async function wasCalledBack({ desk, unit, technician, actor }: Deciding, act: ActRecord): Promise<boolean> {
  const release = act.draftId === null ? null : await releaseByDraft(unit.db, act.draftId);
  if (release === null) return false;
  const sentence = `${technician.name} undid what a policy had let out.`;
  const by = { actor, sentence, technicianId: technician.id };
  return (
    (await callBackGranted(desk, unit, release, by)) &&
    markUndone(unit.db, act.id, technician.email, unit.now)
  );
}

/** What a person calls the fields that an act set. */
const WORDS: Readonly<Partial<Record<ProposedAction["action"], string>>> = {
  route: "queue and assignee",
  categorise: "category",
  "set-priority": "priority",
  "mark-spam": "status",
};

/** Events by which a person sets the same fields. */
const EVENTS: Readonly<Partial<Record<ProposedAction["action"], readonly string[]>>> = {
  route: ["ticket.routed"],
  categorise: ["ticket.categorised"],
  "set-priority": ["ticket.priority-set"],
  "mark-spam": ["ticket.marked-spam", "ticket.unmarked-spam"],
};

/** The person's event since, "unknown" where the fields are others and no event tells why, or `null`. */
function changedSince(
  act: ActRecord,
  ticket: TicketRecord,
  events: readonly StoredEvent[],
): StoredEvent | "unknown" | null {
  const kinds = EVENTS[act.action.action] ?? [];
  const by = events.findLast(
    (event) => event.actor.kind === "person" && event.at >= act.createdAt && kinds.includes(event.kind),
  );
  return by ?? (leftAsSet(act.action, ticket) ? null : "unknown");
}

function leftAsSet(action: ProposedAction, ticket: TicketRecord): boolean {
  switch (action.action) {
    case "route":
      return ticket.queue === action.queue && ticket.assigneeId === action.technicianId;
    case "categorise":
      return ticket.category === action.category && ticket.type === action.type;
    case "set-priority":
      return ticket.priority === action.priority;
    case "mark-spam":
      return ticket.status === "spam";
    default:
      return true;
  }
}

function byWhom({ directory, desk, unit, technician }: Deciding, by: StoredEvent | "unknown"): string {
  if (by === "unknown") return "which was changed since";
  const name =
    by.actor.id === technician.email
      ? "you"
      : (directory.technicians.find((one) => one.email === by.actor.id)?.name ?? by.actor.id);
  return `which ${name} changed at ${clockTime(new Date(by.at), unit.at, desk.settings.timeZone)}`;
}

async function putBack(deciding: Deciding, ticket: TicketRecord, act: ActRecord): Promise<void> {
  const { unit } = deciding;
  if (act.action.action !== "mark-spam") return updateTicket(unit.db, ticket.id, act.before, unit.now);
  await takeMarkBack(deciding, ticket);
}

const ASKED_ANEW = "It is read once more, and you are asked about an answer.";

/** No spam after all: the ticket opens, and its last mail is triaged as one that wants an answer. */
async function takeMarkBack({ unit, actor, technician }: Deciding, ticket: TicketRecord): Promise<boolean> {
  const moved = await moveTicket(
    unit,
    { id: ticket.id, verb: "unmark-spam" },
    {
      stream: `ticket:${ticket.id}`,
      actor,
      kind: "ticket.unmarked-spam",
      sentence: `#${ticket.number} is no spam.`,
      evidence: {},
    },
  );
  const messageId = ticket.lastClientMessageId;
  if (!moved || messageId === null) return moved;
  await takeForHonest(unit.db, messageId, `${technician.name} said that it is no spam.`);
  unit.enqueue({ kind: "handle-message", payload: { messageId } });
  return true;
}

/** A person's own "spam" taken back by a person. */
async function unmark(deciding: Deciding, state: ItemState, line: string): Promise<Outcome> {
  const { ticket, item } = state;
  if (!(await takeMarkBack(deciding, ticket)))
    return outcome(line, item.number, "refused", `#${ticket.number} is not marked as spam any more.`);
  const decisionId = await decision(deciding, state, "undo", { undone: ["mark-spam"] });
  teach(deciding, state, decisionId, lessonsOfUndo({ action: "mark-spam", confidence: 1, evidence: [] }));
  return outcome(line, item.number, "done", `#${ticket.number} is no spam, and open again. ${ASKED_ANEW}`);
}

/** A merge is a person's own act; nothing was lost by it, so the same person's word takes it back. */
async function unmerge(deciding: Deciding, state: ItemState, line: string): Promise<Outcome> {
  const { unit, technician, actor } = deciding;
  const { ticket, item } = state;
  const moved = await moveTicket(
    unit,
    { id: ticket.id, verb: "unmerge", also: { merged_into_id: null } },
    {
      stream: `ticket:${ticket.id}`,
      actor,
      kind: "ticket.unmerged",
      sentence: `${technician.name} took the merge of #${ticket.number} back.`,
      evidence: {},
    },
  );
  if (!moved) return outcome(line, item.number, "refused", `#${ticket.number} is not merged any more.`);
  await decision(deciding, state, "undo", { undone: ["merge"] });
  return outcome(
    line,
    item.number,
    "done",
    `#${ticket.number} is a ticket of its own again, and open. “redraft ${item.number}: what to say” brings a draft.`,
  );
}
