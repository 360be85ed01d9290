/** Times and names as people read them, in the desk's time zone. */

/** `10:04` today, `Wed 09:12` within a week, `1 Dec 09:12` otherwise. */
export function clockTime(at: Date, now: Date, timeZone: string): string {
  const time = format(at, timeZone, { hour: "2-digit", minute: "2-digit", hour12: false });
  if (day(at, timeZone) === day(now, timeZone)) return time;
  const near = Math.abs(at.getTime() - now.getTime()) < 6 * 24 * 60 * 60 * 1000;
  return near
    ? `${format(at, timeZone, { weekday: "long" })} ${time}`
    : `${format(at, timeZone, { day: "numeric", month: "short" })} ${time}`;
}

/** With seconds: when a held reply leaves. */
export function clockTimeToTheSecond(at: Date, timeZone: string): string {
  return format(at, timeZone, { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false });
}

/** `Dana` of `Dana Wu`. */
export function firstName(name: string): string {
  return name.trim().split(/\s+/)[0] ?? name;
}

export const TYPE_LABELS = {
  incident: "incident",
  "service-request": "service request",
  question: "question",
  change: "change",
  "security-incident": "security incident",
} as const;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Intl's constructor costs more than the rest of a digest; its instances are kept. */
function format(at: Date, timeZone: string, options: Intl.DateTimeFormatOptions): string {
  const key = timeZone + JSON.stringify(options);
  let formatter = formats.get(key);
  if (formatter === undefined)
    formats.set(key, (formatter = new Intl.DateTimeFormat("en-GB", { timeZone, ...options })));
  return formatter.format(at);
}

const day = (at: Date, timeZone: string): string =>
  format(at, timeZone, { year: "numeric", month: "2-digit", day: "2-digit" });
