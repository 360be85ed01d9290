const zone = /^(?:[+-][0-9]{4}|[+-][0-9]{2}:[0-9]{2}|GMT|UTC|UT|Z|EST|EDT|CST|CDT|MST|MDT|PST|PDT)\b/i;
const weekday = /\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b[.,]?/gi;

/**
 * A Date field (RFC 5322 §3.3, with the obsolete forms); `null` where it cannot be read.
 * A missing zone, or one that is only a name in some language, counts as UTC (§4.3).
 */
export function parseMailDate(value: string): Date | null {
  const text = withoutComments(value.slice(0, 200)).replace(weekday, " ");
  const clock = /[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:\.[0-9]{1,9})?/.exec(text);
  if (clock === null) return null;
  const end = clock.index + clock[0].length;
  const rest = text.slice(end).trim();
  // asctime puts the year behind the clock: "Sep 14 13:06:03 2002".
  const year = /^([0-9]{4})(?:\s|$)/.exec(rest)?.[1] ?? "";
  const named = zone.exec(rest.slice(year.length).trim())?.[0] ?? "";
  const time = Date.parse(
    `${text.slice(0, clock.index)} ${year} ${clock[0]} ${named === "" || named === "Z" ? "+0000" : named}`.replace(
      "T ",
      " ",
    ),
  );
  return Number.isNaN(time) ? null : new Date(time);
}

/** `Mon, 4 Mar 2024 10:00:00 +0100 (CET)`. */
function withoutComments(value: string): string {
  if (!value.includes("(")) return value;
  let depth = 0;
  let kept = "";
  for (const character of value) {
    if (character === "(") depth += 1;
    else if (character === ")" && depth > 0) depth -= 1;
    else if (depth === 0) kept += character;
  }
  return kept;
}
