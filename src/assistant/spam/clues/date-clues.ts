import type { ParsedMessage } from "../../../mail/message.ts";
import { headerOf } from "../../../mail/message.ts";
import { shapeOf, stepsOf, those, type Clue } from "./clue.ts";

type Dated = Pick<ParsedMessage, "headers" | "date">;

const HOUR = 3_600_000;
/** A clock that is wrong by less is a clock that is set by hand. */
const AHEAD = 3 * 60_000;
const MOST_HOPS = 20;

/** How the Date field is written, and how far it is from the servers' clocks: the day itself would tell when a mail was collected. */
export function dateClues(message: Dated): readonly Clue[] {
  const date = headerOf(message, "date") ?? "";
  if (date === "") return [];
  const zone = /([+-])(\d{2})(\d{2})\b/.exec(date);
  const hours = zone === null ? null : Number(zone[2]);
  return [
    `date-shape:${shapeOf(date)}`,
    ...skewClues(message),
    ...those({
      "date:no-weekday": !/^(?:mon|tue|wed|thu|fri|sat|sun)/i.test(date),
      "date:no-zone": zone === null,
      "date:impossible-zone": hours !== null && (hours > 14 || Number(zone![3]) % 15 !== 0),
      "date:comment": date.includes("("),
      "date:am-pm": /\b[ap]m\b/i.test(date),
      "date:unreadable": Number.isNaN(Date.parse(date.replace(/\(.*$/s, ""))),
    }),
  ];
}

/** Bulk programs write a date of their own; the servers' clock nearest to it says by how many hours it is wrong. */
function skewClues({ headers, date }: Dated): readonly Clue[] {
  if (date === null) return [];
  const behind = headers
    .filter(({ name }) => name === "received")
    .slice(0, MOST_HOPS)
    .map(({ value }) => receivedAt(value) - date.getTime())
    .filter((off) => !Number.isNaN(off));
  if (behind.length === 0) return [];
  const nearest = behind.reduce((least, off) => (Math.abs(off) < Math.abs(least) ? off : least));
  return nearest > 0
    ? stepsOf("date:hours-behind", nearest / HOUR)
    : [...stepsOf("date:hours-ahead", -nearest / HOUR), ...those({ "date:ahead": nearest < -AHEAD })];
}

/** Milliseconds since 1970, NaN where the field tells no time. It stands behind the last semicolon (RFC 5321 §4.4). */
const receivedAt = (received: string): number =>
  Date.parse(
    received
      .slice(received.lastIndexOf(";") + 1)
      .slice(0, 100)
      .replace(/\([^)]*\)/g, "")
      .trim(),
  );
