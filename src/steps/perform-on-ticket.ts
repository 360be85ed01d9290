import { parseUntil } from "../desk/until.ts";
import type { ProposedAction } from "../desk/action.ts";
import type { Technician, TicketStatus } from "../desk/ticket.ts";
import type { Intention } from "../review/intention.ts";
import { actsOf, markUndone } from "../store/acts.ts";
import { insertNote } from "../store/messages.ts";
import { reviewById, setReviewActions } from "../store/reviews.ts";
import { writeSetting } from "../store/settings.ts";
import { addMinutes, ticketById, ticketByNumber, updateTicket } from "../store/tickets.ts";
import { endDigestItems, moveDraft, moveReview, moveTicket } from "../store/transition.ts";
import { applyAction } from "./apply-action.ts";
import { decision, outcome, type Deciding, type ItemState, type Outcome } from "./deciding.ts";
import { handOver } from "./hand-over.ts";
import { supersedeDrafts } from "./supersede.ts";
import { clockTime } from "./words.ts";

/** A person's word needs no confidence: they know. */
const SURE = { confidence: 1, evidence: ["a technician said so"] } as const;

const ENDS: Readonly<Record<string, { readonly status: TicketStatus; readonly said: string }>> = {
  "mark-spam": { status: "spam", said: "marked as spam" },
  close: { status: "closed", said: "closed" },
  merge: { status: "merged", said: "merged" },
};

async function act(
  deciding: Deciding,
  state: ItemState,
  line: string,
  verb: string,
  action: ProposedAction,
): Promise<Outcome> {
  const { unit, actor, directory } = deciding;
  const ticket = (await ticketById(unit.db, state.ticket.id)) ?? state.ticket;
  const applied = await applyAction(unit, ticket, action, actor, directory.technicians);
  if (applied === null) {
    const end = ENDS[action.action];
    if (end !== undefined && ticket.status !== end.status)
      return outcome(
        line,
        state.item.number,
        "refused",
        `#${ticket.number} is ${ticket.status}, so it cannot be ${end.said}. Nothing was changed.`,
      );
    return outcome(line, state.item.number, "done", `#${ticket.number} is like that already.`);
  }
  await decision(deciding, state, verb, { action: action.action });
  await dropProposal(deciding, state, action.action);
  return outcome(line, state.item.number, "done", applied.sentence);
}

/** A person has decided this part; what was proposed for it must not come back with a later `approve`. */
async function dropProposal(
  deciding: Deciding,
  { review }: ItemState,
  kind: ProposedAction["action"],
): Promise<void> {
  if (review === null) return;
  const kept = review.actions.filter(({ action }) => action.action !== kind);
  if (kept.length < review.actions.length) await setReviewActions(deciding.unit.db, review.id, kept);
}

export function performCategory(
  deciding: Deciding,
  state: ItemState,
  line: string,
  category: string,
): Promise<Outcome> {
  return act(deciding, state, line, "category", {
    action: "categorise",
    category,
    type: state.ticket.type,
    ...SURE,
  });
}

export function performPriority(
  deciding: Deciding,
  state: ItemState,
  intention: Extract<Intention, { kind: "priority" }>,
): Promise<Outcome> {
  const { impact, urgency, priority } = state.ticket;
  return act(deciding, state, intention.line, "priority", {
    action: "set-priority",
    priority: intention.priority,
    from: priority,
    impact,
    urgency,
    ...SURE,
  });
}

/** `spam` and `close` end the question: nothing is sent, and the draft goes with it. */
export async function performEnd(
  deciding: Deciding,
  state: ItemState,
  line: string,
  verb: "spam" | "close",
): Promise<Outcome> {
  const stale = wroteAgain(state);
  if (stale !== null) return outcome(line, state.item.number, "refused", stale);
  const result = await act(deciding, state, line, verb, {
    action: verb === "spam" ? "mark-spam" : "close",
    ...SURE,
  });
  if (result.line.outcome === "refused") return result;
  await dropQuestion(deciding, state, verb);
  // `approve` and `close` go together; a reply to what is spam is called back while it is held.
  if (verb === "spam")
    await supersedeDrafts(
      deciding.unit,
      state.ticket.id,
      deciding.actor,
      `${deciding.technician.name} marked it as spam`,
    );
  return result;
}

/** A word about a message that is no longer the last one must not end what the client has just said. */
function wroteAgain({ item, draft, ticket }: ItemState): string | null {
  const newer = draft !== null && draft.basedOnMessageId !== ticket.lastClientMessageId;
  return newer || item.status === "void"
    ? `It was not done: this item of the digest is no longer current (${newer ? "the client wrote again" : (item.voidReason ?? "it was taken back")}). Say it in reply to the newer digest.`
    : null;
}

export async function performMerge(
  deciding: Deciding,
  state: ItemState,
  line: string,
  intoNumber: number,
): Promise<Outcome> {
  const stale = wroteAgain(state);
  if (stale !== null) return outcome(line, state.item.number, "refused", stale);
  const into = await ticketByNumber(deciding.unit.db, intoNumber);
  if (into === null || into.id === state.ticket.id || into.status === "merged" || into.status === "spam")
    return outcome(line, state.item.number, "refused", `#${intoNumber} is no ticket to merge into.`);
  if (into.clientId !== state.ticket.clientId)
    return outcome(
      line,
      state.item.number,
      "refused",
      `#${intoNumber} belongs to another client. Tickets of two clients are never merged.`,
    );
  const result = await act(deciding, state, line, "merge", {
    action: "merge",
    intoTicketId: into.id,
    ...SURE,
  });
  if (result.line.outcome === "refused") return result;
  await dropQuestion(deciding, state, "merge");
  return result;
}

async function dropQuestion(deciding: Deciding, state: ItemState, verb: string): Promise<void> {
  const { unit, actor, technician } = deciding;
  if (state.draft !== null)
    await moveDraft(
      unit,
      { id: state.draft.id, verb: "reject" },
      {
        stream: `ticket:${state.ticket.id}`,
        actor,
        kind: "draft.rejected",
        sentence: `Draft ${state.draft.revision} fell away: ${technician.name} said “${verb}”.`,
        evidence: { draftId: state.draft.id, verb },
      },
    );
  if (state.review === null) return;
  await moveReview(unit, { id: state.review.id, verb: "decide" }, null);
  await endDigestItems(unit, { reviewId: state.review.id }, { status: "used" });
}

/** `reroute 1 to Dana`, `reroute 1 to Network`: the ticket moves, and whoever has it now is asked. */
export async function performReroute(
  deciding: Deciding,
  state: ItemState,
  line: string,
  to: string,
): Promise<Outcome> {
  const { directory } = deciding;
  const person = findTechnician(directory.technicians, to);
  const queue = directory.queues.find((one) => one.name.toLowerCase() === to.trim().toLowerCase());
  if (person === null && queue === undefined)
    return outcome(line, state.item.number, "asked", unknownName(deciding, to));
  const target = queue?.name ?? person?.queues[0] ?? state.ticket.queue;
  const inQueue = directory.technicians.filter(
    (one) => one.active && queue !== undefined && one.queues.includes(queue.name),
  );
  const technicianId = person?.id ?? null;
  const result = await act(deciding, state, line, "reroute", {
    action: "route",
    queue: target,
    technicianId,
    ...SURE,
  });
  const next =
    person ??
    inQueue.toSorted((a, b) => (directory.loads.get(a.id) ?? 0) - (directory.loads.get(b.id) ?? 0))[0] ??
    null;
  const asked = next === null ? "" : await askInstead(deciding, state, next);
  return { line: { ...result.line, sentence: `${result.line.sentence}${asked}` } };
}

/** `assign` and `take` name who works on it; `assign` asks that person for the open draft too. */
export async function performAssign(
  deciding: Deciding,
  state: ItemState,
  line: string,
  to: string,
): Promise<Outcome> {
  const person = findTechnician(deciding.directory.technicians, to);
  if (person === null) return outcome(line, state.item.number, "asked", unknownName(deciding, to));
  const result = await act(deciding, state, line, "assign", {
    action: "route",
    queue: state.ticket.queue,
    technicianId: person.id,
    ...SURE,
  });
  const asked = await askInstead(deciding, state, person);
  return { line: { ...result.line, sentence: `${result.line.sentence}${asked}` } };
}

export function performTake(deciding: Deciding, state: ItemState, line: string): Promise<Outcome> {
  return act(deciding, state, line, "take", {
    action: "route",
    queue: state.ticket.queue,
    technicianId: deciding.technician.id,
    ...SURE,
  });
}

/** The open question goes to somebody else: void here, asked there. Answers what to add to the sentence. */
async function askInstead(deciding: Deciding, state: ItemState, next: Technician): Promise<string> {
  const { unit, technician, desk } = deciding;
  if (state.review === null || state.item.status !== "live" || next.id === technician.id) return "";
  // The same reply may have decided it a line earlier.
  const review = await reviewById(unit.db, state.review.id);
  if (review === null || (review.status !== "open" && review.status !== "snoozed")) return "";
  await handOver(desk, unit, review, next, {
    actor: deciding.actor,
    reason: `${technician.name} sent it to ${next.name}`,
  });
  return ` ${next.name} is asked about the draft now.`;
}

function findTechnician(technicians: readonly Technician[], to: string): Technician | null {
  const wanted = to.trim().toLowerCase();
  const active = technicians.filter((one) => one.active);
  const exact = active.filter(
    (one) => one.name.toLowerCase() === wanted || one.email.toLowerCase() === wanted,
  );
  const byFirst = active.filter((one) => one.name.toLowerCase().split(/\s+/)[0] === wanted);
  const found = exact.length > 0 ? exact : byFirst;
  return found.length === 1 ? (found[0] ?? null) : null;
}

function unknownName({ directory }: Deciding, to: string): string {
  const names = [
    ...directory.technicians.filter((one) => one.active).map((one) => one.name),
    ...directory.queues.map((one) => one.name),
  ];
  return `“${to.trim()}” is no technician and no queue here, or not just one. There are: ${names.join(", ")}.`;
}

export async function performNote(
  deciding: Deciding,
  state: ItemState,
  line: string,
  text: string,
): Promise<Outcome> {
  const { unit, technician } = deciding;
  await insertNote(unit.db, { ticketId: state.ticket.id, author: technician.email, text }, unit.now);
  unit.record({
    stream: `ticket:${state.ticket.id}`,
    actor: deciding.actor,
    kind: "ticket.note-added",
    sentence: `${technician.name} added a note to #${state.ticket.number}.`,
    evidence: {},
  });
  return outcome(
    line,
    state.item.number,
    "done",
    `Kept as a note on #${state.ticket.number}; the client never sees it.`,
  );
}

export async function performSnooze(
  deciding: Deciding,
  state: ItemState,
  line: string,
  until: string,
): Promise<Outcome> {
  const { unit, desk } = deciding;
  const { review, ticket, item } = state;
  const at = parseUntil(until, unit.at, desk.settings.timeZone);
  if (at === null)
    return outcome(
      line,
      item.number,
      "asked",
      `“${until}” is no time in the future. Write for example 15:00, tomorrow 9:00, monday or 2h.`,
    );
  if (review === null || item.status !== "live")
    return outcome(line, item.number, "refused", "There is nothing open to come back to.");
  const when = clockTime(at, unit.at, desk.settings.timeZone);
  const moved = await moveReview(
    unit,
    { id: review.id, verb: "snooze", also: { snoozed_until: at.toISOString() } },
    {
      stream: `ticket:${ticket.id}`,
      actor: deciding.actor,
      kind: "review.snoozed",
      sentence: `${deciding.technician.name} put #${ticket.number} off until ${at.toISOString()}.`,
      evidence: { reviewId: review.id },
    },
  );
  if (!moved) return outcome(line, item.number, "refused", "It is put off already, or decided.");
  await decision(deciding, state, "snooze", { until: at.toISOString() });
  await updateTicket(unit.db, ticket.id, { snoozed_until: at.toISOString() }, unit.now);
  return outcome(
    line,
    item.number,
    "done",
    `#${ticket.number} comes back at ${when}. You can still decide it here before.`,
  );
}

export async function performTime(
  deciding: Deciding,
  state: ItemState,
  line: string,
  minutes: number,
): Promise<Outcome> {
  const { unit } = deciding;
  await addMinutes(unit.db, state.ticket.id, minutes);
  unit.record({
    stream: `ticket:${state.ticket.id}`,
    actor: deciding.actor,
    kind: "ticket.time-added",
    sentence: `${deciding.technician.name} added ${minutes} minutes to #${state.ticket.number}.`,
    evidence: { minutes },
  });
  return outcome(
    line,
    state.item.number,
    "done",
    `${minutes} minutes were added to #${state.ticket.number}.`,
  );
}

/** `undo`: what the desk did alone on this item's ticket is put back as it was. */
export async function performUndo(deciding: Deciding, state: ItemState, line: string): Promise<Outcome> {
  const { unit, technician } = deciding;
  const acts = (await actsOf(unit.db, state.ticket.id)).filter((one) => one.undoneAt === null);
  if (acts.length === 0)
    return outcome(
      line,
      state.item.number,
      "refused",
      `The desk did nothing alone on #${state.ticket.number} that is left to undo.`,
    );
  const undone: string[] = [];
  // Newest first, so that each finds what it left behind.
  for (const one of acts.toReversed()) {
    if (!(await markUndone(unit.db, one.id, technician.email, unit.now))) continue;
    if (one.action.action === "mark-spam") {
      await moveTicket(
        unit,
        { id: state.ticket.id, verb: "unmark-spam" },
        {
          stream: `ticket:${state.ticket.id}`,
          actor: deciding.actor,
          kind: "ticket.unmarked-spam",
          sentence: `#${state.ticket.number} is no spam.`,
          evidence: {},
        },
      );
    } else await updateTicket(unit.db, state.ticket.id, one.before, unit.now);
    undone.push(one.action.action);
  }
  await decision(deciding, state, "undo", { undone });
  unit.record({
    stream: `ticket:${state.ticket.id}`,
    actor: deciding.actor,
    kind: "act.undone",
    sentence: `${technician.name} undid what the desk had done alone on #${state.ticket.number}: ${undone.join(", ")}.`,
    evidence: { acts: acts.map((one) => one.id) },
  });
  return outcome(
    line,
    state.item.number,
    "done",
    `Put back as it was on #${state.ticket.number}: ${undone.join(", ")}.`,
  );
}

/** The stop switch: no automatic act until it is taken back. */
export async function performPause(deciding: Deciding, line: string, pause: boolean): Promise<Outcome> {
  const { unit, technician } = deciding;
  if (technician.role === "technician")
    return outcome(line, null, "refused", "Only a lead or an admin can pause or resume the desk.");
  await writeSetting(unit.db, "paused", pause ? "1" : "0");
  unit.record({
    stream: "desk",
    actor: deciding.actor,
    kind: pause ? "desk.paused" : "desk.resumed",
    sentence: `${technician.name} ${pause ? "paused" : "resumed"} the desk.`,
    evidence: {},
  });
  return outcome(
    line,
    null,
    "done",
    pause
      ? "The desk is paused: it does nothing alone until “resume desk”. Drafts and reviews go on."
      : "The desk may act alone again where a policy lets it.",
  );
}
