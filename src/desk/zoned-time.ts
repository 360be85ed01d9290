/** Wall clock of a time zone and back, on Intl alone. Zones are IANA names. */

/** What a clock on the wall shows. `weekday` 0 is Monday, as in ISO 8601. */
interface WallTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  /** Since midnight, 0 to 1439. */
  readonly minutes: number;
  readonly seconds: number;
}

/** A calendar day, without a zone. */
export type Day = Pick<WallTime, "year" | "month" | "day">;

/** `2027-03-31`, a day of the calendar: `2027-02-30` is none. */
export function isDay(text: string): boolean {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

export function wallTimeOf(instant: Date, timeZone: string): WallTime {
  const parts = new Map<string, number>();
  for (const part of wallClock(timeZone).formatToParts(instant)) parts.set(part.type, Number(part.value));
  const get = (type: string): number => parts.get(type) ?? 0;
  const day = { year: get("year"), month: get("month"), day: get("day") };
  return {
    ...day,
    weekday: weekdayOf(day),
    minutes: get("hour") * 60 + get("minute"),
    seconds: get("second"),
  };
}

/**
 * The instant at which the wall shows `day` and `minutes` (1440 is the next midnight).
 * A time that a zone skips in spring is read as the same distance after the change; one that comes twice in autumn is the first.
 */
export function instantOf(day: Day, minutes: number, timeZone: string): Date {
  const wanted = Date.UTC(day.year, day.month - 1, day.day) + minutes * MINUTE;
  const before = offsetAt(wanted - DAY, timeZone);
  const after = offsetAt(wanted + DAY, timeZone);
  const withBefore = wanted - before;
  if (before === after || withBefore + offsetAt(withBefore, timeZone) === wanted) return new Date(withBefore);
  const withAfter = wanted - after;
  return new Date(withAfter + offsetAt(withAfter, timeZone) === wanted ? withAfter : withBefore);
}

export function addDays(day: Day, days: number): Day {
  const date = new Date(Date.UTC(day.year, day.month - 1, day.day + days));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** 0 is Monday. */
export function weekdayOf(day: Day): number {
  return (new Date(Date.UTC(day.year, day.month - 1, day.day)).getUTCDay() + 6) % 7;
}

/** Milliseconds that the wall is ahead of UTC. */
function offsetAt(time: number, timeZone: string): number {
  const wall = wallTimeOf(new Date(time), timeZone);
  const shown = Date.UTC(wall.year, wall.month - 1, wall.day) + wall.minutes * MINUTE + wall.seconds * 1000;
  return shown - Math.floor(time / 1000) * 1000;
}

/** Making a formatter costs 80 µs and using one 5: kept by zone. Nobody can tell a kept one from a new one. */
const wallClocks = new Map<string, Intl.DateTimeFormat>();

function wallClock(timeZone: string): Intl.DateTimeFormat {
  const kept = wallClocks.get(timeZone);
  if (kept !== undefined) return kept;
  const made = new Intl.DateTimeFormat("en-US", {
    timeZone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  wallClocks.set(timeZone, made);
  return made;
}
