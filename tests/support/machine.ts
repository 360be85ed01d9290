import type { Transition } from "../../src/desk/lifecycle.ts";

/** The state that `verb` leads to, or `null` where the step is not legal: a second reading of the table, beside the SQL's. */
export function nextState(machine: readonly Transition[], from: string, verb: string): string | null {
  return machine.find((step) => step.from === from && step.verb === verb)?.to ?? null;
}
