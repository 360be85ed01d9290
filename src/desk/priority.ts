import { LEVELS, PRIORITIES } from "./ticket.ts";
import type { Impact, Priority, Urgency } from "./ticket.ts";

/** ITIL's matrix: how many are hit, by how soon it hurts. */
const MATRIX: Readonly<Record<Impact, Readonly<Record<Urgency, Priority>>>> = {
  high: { high: "P1", medium: "P2", low: "P3" },
  medium: { high: "P2", medium: "P3", low: "P4" },
  low: { high: "P3", medium: "P4", low: "P4" },
};

/** Priority from impact and urgency alone. Who asks does not change it: see `raiseForVip`. */
export function priorityOf(impact: Impact, urgency: Urgency): Priority {
  return MATRIX[impact][urgency];
}

/**
 * One step up for a VIP, as a step of its own, so that the raise shows in the evidence and can be refused.
 * It ends at P2: P1 says that many people cannot work, and one person's rank does not make that true.
 */
export function raiseForVip(priority: Priority, vip: boolean): Priority {
  if (!vip) return priority;
  if (priority === "P4") return "P3";
  if (priority === "P3") return "P2";
  return priority;
}

/** Whether `to` is worked on later than `from`: P3 is lower than P2. */
export function isLowerPriority(to: Priority, from: Priority): boolean {
  return PRIORITIES.indexOf(to) > PRIORITIES.indexOf(from);
}

const steps = (a: Impact, b: Impact): number => Math.abs(LEVELS.indexOf(a) - LEVELS.indexOf(b));

/**
 * Impact and urgency that give a priority, nearest to those that were found; where two are as near, urgency gives way
 * first, since a person who names a priority mostly says how soon. `null` where no levels give it.
 */
export function levelsFor(
  priority: Priority,
  found: { readonly impact: Impact; readonly urgency: Urgency },
  vip: boolean,
): { readonly impact: Impact; readonly urgency: Urgency } | null {
  const distance = (impact: Impact, urgency: Urgency): number =>
    steps(impact, found.impact) * 1.5 + steps(urgency, found.urgency);
  const [nearest] = LEVELS.flatMap((impact) => LEVELS.map((urgency) => ({ impact, urgency })))
    .filter(({ impact, urgency }) => raiseForVip(priorityOf(impact, urgency), vip) === priority)
    .sort((a, b) => distance(a.impact, a.urgency) - distance(b.impact, b.urgency));
  return nearest ?? null;
}
