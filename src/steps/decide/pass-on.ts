import type { Technician } from "../../desk/ticket.ts";
import { reviewById } from "../../store/reviews.ts";
import { outcome, type Deciding, type ItemState, type Outcome } from "./deciding.ts";
import { handOver } from "../review/hand-over.ts";
import { SURE, act } from "./change-ticket.ts";

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
