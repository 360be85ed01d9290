import { UsageError } from "../errors.ts";
import { addDays, instantOf, wallTimeOf, weekdayOf } from "./zoned-time.ts";
import type { Day } from "./zoned-time.ts";

/** One open stretch of one weekday (0 is Monday), in minutes since midnight; `to` may be 1440. */
export interface Span {
  readonly weekday: number;
  readonly from: number;
  readonly to: number;
}

/** Opening hours of a week, in the desk's time zone. `always` has no spans. */
interface WorkingHours {
  readonly always: boolean;
  /** In order of the week; a stretch over midnight is two. */
  readonly spans: readonly Span[];
}

export const HOURS_FORM =
  'days and times such as "Mon-Fri 08:00-17:00, Sat 09:00-12:00", or nothing for always';

const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;
const MIDNIGHT = 24 * 60;
/** Three years ahead is "never" for a calendar that has at least one span a week. */
const HORIZON_DAYS = 3 * 366;

/**
 * Reads "Mon-Fri 08:00-17:00, Sat 09:00-12:00".
 *
 * Days may be listed ("Mon, Wed 08:00-12:00"), times may follow ("Mon-Fri 08:00-12:00, 13:00-17:00"), and a stretch may
 * run over midnight ("Mon-Fri 20:00-06:00" ends on Saturday at 6). Throws UsageError that names the part it cannot read.
 */
export function parseHours(text: string): WorkingHours {
  const trimmed = text.trim();
  if (trimmed === "") return { always: true, spans: [] };
  const spans: Span[] = [];
  let days: number[] = [];
  let daysUsed = false;
  for (const part of trimmed.split(",").map((one) => one.trim())) {
    const words = part.split(" ").filter((word) => word !== "");
    const time = words.find((word) => (word[0] ?? "") >= "0" && (word[0] ?? "") <= "9");
    const dayWords = words.filter((word) => word !== time);
    if (dayWords.length > 0) {
      if (daysUsed) days = [];
      daysUsed = false;
      for (const word of dayWords) days.push(...parseDays(word, text));
    }
    if (time === undefined && dayWords.length > 0) continue;
    if (time === undefined || days.length === 0)
      throw unreadable(text, part === "" ? "an empty part" : `"${part}"`);
    daysUsed = true;
    const [from, to] = parseStretch(time, text);
    for (const weekday of days) spans.push(...spansOf(weekday, from, to));
  }
  if (!daysUsed) throw unreadable(text, "days without a time");
  return { always: false, spans: joinSpans(spans) };
}

export function isWithin(hours: WorkingHours, instant: Date, timeZone: string): boolean {
  if (hours.always) return true;
  const { weekday, minutes } = wallTimeOf(instant, timeZone);
  return hours.spans.some((span) => span.weekday === weekday && span.from <= minutes && minutes < span.to);
}

/** The instant by which `milliseconds` of open time have passed. Real time: a day that loses an hour in spring is an hour shorter. */
export function addWorkingTime(
  hours: WorkingHours,
  instant: Date,
  milliseconds: number,
  timeZone: string,
): Date {
  if (hours.always) return new Date(instant.getTime() + milliseconds);
  let left = milliseconds;
  for (const stretch of openStretches(hours, instant, timeZone)) {
    const length = stretch.end.getTime() - stretch.start.getTime();
    if (left <= length) return new Date(stretch.start.getTime() + left);
    left -= length;
  }
  throw new UsageError(
    `The hours leave too little open time: ${milliseconds} ms do not fit into three years.`,
  );
}

/** Open time between two instants, in milliseconds; 0 where `to` is not later. */
export function workingTimeBetween(hours: WorkingHours, from: Date, to: Date, timeZone: string): number {
  if (to <= from) return 0;
  if (hours.always) return to.getTime() - from.getTime();
  let total = 0;
  for (const stretch of openStretches(hours, from, timeZone)) {
    if (stretch.start >= to) break;
    total += Math.min(stretch.end.getTime(), to.getTime()) - stretch.start.getTime();
  }
  return total;
}

interface Stretch {
  readonly start: Date;
  readonly end: Date;
}

/** Open stretches that end after `instant`, in order, the first cut to begin no earlier than it. */
function* openStretches(hours: WorkingHours, instant: Date, timeZone: string): Generator<Stretch> {
  const today: Day = wallTimeOf(instant, timeZone);
  for (let ahead = 0; ahead <= HORIZON_DAYS; ahead += 1) {
    const day = addDays(today, ahead);
    const weekday = weekdayOf(day);
    for (const span of hours.spans) {
      if (span.weekday !== weekday) continue;
      const start = instantOf(day, span.from, timeZone);
      const end = instantOf(day, span.to, timeZone);
      if (end > instant && end > start) yield { start: start < instant ? instant : start, end };
    }
  }
}

function parseDays(word: string, text: string): readonly number[] {
  const [first = "", last, ...rest] = word.split("-");
  const from = weekdayNamed(first);
  const to = last === undefined ? from : weekdayNamed(last);
  if (from === null || to === null || rest.length > 0) throw unreadable(text, `"${word}"`);
  const days = [from];
  for (let day = from; day !== to;) {
    day = (day + 1) % 7;
    days.push(day);
  }
  return days;
}

/** "mon", "Monday", "thurs": three letters or more of an English day. */
export function weekdayNamed(word: string): number | null {
  const name = word.toLowerCase();
  const index = name.length < 3 ? -1 : WEEKDAYS.findIndex((day) => day.startsWith(name));
  return index === -1 ? null : index;
}

function parseStretch(word: string, text: string): readonly [number, number] {
  const [first = "", last = "", ...rest] = word.split("-");
  const from = parseClock(first);
  const to = parseClock(last);
  if (from === null || to === null || rest.length > 0 || from === MIDNIGHT || from === to)
    throw unreadable(text, `"${word}"`);
  return [from, to];
}

/** "8:00" or "08:00" up to "24:00", in minutes. */
function parseClock(word: string): number | null {
  const match = /^(\d{1,2}):(\d{2})$/.exec(word);
  if (match === null) return null;
  const hours = Number(match[1]);
  const minutes = Number(match[2]);
  return minutes < 60 && hours * 60 + minutes <= MIDNIGHT ? hours * 60 + minutes : null;
}

function spansOf(weekday: number, from: number, to: number): readonly Span[] {
  if (to > from) return [{ weekday, from, to }];
  const evening = { weekday, from, to: MIDNIGHT };
  return to === 0 ? [evening] : [evening, { weekday: (weekday + 1) % 7, from: 0, to }];
}

/** Sorted, and overlapping or touching stretches of a day made one, so that no minute counts twice. */
function joinSpans(spans: readonly Span[]): readonly Span[] {
  const joined: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.weekday - b.weekday || a.from - b.from)) {
    const last = joined.at(-1);
    if (last !== undefined && last.weekday === span.weekday && span.from <= last.to) {
      joined[joined.length - 1] = { ...last, to: Math.max(last.to, span.to) };
    } else joined.push(span);
  }
  return joined;
}

function unreadable(text: string, part: string): UsageError {
  return new UsageError(`The hours "${text}" cannot be read at ${part}; write ${HOURS_FORM}.`);
}
