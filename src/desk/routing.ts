import { isWithin, parseHours } from "./calendar.ts";
import type { Technician } from "./ticket.ts";

interface RouteInput {
  readonly queueName: string;
  /** Skills that the ticket asks for; one that nobody in the queue has is ignored. */
  readonly skills: readonly string[];
  readonly technicians: readonly Technician[];
  /** Open tickets by technician id; a missing id has none. */
  readonly loads: ReadonlyMap<number, number>;
  readonly now: Date;
  readonly timeZone: string;
}

export interface Route {
  readonly queue: string;
  /** `null`: the queue as a whole. */
  readonly technicianId: number | null;
  readonly reason: string;
}

/** Who should work on it: in the queue, on shift, most of the skills, fewest open tickets; ties go to the lower id. */
export function routeTicket(input: RouteInput): Route {
  const { queueName, loads } = input;
  const members = input.technicians.filter(
    (technician) => technician.active && isMember(technician, queueName),
  );
  if (members.length === 0)
    return { queue: queueName, technicianId: null, reason: `${queueName} has no active technician.` };
  const onShift = members.filter((technician) => isOnShift(technician, input.now, input.timeZone));
  if (onShift.length === 0)
    return { queue: queueName, technicianId: null, reason: `Nobody of ${queueName} is on shift.` };

  const matched = (technician: Technician): readonly string[] =>
    input.skills.filter((skill) => holds(technician.skills, skill));
  const most = Math.max(...onShift.map((technician) => matched(technician).length));
  const chosen = leastLoaded(
    onShift.filter((technician) => matched(technician).length === most),
    loads,
  );
  if (chosen === undefined)
    return { queue: queueName, technicianId: null, reason: `Nobody of ${queueName} is on shift.` };
  const skill = most === 0 ? "" : `, knows ${matched(chosen).join(", ")}`;
  const load = loads.get(chosen.id) ?? 0;
  return {
    queue: queueName,
    technicianId: chosen.id,
    reason: `${onShiftIn(chosen.name, queueName)}${skill}, with ${load} open ${load === 1 ? "ticket" : "tickets"}.`,
  };
}

interface ReviewersInput {
  readonly assigneeId: number | null;
  readonly queueName: string;
  readonly technicians: readonly Technician[];
  readonly loads: ReadonlyMap<number, number>;
  readonly now: Date;
  readonly timeZone: string;
  /** Ids of those already asked, for the next in line. */
  readonly exclude: readonly number[];
}

interface Reviewers {
  /** Empty only where nobody is left. */
  readonly technicianIds: readonly number[];
  readonly reason: string;
}

/** How the reason for a person begins who works now; where their name and queue are shown beside it, this much says nothing new. */
export const onShiftIn = (name: string, queueName: string): string => `${name} is on shift in ${queueName}`;

/**
 * Who is asked to review (protocol §5): the assignee on shift, else one of the queue on shift, else a lead, else an admin.
 * Off hours it is still asked of someone: a review that nobody got is a message lost.
 */
export function reviewersFor(input: ReviewersInput): Reviewers {
  const { queueName, loads } = input;
  const people = input.technicians.filter(
    (technician) => technician.active && !input.exclude.includes(technician.id),
  );
  const onShift = people.filter((technician) => isOnShift(technician, input.now, input.timeZone));
  const inQueue = (technician: Technician): boolean => isMember(technician, queueName);
  const assignee = people.find((technician) => technician.id === input.assigneeId);

  const steps: readonly (readonly [readonly Technician[], (name: string) => string])[] = [
    [onShift.filter((one) => one === assignee), (name) => `${name} is assigned and on shift.`],
    [onShift.filter(inQueue), (name) => `${onShiftIn(name, queueName)}, with the fewest open tickets.`],
    [
      onShift.filter(hasRole("lead")),
      (name) => `Nobody else of ${queueName} is on shift; ${name} is a lead on shift.`,
    ],
    [
      onShift.filter(hasRole("admin")),
      (name) => `Nobody else of ${queueName} is on shift, nor a lead; ${name} is an admin on shift.`,
    ],
    [
      people.filter((one) => inQueue(one) && hasRole("lead")(one)),
      (name) => `Nobody who could review is on shift; ${name} leads ${queueName}.`,
    ],
    [people.filter(hasRole("lead")), (name) => `Nobody who could review is on shift; ${name} is a lead.`],
    [
      people.filter(hasRole("admin")),
      (name) => `Nobody who could review is on shift, and there is no lead; ${name} is an admin.`,
    ],
    [
      people.filter((one) => one === assignee),
      (name) => `Nobody who could review is on shift; ${name} is assigned.`,
    ],
    [people.filter(inQueue), (name) => `Nobody who could review is on shift; ${name} is of ${queueName}.`],
    [people, (name) => `${queueName} has nobody to ask; ${name} is an active technician.`],
  ];
  for (const [candidates, say] of steps) {
    const chosen = leastLoaded(candidates, loads);
    if (chosen !== undefined) return { technicianIds: [chosen.id], reason: say(chosen.name) };
  }
  return { technicianIds: [], reason: "No active technician is left to ask." };
}

/** Throws UsageError where the stored hours cannot be read; import refuses those. */
function isOnShift(technician: Technician, now: Date, timeZone: string): boolean {
  return technician.active && isWithin(parseHours(technician.hours), now, timeZone);
}

function isMember(technician: Technician, queueName: string): boolean {
  return holds(technician.queues, queueName);
}

function holds(words: readonly string[], wanted: string): boolean {
  return words.some((word) => word.toLowerCase() === wanted.toLowerCase());
}

function leastLoaded(
  technicians: readonly Technician[],
  loads: ReadonlyMap<number, number>,
): Technician | undefined {
  return technicians.toSorted((a, b) => (loads.get(a.id) ?? 0) - (loads.get(b.id) ?? 0) || a.id - b.id)[0];
}

const hasRole =
  (role: Technician["role"]) =>
  (technician: Technician): boolean =>
    technician.role === role;
