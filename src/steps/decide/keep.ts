import { parseUntil } from "../../desk/until.ts";
import { insertNote } from "../../store/messages.ts";
import { addMinutes, updateTicket } from "../../store/tickets.ts";
import { moveReview } from "../../store/transition.ts";
import { decision, outcome, type Deciding, type ItemState, type Outcome } from "./deciding.ts";
import { atClockTime } from "../words.ts";

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
  const when = atClockTime(at, unit.at, desk.settings.timeZone);
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
    `#${ticket.number} comes back ${when}. You can still decide it here before.`,
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
  await decision(deciding, state, "time", { minutes });
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
