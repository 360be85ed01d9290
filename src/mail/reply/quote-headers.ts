/**
 * Where a quote begins, but for attributions: separator lines ("-----Original Message-----") and the
 * unquoted header blocks of Outlook and others. Pure readers of lines; every look-ahead has a fixed bound, so that a
 * text is read in time linear in its length.
 */

import { phrases } from "./phrases.ts";
import {
  fieldOfLabel,
  forwardedMessageLines,
  originalMessageLines,
  type QuotedField,
} from "./quote-words.ts";

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

/** The Turkish capital `İ` becomes an `i` with a dot above in lower case, which no word of ours has. */
function lowerCase(text: string): string {
  return text.toLowerCase().replaceAll("i\u0307", "i");
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

type Separator = "original" | "forwarded";

/** `-----Original Message-----`, `---------- Forwarded message ---------`, `Begin forwarded message:`. */
export function readSeparator(line: string): Separator | null {
  if (line.length > 120 || !/^\s*[-_=*~+#\u200b-\u200f\ufeff]|[:：]\s*$/.test(line)) return null;
  const seen = visibleLine(line).replaceAll("’", "'");
  const start = seen.search(/[^-_=*~+# ]/);
  if (start < 0) return null;
  let end = seen.length;
  while (end > start && "-_=*~+#:： ".includes(seen[end - 1] ?? "")) end--;
  const words = lowerCase(seen.slice(start, end).trim());
  // Eudora: `--- begin forwarded text`, with nothing behind.
  const decorated = start >= 2 && (seen.length - end >= 2 || words.startsWith("begin "));
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

interface HeaderLine {
  readonly field: QuotedField;
  readonly value: string;
}

/** One line `Label: value` of a quoted header block, also `*Von:* …` and `**From:** …`. */
export function readHeaderLine(line: string): HeaderLine | null {
  if (!/[:：]/.test(line.slice(0, 200))) return null;
  const seen = visibleLine(line.slice(0, 2000));
  const colon = seen.slice(0, longestLabel + 1).search(/[:：]/);
  if (colon < 1) return null;
  const label = lowerCase(
    seen
      .slice(0, colon)
      .replace(/[*_\s]/g, " ")
      .trim(),
  );
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

const timeOfDay = /\d{1,2}[:.h]\d{2}/;
const namesAddress = /@|mailto:/i;

/**
 * The header block that starts at `lines[start]`. It names the author and, beyond that, enough fields that prose, a
 * form or an itinerary ("From: Berlin, To: Munich, Date: …") is not taken for one.
 *
 * @param announced a separator line stands right above, so that the author alone is enough
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
  // Outlook Express, set to answer below the text, leaves the author alone of the block.
  const told = announced
    ? known >= 1
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
