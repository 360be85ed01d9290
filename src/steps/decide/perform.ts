import type { Intention } from "../../review/reading/intention.ts";
import { outcome, type Deciding, type ItemState, type Outcome } from "./deciding.ts";
import { performCategory, performEnd, performMerge, performPriority } from "./change-ticket.ts";
import { performNote, performSnooze, performTime } from "./keep.ts";
import { performAssign, performReroute, performTake } from "./pass-on.ts";
import { performPause } from "./pause.ts";
import { performRelease } from "./release-item.ts";
import { performStop } from "./stop.ts";
import { performRedraft, performReject } from "./turn-down.ts";
import { performUndo } from "./undo.ts";

/** Do one thing that a technician asked for, and say what came of it. */
export async function perform(
  deciding: Deciding,
  items: ReadonlyMap<number, ItemState>,
  intention: Intention,
): Promise<readonly Outcome[]> {
  const { line } = intention;
  if (!("item" in intention)) {
    if (intention.kind === "help") return [outcome(line, null, "done", "The commands are listed below.")];
    return [await performPause(deciding, line, intention.kind === "pause-desk")];
  }
  if (intention.kind === "ask") return [asked(items, intention)];
  if (intention.kind === "note" && (intention.item === null || !intention.understood)) {
    // Words for no item in particular: kept with the first ticket of the digest, so that they are not lost.
    const about = items.get(intention.item ?? 0) ?? items.values().next().value;
    const noted = about === undefined ? [] : [await performNote(deciding, about, line, intention.text)];
    // The transcript lists what was not understood by itself.
    return intention.understood ? noted : [];
  }
  const state = intention.item === null ? undefined : items.get(intention.item);
  if (state === undefined)
    return [outcome(line, intention.item, "asked", `This digest has no item ${intention.item}.`)];
  return [await performOn(deciding, state, intention)];
}

type ItemIntention = Exclude<Intention, { kind: "help" | "pause-desk" | "resume-desk" | "ask" }>;

async function performOn(deciding: Deciding, state: ItemState, intention: ItemIntention): Promise<Outcome> {
  const { line } = intention;
  switch (intention.kind) {
    case "release":
      return performRelease(deciding, state, intention);
    case "reject":
      return performReject(deciding, state, line, intention.reason);
    case "redraft":
      return performRedraft(deciding, state, line, intention.instruction);
    case "stop":
      return performStop(deciding, state, line);
    case "reroute":
      return performReroute(deciding, state, line, intention.to);
    case "assign":
      return performAssign(deciding, state, line, intention.to);
    case "take":
      return performTake(deciding, state, line);
    case "priority":
      return performPriority(deciding, state, intention);
    case "category":
      return performCategory(deciding, state, line, intention.category);
    case "spam":
    case "close":
      return performEnd(deciding, state, line, intention.kind);
    case "merge":
      return performMerge(deciding, state, line, intention.intoNumber);
    case "note":
      return performNote(deciding, state, line, intention.text);
    case "snooze":
      return performSnooze(deciding, state, line, intention.until);
    case "time":
      return performTime(deciding, state, line, intention.minutes);
    case "undo":
      return performUndo(deciding, state, line);
    case "run":
      return outcome(
        line,
        state.item.number,
        "refused",
        "Runbooks cannot be started by mail, and not yet from the console. Nothing was run.",
      );
  }
}

function asked(
  items: ReadonlyMap<number, ItemState>,
  intention: Extract<Intention, { kind: "ask" }>,
): Outcome {
  const result = outcome(intention.line, intention.item, "asked", intention.reason);
  const state = intention.item === null ? undefined : items.get(intention.item);
  if (intention.text === undefined || state === undefined) return result;
  return {
    ...result,
    askedBack: {
      item: state.item.number,
      ticketNumber: state.ticket.number,
      reason: intention.reason,
      text: intention.text,
    },
  };
}
