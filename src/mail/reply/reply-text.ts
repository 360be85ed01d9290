/** What the person wrote, told apart from what the mail quotes, forwards or is signed with. */

import { alignQuotedRanges } from "./html-quote.ts";
import { readAttribution } from "./attribution.ts";
import {
  isQuotedLine,
  isReplyAboveLine,
  isRule,
  readHeaderBlock,
  readHeaderLine,
  readSeparator,
  visibleLine,
} from "./quote-headers.ts";
import { isDeviceLine, isListFooter, isSignatureDelimiter, isTitledSignOff } from "./signature.ts";

export { readForward, type ForwardedMessage } from "./forward.ts";

interface ReplyBody {
  /** The text part, or the HTML part as text. */
  readonly text: string;
  readonly html: string | null;
}

interface SplitBody {
  /** Without the quote and the signature; a name under the text stays. "" where everything is quote. */
  readonly newText: string;
  /** Quoted text in its order, then signature and device lines. A forwarded message is in here too. */
  readonly quotedText: string;
}

type LineKind = "new" | "quote" | "signature";

/**
 * Every line that is not blank goes to exactly one of both texts; lines end with LF and trailing white space is cut.
 * Where the text bears no sign of a quote, the marks of the HTML part are used.
 */
export function splitReply(body: ReplyBody): SplitBody {
  const lines = body.text.split(/\r\n|\n|\r/);
  let kinds = classifyLines(lines);
  if (body.html !== null && !kinds.includes("quote")) {
    const marked = alignQuotedRanges(lines, body.html);
    if (marked !== null) kinds = kinds.map((kind, at) => (marked[at] === true ? "quote" : kind));
  }
  const signature = textOf(lines, kinds, "signature");
  const quote = textOf(lines, kinds, "quote");
  return {
    newText: textOf(lines, kinds, "new"),
    quotedText: quote === "" || signature === "" ? quote + signature : `${quote}\n\n${signature}`,
  };
}

function classifyLines(lines: readonly string[]): LineKind[] {
  const kinds: LineKind[] = [];
  const quoteFollows = quoteFollowsTable(lines);
  const next = (at: number): boolean => quoteFollows[Math.min(at, lines.length)] === true;
  let wroteAbove = false;
  let quotedAbove = false;
  let otherQuote: string | null = null;
  let signing = false;
  const endsWriting = (at: number): boolean =>
    isQuotedLine(lines[at] ?? "") || isDeviceLine(lines[at] ?? "") || quoteStart(lines, at, next) !== null;
  const mark = (kind: LineKind, count: number): void => {
    for (let more = 0; more < count; more++) kinds.push(kind);
  };
  while (kinds.length < lines.length) {
    const at = kinds.length;
    const line = lines[at] ?? "";
    if (isBlank(line)) {
      mark(kinds[at - 1] ?? "new", 1);
    } else if (
      isQuotedLine(line) ||
      (otherQuote !== null && line.startsWith(otherQuote)) ||
      (kinds[at - 1] === "quote" && next(at) && isElision(line)) ||
      isWrappedQuote(lines, at, kinds, wroteAbove)
    ) {
      signing = false;
      quotedAbove = true;
      mark("quote", 1);
    } else {
      const start = quoteStart(lines, at, next);
      if (start !== null) {
        signing = false;
        quotedAbove = true;
        // Below "On … wrote:" `>` tells the quote from the answer. Below a header block all is quote: what was sent
        // there may itself hold `>`, unless nothing new stands above (Outlook set to answer below the text).
        const below = at + start.length;
        if (start.attribution && !wroteAbove) otherQuote ??= otherMark(lines[skipBlank(lines, below)] ?? "");
        const marked = next(below) || otherQuote !== null;
        const lineByLine = start.prefixed && marked && (start.attribution || !wroteAbove);
        mark("quote", lineByLine ? start.length : lines.length - at);
      } else if (signing) {
        mark("signature", 1);
      } else if (
        isSignatureDelimiter(lines, at) ||
        ((wroteAbove || quotedAbove) && isListFooter(lines, at)) ||
        (wroteAbove && isTitledSignOff(lines, at, endsWriting))
      ) {
        signing = true;
        mark("signature", 1);
      } else if (isDeviceLine(line) && endsParagraph(lines, at, next)) {
        // Nothing above it: the person wrote below the line that the phone put there.
        signing = wroteAbove;
        mark("signature", 1);
      } else {
        wroteAbove = true;
        mark("new", 1);
      }
    }
  }
  return kinds;
}

function isBlank(line: string): boolean {
  return line.trim() === "" || (/^[\u200b-\u200f\u2060\ufeff\s]/.test(line) && visibleLine(line) === "");
}

/** For each index, whether the first line at or after it that is not blank is quoted with `>`. */
function quoteFollowsTable(lines: readonly string[]): readonly boolean[] {
  const table: boolean[] = Array.from({ length: lines.length + 1 }, () => false);
  for (let at = lines.length - 1; at >= 0; at--) {
    const line = lines[at] ?? "";
    table[at] = line.trim() === "" || isElision(line) ? table[at + 1] === true : isQuotedLine(line);
  }
  return table;
}

/** `[...]`, `<snip>`: where the person left out some of the quote. */
function isElision(line: string): boolean {
  return line.length <= 60 && /^\s*(?:\[[^\]]*\]|<[^>@:]*>|\([.… ]+\)|[.…]+)\s*$/.test(line);
}

/** `| ` or, after The Bat, `AR> `: other marks that some programs put before each line of a quote. */
function otherMark(line: string): string | null {
  return /^(?:\| ?|[A-Z]{1,4}>)/.exec(line)?.[0].trimEnd() ?? null;
}

interface QuoteStart {
  readonly length: number;
  readonly attribution: boolean;
  /** Whether `>` may mark the quote below it; a forwarded message is quote to its end. */
  readonly prefixed: boolean;
}

/** The line or lines at which a quote starts, with the rules and blank lines that belong to them. */
function quoteStart(
  lines: readonly string[],
  at: number,
  quoteFollows: (index: number) => boolean,
): QuoteStart | null {
  const line = lines[at] ?? "";
  if (isReplyAboveLine(line)) return { length: 1, attribution: false, prefixed: false };
  if (isRule(line)) {
    const below = skipBlank(lines, at + 1);
    if (below - at > 4 || isRule(lines[below] ?? "")) return null;
    const start = quoteStart(lines, below, quoteFollows);
    return start === null ? null : { ...start, length: start.length + below - at };
  }
  const separator = readSeparator(line);
  if (separator !== null) {
    const below = skipBlank(lines, at + 1);
    const block = readHeaderBlock(lines, below, true);
    const attribution = block === null ? readAttribution(lines, below, quoteFollows) : 0;
    const end = block === null && attribution === 0 ? at + 1 : below + (block?.length ?? attribution);
    return { length: end - at, attribution: attribution > 0, prefixed: separator === "original" };
  }
  const header = readHeaderLine(line);
  if (header !== null) {
    const block = readHeaderBlock(lines, at, false);
    if (block !== null) return { length: block.length, attribution: false, prefixed: true };
  }
  const length = readAttribution(lines, at, quoteFollows);
  return length === 0 ? null : { length, attribution: true, prefixed: true };
}

function skipBlank(lines: readonly string[], from: number): number {
  let at = from;
  while (at < lines.length && at - from < 4 && (lines[at] ?? "").trim() === "") at++;
  return at;
}

/** Programs that quote before they wrap leave the end of a long quoted line on a line without `>`. */
function isWrappedQuote(
  lines: readonly string[],
  at: number,
  kinds: readonly LineKind[],
  wroteAbove: boolean,
): boolean {
  const above = lines[at - 1] ?? "";
  const line = lines[at] ?? "";
  if (kinds[at - 1] !== "quote" || !isQuotedLine(above) || line.length > 100 || above.length > 2000)
    return false;
  if (above.lastIndexOf("<http") > above.lastIndexOf(">") && line.includes(">")) return true;
  if (!isQuotedLine(lines[at + 1] ?? "")) return false;
  const firstWord = /^\S+/.exec(line)?.[0] ?? "";
  if (!/^[\p{Ll}\p{Pe}\p{Pf},.;]/u.test(firstWord) || above.length + 1 + firstWord.length < 72) return false;
  // An answer in lower case may stand right below a question that ends in the same column.
  return /[\p{L}\p{N},;(-]$/u.test(above.trimEnd()) || (wroteAbove && above.trimEnd().endsWith("."));
}

/** Whether nothing of the same paragraph follows: "Sent from my desk …" may open a sentence that goes on. */
function endsParagraph(
  lines: readonly string[],
  at: number,
  quoteFollows: (index: number) => boolean,
): boolean {
  const below = lines[at + 1] ?? "";
  return (
    below.trim() === "" ||
    isQuotedLine(below) ||
    isRule(below) ||
    isDeviceLine(below) ||
    quoteStart(lines, at + 1, quoteFollows) !== null
  );
}

/** The lines of one kind; a blank line stands where others were taken out between them. */
function textOf(lines: readonly string[], kinds: readonly LineKind[], kind: LineKind): string {
  const kept: string[] = [];
  let last = -1;
  for (const [at, line] of lines.entries()) {
    if (kinds[at] !== kind) continue;
    if (last >= 0 && at > last + 1 && kept.at(-1) !== "") kept.push("");
    kept.push(line.trimEnd());
    last = at;
  }
  const first = kept.findIndex((line) => line !== "");
  return first < 0 ? "" : kept.slice(first).join("\n").trimEnd();
}
