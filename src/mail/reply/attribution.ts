/** Attribution lines, "On … wrote:", in the languages and orders of the mail programs. */

import { isQuotedLine, visibleLine } from "./quote-headers.ts";
import { attributionOpeners, verbsOfWriting, verbsWithoutSpaces } from "./quote-words.ts";

/** Programs wrap an attribution at 72 to 78 columns; five lines hold the longest seen. */
const longestAttributionLines = 5;
const longestAttributionChars = 500;

const mayBeAddress = /@|mailto:/i;
const yearOrDate = /(?:19|20)\d\d|\d{1,2} ?[./-] ?\d{1,2} ?[./-] ?\d{2,4}|\d年/;
const timeOfDay = /\d{1,2}[:.h]\d{2}/;
const address = /[^\s@<>"]@[^\s@<>"]/;
const openers = attributionOpeners.toSorted((a, b) => b.length - a.length);
const verbs = new Set(verbsOfWriting);
const lastWordOf = (text: string): string => text.slice(text.lastIndexOf(" ") + 1);
/** Verbs by their last word: most lines end in none, and many are looked at. */
const verbsByLastWord = Map.groupBy(verbsOfWriting, lastWordOf);
const longestVerbWords = 3;
const tail = "-*_ \t\r\u00a0\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069\ufeff";

/**
 * The attribution that starts at `lines[start]`: its number of lines, or 0 where none starts there.
 * It is known by what it holds (a verb of writing in any of our languages, a date, a time, an address) and by how it
 * ends, not by one pattern a program: programs and languages change too often for that.
 *
 * @param quoteFollows whether the first line that is not blank at or after an index is quoted with `>`
 */
export function readAttribution(
  lines: readonly string[],
  start: number,
  quoteFollows: (index: number) => boolean,
): number {
  if (!endsWithin(lines, start)) return 0;
  const first = stripDashes(visibleLine((lines[start] ?? "").slice(0, longestAttributionChars)));
  const below = visibleLine((lines[start + 1] ?? "").slice(0, longestAttributionChars));
  let opening = openingOf(
    openers.includes(first.split(" ")[0]?.toLowerCase() ?? "") ? `${first} ${below}` : first,
  );
  if (opening === "none") {
    // The line was wrapped between the name and the address.
    const named = first !== "" && first.length <= 80 && visibleLine(lines[start - 1] ?? "") === "";
    if (!named || !(/^<[^\s<>@]{1,64}@/.test(below) || (first.endsWith("<") && mayBeAddress.test(below))))
      return 0;
    opening = "sender";
  }
  // `approve 1` above `On Sunday … wrote:` has the shape of a weekday and a day, and is a person's word all the same.
  if (
    /^\p{L}{2,12}(?:[ ,]{1,2}\d{1,2})+$/u.test(first) &&
    beginsWithOpener(below) &&
    readAttribution(lines, start + 1, quoteFollows) > 0
  )
    return 0;
  let joined = "";
  for (let count = 1; count <= longestAttributionLines && start + count <= lines.length; count++) {
    const line = lines[start + count - 1] ?? "";
    if (line.length > longestAttributionChars) return 0;
    // Gmail wraps inside `<ana@contoso.example>:`, which leaves `>:` at the start of a line.
    const closesAddress =
      joined.lastIndexOf("<") > joined.lastIndexOf(">") && /^>[^>]{0,60}[:：]$/.test(line.trim());
    if (isQuotedLine(line) && !closesAddress) return 0;
    const seen = visibleLine(line);
    if (seen === "") return 0;
    joined = joined === "" ? seen : `${joined} ${seen}`;
    if (joined.length > longestAttributionChars) return 0;
    const ended = endOf(joined);
    if (ended === "open") continue;
    if (isAttribution(joined, opening, ended, quoteFollows(start + count))) return count;
    if (ended === "colon") return 0;
  }
  return 0;
}

/** Cheap look ahead, so that lines which no attribution can start cost little: does one of the next lines end one? */
function endsWithin(lines: readonly string[], start: number): boolean {
  for (let at = start; at < start + longestAttributionLines && at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line === "" || line.length > longestAttributionChars) return false;
    const bare = withoutTail(line);
    if (bare.endsWith(":") || bare.endsWith("：")) return true;
    if (verbsByLastWord.has(lastWordOf(bare).toLowerCase())) return true;
  }
  return false;
}

/** Without the dashes, asterisks and white space at the end, and direction marks there. */
function withoutTail(line: string): string {
  let end = line.length;
  while (end > 0 && tail.includes(line[end - 1] ?? "x")) end--;
  return line.slice(0, end);
}

type Opening = "date" | "sender" | "none";

/** Programs lead with the date ("On Tue, 5 Mar", "5.3.2024 klo") or with the sender ("Ana Ruiz <ana@…> schrieb am"). */
function beginsWithOpener(line: string): boolean {
  const lower = line.slice(0, 34).toLowerCase();
  return openers.some((word) => lower.startsWith(word) && !/^\p{L}/u.test(lower.slice(word.length)));
}

function openingOf(first: string): Opening {
  const lower = first.toLowerCase();
  const head = lower.slice(0, 34);
  if (/\d/.test(head)) {
    if (/^[\d(]/.test(head)) return "date";
    const opener = beginsWithOpener(lower);
    // A weekday or month, in any language: one short word, then digits soon after.
    if (opener || /^[在于於]/.test(head) || /^\p{L}{2,12}[.,]{0,2} {1,2}(?:\p{L}{1,12}[.,]? )?\d/u.test(head))
      return "date";
  }
  const at = first.search(/@/);
  if (at > 0 && first.slice(0, at).split(" ").length <= 7) return "sender";
  const verb = verbAt(lower);
  if (verb >= 0 && lower.slice(0, verb).trim().split(" ").length <= 5) return "sender";
  return "none";
}

type Ending = "colon" | "verb" | "open";

function endOf(joined: string): Ending {
  const bare = withoutTail(joined);
  if (/[:：]$/.test(bare)) return "colon";
  if (joined.length > 300) return "open";
  const last = bare.toLowerCase();
  const verbsAtEnd = verbsByLastWord.get(lastWordOf(last)) ?? [];
  return verbsAtEnd.some((verb) => last.endsWith(` ${verb}`)) ? "verb" : "open";
}

function isAttribution(joined: string, opening: Opening, ended: Ending, quoteFollows: boolean): boolean {
  const lower = joined.toLowerCase();
  // Prose runs on over sentences; an attribution is one, and its full stops are those of dates and initials.
  if (/[!?;] /.test(lower.replaceAll("&lt;", ""))) return false;
  const hasAddress = address.test(joined);
  const hasTime = timeOfDay.test(joined);
  const hasDate = yearOrDate.test(joined);
  if (ended === "verb" && !(hasAddress && hasTime && opening === "date")) return false;
  const verb = verbAt(lower);
  if (verb < 0) {
    const endsInAddress = /@[^\s@]{1,255}[:：]$/.test(withoutTail(joined));
    return opening === "date" && endsInAddress && (hasTime || hasDate) && wordsOutside(joined) <= 16;
  }
  if (ended === "verb") return true;
  if (hasAddress) {
    const bareSender = /< ?[^\s<>]{1,320}>/.test(joined) && wordsOutside(joined) <= 6;
    return (hasTime || hasDate || quoteFollows || bareSender) && wordsOutside(joined) <= 24;
  }
  // Without an address the line could be prose ("On Monday at 10:15 our vendor wrote: …").
  if (wordsOutside(joined) > 18) return false;
  const after = lower.slice(verb).split(" ").length;
  if (quoteFollows) return opening === "date" ? after <= 9 : after <= 8 || hasTime;
  return opening === "date" && hasTime && hasDate && after <= 6 && namesSomeone(joined, verb);
}

/** Whether the word before or after the verb is written as a name is; in "the server wrote:" neither is. */
function namesSomeone(joined: string, verb: number): boolean {
  const before = joined.slice(0, verb).trimEnd().split(" ").at(-1) ?? "";
  const after = joined.slice(verb).split(" ")[1] ?? "";
  return /^["'(]?[\p{Lu}\p{Lo}]/u.test(before) || /^["'(]?[\p{Lu}\p{Lo}]/u.test(after);
}

/** Words that are not an address. */
function wordsOutside(joined: string): number {
  return joined.split(" ").filter((word) => !word.includes("@")).length;
}

/** Index of the first verb of writing, as whole words; -1 without one. `lower` holds single spaces. */
function verbAt(lower: string): number {
  const words = lower.split(" ");
  let offset = 0;
  for (let at = 0; at < words.length; at++) {
    let phrase = "";
    for (let count = 1; count <= longestVerbWords && at + count <= words.length; count++) {
      phrase = `${phrase} ${words[at + count - 1] ?? ""}`.trimStart();
      if (verbs.has(phrase) || verbs.has(phrase.replace(/(?<![:：,])[:：,]+$/, ""))) return offset;
    }
    offset += (words[at]?.length ?? 0) + 1;
  }
  for (const verb of verbsWithoutSpaces) {
    const found = lower.indexOf(verb);
    if (found >= 0) return found;
  }
  return -1;
}

/** Yahoo and Zoho: `--- On Wed, 3/5/24, ana@contoso.example wrote:`. */
function stripDashes(seen: string): string {
  return seen.replace(/^[-*_]{1,20} ?/, "");
}
