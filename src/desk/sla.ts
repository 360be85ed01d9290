import { addWorkingTime, parseHours } from "./calendar.ts";
import type { ServiceLevel } from "./desk-file-rows.ts";
import type { Priority } from "./ticket.ts";

/** When somebody should have answered, and when it should be solved. `null`: no promise for this priority. */
interface SlaClock {
  readonly respondBy: Date | null;
  readonly resolveBy: Date | null;
}

/**
 * The two targets of a ticket, in open time of the SLA's hours. `pausedMs` is open time that the ticket spent pending
 * on the client, which does not count towards solving it.
 */
export function slaClock(
  level: ServiceLevel | null,
  priority: Priority,
  openedAt: Date,
  pausedMs: number,
  timeZone: string,
): SlaClock {
  const target = level?.targets[priority];
  if (level === null || target === undefined) return { respondBy: null, resolveBy: null };
  const hours = parseHours(level.hours);
  return {
    respondBy: addWorkingTime(hours, openedAt, target.respondMs, timeZone),
    resolveBy: addWorkingTime(hours, openedAt, target.resolveMs + pausedMs, timeZone),
  };
}

/** The share of the time after which a promise is near. */
const NEAR = 0.8;

/** `due-soon` from four fifths of the time on. */
export function slaState(
  due: Date | null,
  openedAt: Date,
  now: Date,
): "none" | "on-track" | "due-soon" | "missed" {
  if (due === null) return "none";
  if (now >= due) return "missed";
  return now >= nearFrom(due, openedAt) ? "due-soon" : "on-track";
}

/** From when on a promise is near. */
export function nearFrom(due: Date, openedAt: Date): Date {
  return new Date(openedAt.getTime() + (due.getTime() - openedAt.getTime()) * NEAR);
}
