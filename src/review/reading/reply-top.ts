/** Which words of a reply the technician typed, and where: above the quoted digest, inside it, or below it. */
import { readAttribution } from "../../mail/reply/attribution.ts";
import { isQuotedLine, readHeaderBlock, readSeparator } from "../../mail/reply/quote-headers.ts";
import { isDeviceLine } from "../../mail/reply/signature.ts";
import { parseCommandLine } from "./command-grammar.ts";
import type { Vocabulary } from "./vocabulary.ts";

interface TypedWords {
  readonly top: string;
  /** Typed between the lines of the quote, outside the drafts: no place for a command, but words that were meant. */
  readonly inside: readonly string[];
  /** Below the last quoted line, apart from it by a blank line. */
  readonly bottom: string;
}

/**
 * `newText` is what the mail layer took for typed; `text` is the whole body and tells where. What the digest itself
 * says ends the top, also where a program quotes without any sign.
 *
 * @param inDraft whether a line of `text` lies between the markers of a draft: an edit, not words to the desk
 */
export function typedWords(
  text: string,
  newText: string,
  inDraft: (line: number) => boolean,
  vocabulary: Vocabulary,
): TypedWords {
  const lines = text.split(/\r\n|\n|\r/);
  const typed = newText.split(/\r\n|\n|\r/).filter((line) => line.trim() !== "");
  const owner: boolean[] = [];
  let next = 0;
  for (const line of lines) {
    const same = next < typed.length && line.trim() === (typed[next] ?? "").trim();
    owner.push(same);
    if (same) next++;
  }
  // The two do not tell one story: trust neither's places, and read the new text alone.
  if (next < typed.length)
    return { top: aboveDigest(newText.split(/\r\n|\n|\r/)).join("\n"), inside: [], bottom: "" };
  // "approve 1 2" right above "On … wrote:" looks like the first line of a wrapped attribution, but is a command.
  const first = lines.findIndex((line) => line.trim() !== "");
  if (owner[first] === false && parseCommandLine(lines[first] ?? "", vocabulary) !== null) {
    owner.fill(true, first, quoteStart(lines, first));
  }
  const isOther = (at: number): boolean => owner[at] === false && (lines[at] ?? "").trim() !== "";
  let end = lines.findIndex((_, at) => isOther(at));
  if (end < 0) end = lines.length;
  end = belowDeviceLine(lines, end);
  const top = aboveDigest(lines.slice(0, end));
  if (top.length < end) return { top: top.join("\n"), inside: [], bottom: "" };
  const inside: string[] = [];
  const bottom: string[] = [];
  const lastQuoted = lines.findLastIndex((line, at) => isOther(at) && isQuotedLine(line));
  for (let at = end; at < lines.length; at++) {
    if (owner[at] !== true || inDraft(at) || isMarkerOrDigest(lines[at] ?? "")) continue;
    if (at < lastQuoted || lastQuoted < 0) inside.push(lines[at] ?? "");
  }
  if (lastQuoted >= 0 && (lines[lastQuoted + 1] ?? "").trim() === "") {
    for (let at = lastQuoted + 1; at < lines.length; at++)
      if (owner[at] === true && !inDraft(at)) bottom.push(lines[at] ?? "");
      else if ((lines[at] ?? "").trim() === "") bottom.push("");
      else break;
  }
  return { top: top.join("\n"), inside, bottom: aboveDigest(bottom).join("\n").trim() };
}

/**
 * People also type below the line that their phone adds, and the mail layer takes that for signature. Those words may
 * be a condition, so the top goes on to where the quote begins.
 */
function belowDeviceLine(lines: readonly string[], end: number): number {
  if (end >= lines.length || !isDeviceLine(lines[end] ?? "")) return end;
  const start = quoteStart(lines, end);
  return start < lines.length || lines.length - end <= 10 ? start : end;
}

/** The first line at or after `from` that belongs to the quote or announces it. */
export function quoteStart(lines: readonly string[], from: number): number {
  const quoteFollows = (index: number): boolean =>
    isQuotedLine(lines.slice(index, index + 10).find((line) => line.trim() !== "") ?? "");
  for (let at = from; at < lines.length; at++) {
    if (beginsQuote(lines, at)) return at;
    if (parseCommandLine(lines[at] ?? "") === null && readAttribution(lines, at, quoteFollows) > 0) return at;
  }
  return lines.length;
}

/** The lines before anything that is the digest's own or the header of a quoted mail. */
export function aboveDigest(lines: readonly string[]): readonly string[] {
  const end = lines.findIndex((_, at) => beginsQuote(lines, at));
  return end < 0 ? lines : lines.slice(0, end);
}

function beginsQuote(lines: readonly string[], at: number): boolean {
  const line = lines[at] ?? "";
  return (
    isQuotedLine(line) ||
    isMarkerOrDigest(line) ||
    readSeparator(line) !== null ||
    /^_{8,}\s*$/.test(line) ||
    readHeaderBlock(lines, at, false) !== null
  );
}

/** Marker lines, the title of a digest, the head of an item, the line of commands, and any line that bears a review address. */
function isMarkerOrDigest(line: string): boolean {
  const text = line.slice(0, 1000);
  if (/\[\[\s?(?:draft|end of draft)\b/i.test(text)) return true;
  if (/a1\.[a-z2-7]{32}\b/i.test(text)) return true;
  if (/^\W{0,4}(?:\d{1,3} (?:draft|decision)s? waits?|Nothing waits) for your word, /i.test(text))
    return true;
  if (!text.includes("·") && !text.includes("#")) return false;
  return (
    /^\W{0,4}\d{1,3}\s+·\s+#\d/.test(text) || /^\W{0,4}Reply with:/i.test(text) || text.startsWith("[Review]")
  );
}
