import { weekdayNamed } from "./calendar.ts";
import { addDays, instantOf, wallTimeOf, weekdayOf } from "./zoned-time.ts";
import type { Day } from "./zoned-time.ts";

const MINUTE = 60_000;
/** "monday" alone, "tomorrow" alone, "2026-12-01" alone: when work begins. */
const MORNING = 9 * 60;
/** Nobody snoozes longer on purpose; "9999h" is a slip. */
const LONGEST_MS = 366 * 24 * 60 * MINUTE;

/**
 * Reads when a snooze ends: "15:00", "3pm", "tomorrow 9:00", "monday", "monday 14:00", "monday 9", "45m", "2h", "3d", "1w",
 * "2026-12-01", "2026-12-01 08:00". A time of day that has passed means tomorrow; a weekday is the next one, never today.
 *
 * Returns `null` where the words are none of these, or mean a time that is past or more than a year away.
 */
export function parseUntil(text: string, now: Date, timeZone: string): Date | null {
  const words = text
    .trim()
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((word) => !["", "at", "on", "next", "until", "till", "um", "uhr"].includes(word));
  const found = readWords(words.length > 0 && words[0] !== "in" ? words : words.slice(1), now, timeZone);
  if (found === null) return null;
  const ahead = found.getTime() - now.getTime();
  return ahead > 0 && ahead <= LONGEST_MS ? found : null;
}

function readWords(words: readonly string[], now: Date, timeZone: string): Date | null {
  const [first, second, ...rest] = words;
  if (first === undefined || rest.length > 0) return null;
  const wall = wallTimeOf(now, timeZone);

  if (second === undefined) {
    const span = readSpan(first);
    if (span !== null) return new Date(now.getTime() + span);
    const clock = readClock(first);
    if (clock !== null) {
      const today = instantOf(wall, clock, timeZone);
      return today > now ? today : instantOf(addDays(wall, 1), clock, timeZone);
    }
  }
  const day = readDay(first, wall);
  const minutes = second === undefined ? MORNING : (readClock(second) ?? readHour(second));
  return day === null || minutes === null ? null : instantOf(day, minutes, timeZone);
}

function readSpan(word: string): number | null {
  const match = /^(\d{1,4})(m|min|h|d|w)$/.exec(word);
  if (match === null) return null;
  const unit = { m: 1, min: 1, h: 60, d: 24 * 60, w: 7 * 24 * 60 }[match[2] ?? ""];
  return unit === undefined ? null : Number(match[1]) * unit * MINUTE;
}

/** "15:00", "9:00", "3pm", "9:30am". */
function readClock(word: string): number | null {
  const match = /^(\d{1,2})(?::(\d{2}))?(am|pm)?$/.exec(word);
  if (match === null) return null;
  const [, hourText, minuteText, half] = match;
  if (minuteText === undefined && half === undefined) return null;
  const hour = Number(hourText);
  const minute = Number(minuteText ?? "0");
  if (minute > 59 || hour > 23) return null;
  if (half === undefined) return hour * 60 + minute;
  if (hour < 1 || hour > 12) return null;
  return ((hour % 12) + (half === "pm" ? 12 : 0)) * 60 + minute;
}

/** "9" behind a day; alone it may be anything. */
const readHour = (word: string): number | null => (/^\d{1,2}$/.test(word) ? readClock(`${word}:00`) : null);

function readDay(word: string, today: Day): Day | null {
  if (word === "today") return today;
  if (word === "tomorrow") return addDays(today, 1);
  const weekday = weekdayNamed(word);
  if (weekday !== null) return addDays(today, ((weekday - weekdayOf(today) + 6) % 7) + 1);
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(word);
  if (match === null) return null;
  const day = { year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) };
  const real = addDays(day, 0);
  return real.month === day.month && real.day === day.day ? day : null;
}
