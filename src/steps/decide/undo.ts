import { actsOf, markUndone } from "../../store/acts.ts";
import { updateTicket } from "../../store/tickets.ts";
import { moveTicket } from "../../store/transition.ts";
import { decision, outcome, type Deciding, type ItemState, type Outcome } from "./deciding.ts";

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
