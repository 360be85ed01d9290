/** Times and names as people read them, in the desk's time zone. */

/** `10:04` today, `Wed 09:12` within a week, `1 Dec 09:12` otherwise. */
export function clockTime(at: Date, now: Date, timeZone: string): string {
  const time = formatMinute(at, timeZone, "time");
  if (formatMinute(at, timeZone, "day") === formatMinute(now, timeZone, "day")) return time;
  const near = Math.abs(at.getTime() - now.getTime()) < 6 * 24 * 60 * 60 * 1000;
  return near
    ? `${formatMinute(at, timeZone, "weekday")} ${time}`
    : `${formatMinute(at, timeZone, "date")} ${time}`;
}

/** `at 15:00`, `on Monday 09:12`. */
export function atClockTime(at: Date, now: Date, timeZone: string): string {
  const time = clockTime(at, now, timeZone);
  return `${/^\d{1,2}:/.test(time) ? "at" : "on"} ${time}`;
}

/** With seconds: when a held reply leaves. */
export function clockTimeToTheSecond(at: Date, timeZone: string): string {
  return format(at, timeZone, "timeToTheSecond");
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

/**
 * What the assistant saw, in plain words: two things at most. The name of a rule says nothing beside the category that
 * it gives, and the runner-up is no reason.
 */
export function evidenceWords(evidence: readonly string[]): string {
  return evidence
    .filter((one) => !/^(?:rule|next is rule) "/.test(one))
    .slice(0, 2)
    .map((one) => (one === "no rule matches" ? "nothing in it is known" : plainly(one).replace(/\.$/, "")))
    .join("; ");
}

/** `text says "vpn"` as a person says it: the mail says “vpn”. Quotes are those of the rest of a mail. */
export function plainly(sentence: string): string {
  return sentence
    .replaceAll(/\b(subject|text) says "/g, (_, place: string) =>
      place === "subject" ? 'the subject says "' : 'the mail says "',
    )
    .replaceAll(/"([^"]*)"/g, "“$1”");
}

const STYLES = {
  time: { hour: "2-digit", minute: "2-digit", hour12: false },
  timeToTheSecond: { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false },
  weekday: { weekday: "long" },
  date: { day: "numeric", month: "short" },
  day: { year: "numeric", month: "2-digit", day: "2-digit" },
} as const satisfies Readonly<Record<string, Intl.DateTimeFormatOptions>>;

type Style = keyof typeof STYLES;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Intl's constructor costs more than the rest of a digest; its instances are kept. */
function format(at: Date, timeZone: string, style: Style): string {
  const key = `${style} ${timeZone}`;
  let formatter = formats.get(key);
  if (formatter === undefined)
    formats.set(key, (formatter = new Intl.DateTimeFormat("en-GB", { timeZone, ...STYLES[style] })));
  return formatter.format(at);
}

let minutes = new Map<string, string>();
const MOST_MINUTES = 500;

/** As `format`, for what is the same within a minute: a digest says when of a dozen tickets, and the next one of the same. */
function formatMinute(at: Date, timeZone: string, style: Exclude<Style, "timeToTheSecond">): string {
  const key = `${Math.floor(at.getTime() / 60_000)} ${style} ${timeZone}`;
  const known = minutes.get(key);
  if (known !== undefined) return known;
  if (minutes.size >= MOST_MINUTES) minutes = new Map();
  const words = format(at, timeZone, style);
  minutes.set(key, words);
  return words;
}
