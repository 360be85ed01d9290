/**
 * Where a quote begins: attribution lines ("On … wrote:"), separator lines ("-----Original Message-----") and the
 * unquoted header blocks of Outlook and others. Pure readers of lines; every look-ahead has a fixed bound, so that a
 * text is read in time linear in its length.
 */

import { phrases } from "./phrases.ts";
import {
  attributionOpeners,
  fieldOfLabel,
  forwardedMessageLines,
  originalMessageLines,
  verbsOfWriting,
  verbsWithoutSpaces,
  type QuotedField,
} from "./quote-words.ts";

/** Programs wrap an attribution at 72 to 78 columns; five lines hold the longest seen. */
const longestAttributionLines = 5;
const longestAttributionChars = 500;
const longestLabel = 32;
/** A recipient list of Outlook goes on over many lines. */
const longestFieldLines = 12;
const longestBlockLines = 60;

// Zero-width characters and direction marks: Apple and Gmail put them around names and times.
const invisible = /[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g;

/** The line as readers see it: without marks that take no room, every kind of space one space, in NFC. */
export function visibleLine(line: string): string {
  if (!/[^\x20-\x7e]/.test(line)) return line.trim();
  return line.replace(invisible, "").replace(/\s/g, " ").trim().normalize("NFC");
}

/** A line quoted with `>`; mboxrd's `>From ` is not one, see RFC 4155's note on From-munging. */
export function isQuotedLine(line: string): boolean {
  const start = line.search(/[^ \t\u00a0]/);
  return start >= 0 && start <= 3 && line[start] === ">" && !line.startsWith(">From ", start);
}

/** One level of `>` quoting taken off. */
export function unquoteLine(line: string): string {
  return isQuotedLine(line) ? line.slice(line.indexOf(">") + 1).replace(/^ /, "") : line;
}

export type Separator = "original" | "forwarded";

/** `-----Original Message-----`, `---------- Forwarded message ---------`, `Begin forwarded message:`. */
export function readSeparator(line: string): Separator | null {
  if (line.length > 120 || !/^\s*[-_=*~+#\u200b-\u200f\ufeff]|[:：]\s*$/.test(line)) return null;
  const seen = visibleLine(line).replaceAll("’", "'");
  const start = seen.search(/[^-_=*~+# ]/);
  if (start < 0) return null;
  let end = seen.length;
  while (end > start && "-_=*~+#:： ".includes(seen[end - 1] ?? "")) end--;
  const words = seen.slice(start, end).trim().toLowerCase();
  const decorated = start >= 2 && seen.length - end >= 2;
  const ended = /[:：]$/.test(seen);
  if (forwardedMessageLines.has(words) && (decorated || ended)) return "forwarded";
  // Lotus Notes: `----- Forwarded by Ana Ruiz/Contoso on 03/05/2024 10:12 -----`
  if (decorated && words.startsWith("forwarded by ")) return "forwarded";
  if (originalMessageLines.has(words) && decorated) return "original";
  return null;
}

/** A rule of one repeated character, as Outlook (`_`) and web mail (`=`, `-`, `*`) draw above a header block. */
export function isRule(line: string): boolean {
  if (!"_=-* \t\u00a0".includes(line[0] ?? "x")) return false;
  const seen = visibleLine(line);
  return seen.length >= 2 && "_=-*".includes(seen[0] ?? "") && seen === (seen[0] ?? "").repeat(seen.length);
}

/** `## Please reply above this line ##`: the line that help desks, this one too, put above what they quote. */
export function isReplyAboveLine(line: string): boolean {
  if (line.length > 200) return false;
  const seen = visibleLine(line).toLowerCase();
  if (!/^[-#=*_~>–—\s]{2}/.test(seen) && !/[-#=*_~–—]{2}$/.test(seen)) return false;
  return replyAbove.some((words) => seen.includes(words));
}

const replyAbove = phrases(`
  above this line | above the line | above this text | oberhalb dieser zeile | über dieser zeile
  über dieser linie | au-dessus de cette ligne | encima de esta línea | arriba de esta línea
  sopra questa riga | sopra questa linea | acima desta linha | boven deze regel | boven deze lijn
  ovanför denna rad | over denne linje | over denne linjen | tämän rivin yläpuolelle | powyżej tej linii
  nad tento řádek | выше этой строки | bu satırın üst | 请在此行上方 | この行より上
`);

export interface HeaderLine {
  readonly field: QuotedField;
  readonly value: string;
}

/** One line `Label: value` of a quoted header block, also `*Von:* …` and `**From:** …`. */
export function readHeaderLine(line: string): HeaderLine | null {
  if (!/[:：]/.test(line.slice(0, 200))) return null;
  const seen = visibleLine(line.slice(0, 2000));
  const colon = seen.slice(0, longestLabel + 1).search(/[:：]/);
  if (colon < 1) return null;
  const label = seen
    .slice(0, colon)
    .replace(/[*_\s]/g, " ")
    .trim()
    .toLowerCase();
  const field = fieldOfLabel.get(label);
  if (field === undefined) return null;
  return {
    field,
    value: seen
      .slice(colon + 1)
      .replace(/^[*_]+/, "")
      .trim(),
  };
}

export interface HeaderBlock {
  /** Number of lines, blank ones between the fields included. */
  readonly length: number;
  /** First value of each field, continuation lines joined. */
  readonly fields: ReadonlyMap<QuotedField, string>;
}

const namesAddress = /@|mailto:/i;

/**
 * The header block that starts at `lines[start]`. It names the author and, beyond that, enough fields that prose, a
 * form or an itinerary ("From: Berlin, To: Munich, Date: …") is not taken for one.
 *
 * @param announced a separator line stands right above, so that two fields are enough
 */
export function readHeaderBlock(
  lines: readonly string[],
  start: number,
  announced: boolean,
): HeaderBlock | null {
  const first = readHeaderLine(lines[start] ?? "");
  if (first === null || first.field === "to" || first.field === "cc" || first.field === "other") return null;
  const fields = new Map<QuotedField, string>();
  let at = start;
  let end = start;
  let current: QuotedField | null = null;
  let continued = 0;
  let blanks = 0;
  while (at < lines.length && at - start < longestBlockLines) {
    const line = lines[at] ?? "";
    if (visibleLine(line) === "") {
      // Programs that make text of HTML put each field in a paragraph; two blank lines, or one after the last field, end it.
      blanks++;
      if (blanks > 1) break;
      at++;
      continue;
    }
    const header = readHeaderLine(line);
    if (header === null) {
      if (blanks > 0 || current === null || ++continued > longestFieldLines) break;
      if (!mayContinue(current, fields.get(current) ?? "", line)) break;
      fields.set(current, `${fields.get(current) ?? ""} ${visibleLine(line)}`.trim());
    } else {
      if (header.field !== "cc" && header.field !== "other" && fields.has(header.field)) break;
      // A blank line and then, say, "To: everyone" below a complete block is the quoted text's own.
      if (blanks > 0 && fields.has("from") && fields.has("subject") && fields.has("date") && fields.has("to"))
        break;
      current = header.field;
      continued = 0;
      fields.set(current, fields.get(current) ?? header.value);
    }
    blanks = 0;
    at++;
    end = at;
  }
  const from = fields.get("from");
  if (from === undefined) return null;
  const known = (["from", "date", "to", "subject"] as const).filter((field) => fields.has(field)).length;
  // Windows Mail and others leave out what is empty, and name the author without address: From, Sent, To.
  const order =
    [...fields.keys()].slice(0, 2).join(" ") === "from date" && timeOfDay.test(fields.get("date") ?? "");
  const told = announced
    ? known >= 2
    : known >= 3 && (fields.has("subject") || namesAddress.test(from) || order);
  return told ? { length: end - start, fields } : null;
}

/** Whether a line without a label goes on with the field above: long recipient lists, wrapped subjects and dates. */
function mayContinue(field: QuotedField, value: string, line: string): boolean {
  if (isQuotedLine(line) || isRule(line)) return false;
  if (field === "to" || field === "cc") return /[;,@<]/.test(line) || /[;,]$/.test(value) || /^\s/.test(line);
  if (field === "from") return /@|mailto:/i.test(line) || value === "" || /^\s/.test(line);
  return value === "" || /^\s/.test(line) || value.length > 50;
}

const yearOrDate = /(?:19|20)\d\d|\d{1,2} ?[./-] ?\d{1,2} ?[./-] ?\d{2,4}|\d年/;
const timeOfDay = /\d{1,2}[:.h]\d{2}/;
const address = /[^\s@<>"]@[^\s@<>"]/;
const openers = attributionOpeners.toSorted((a, b) => b.length - a.length);
const verbs = new Set(verbsOfWriting);
const lastWords = new Set(verbsOfWriting.map((verb) => verb.slice(verb.lastIndexOf(" ") + 1)));
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
    if (!named || !(/^<[^\s<>@]{1,64}@/.test(below) || (first.endsWith("<") && namesAddress.test(below))))
      return 0;
    opening = "sender";
  }
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
    if (lastWords.has(bare.slice(bare.lastIndexOf(" ") + 1).toLowerCase())) return true;
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
function openingOf(first: string): Opening {
  const lower = first.toLowerCase();
  const head = lower.slice(0, 34);
  if (/\d/.test(head)) {
    if (/^[\d(]/.test(head)) return "date";
    const opener = openers.some((word) => head.startsWith(word) && !/^\p{L}/u.test(head.slice(word.length)));
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
  return verbsOfWriting.some((verb) => last.endsWith(` ${verb}`)) ? "verb" : "open";
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
      if (verbs.has(phrase) || verbs.has(phrase.replace(/[:：,]+$/, ""))) return offset;
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
