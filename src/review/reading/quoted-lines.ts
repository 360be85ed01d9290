/** The lines of a reply without their quote signs, and how old each one is: typed now, quoted, quoted by what is quoted. */
import { readAttribution } from "../../mail/reply/attribution.ts";
import { readHeaderBlock } from "../../mail/reply/quote-headers.ts";

export interface QuotedLine {
  /** How many `>` stood before it. */
  readonly depth: number;
  readonly text: string;
  /** A further `| ` stands before it: the digest shows the client's own words so, and a few programs quote so. */
  readonly piped: boolean;
}

/** Splits at any line end, also at the `CR CR LF` of broken gateways, and takes the quote signs off; `>From ` of an mbox is text (RFC 4155). */
export function readQuotedLines(text: string): readonly QuotedLine[] {
  return text.split(/\r{0,3}\n|\r/).map((line) => {
    let at = 0;
    let depth = 0;
    for (;;) {
      let next = at;
      while (next < line.length && next - at < 4 && " \t\u00a0\u200b\ufeff".includes(line[next] ?? ""))
        next++;
      if (line[next] !== ">") break;
      at = next + 1;
      if (line.startsWith("From ", at)) break;
      depth++;
    }
    const kept = depth > 0 && line[at] === " " ? line.slice(at + 1) : line.slice(at);
    // Programs that keep their text as Markdown write `\\[\\[`.
    const rest = kept.includes("\\[\\[") ? kept.replaceAll("\\[", "[").replaceAll("\\]", "]") : kept;
    return { depth, text: rest, piped: /^\s{0,3}\|(?:\s|$)/.test(rest) };
  });
}

/**
 * For each line 0 for what was typed, 1 for the mail answered, 2 and more for what that one quoted. Depth of quoting
 * and header blocks above unquoted text both count.
 *
 * @param skip lines in which a header block means nothing: the draft's own
 */
export function generationsOf(
  lines: readonly QuotedLine[],
  skip: (line: number) => boolean,
): readonly number[] {
  const texts = lines.map((line) => line.text);
  // A program that starts at `>>` is no older for it.
  const ranks = new Map(
    [...new Set(lines.map((line) => line.depth).concat(0))].toSorted((a, b) => a - b).map((d, i) => [d, i]),
  );
  const below = nextNonBlank(texts);
  const headers: { readonly depth: number }[] = [];
  const generations: number[] = [];
  let until = 0;
  let above = -1;
  for (const [at, line] of lines.entries()) {
    if (at >= until && !line.piped && !skip(at)) {
      const quoteFollows = (index: number): boolean => (lines[below[index] ?? -1]?.depth ?? 0) > line.depth;
      const length = readHeaderBlock(texts, at, false)?.length ?? readAttribution(texts, at, quoteFollows);
      // Apple Mail quotes the attribution of a quote together with it: it makes nothing older.
      const opensQuote = line.depth > 0 && (lines[above]?.depth ?? 0) < line.depth;
      if (length > 0 && !opensQuote && !quoteFollows(at + length)) {
        until = at + length;
        headers.push({ depth: line.depth });
      }
    }
    const older =
      headers.length === 0
        ? 0
        : headers.reduce((sum, header) => sum + (header.depth <= line.depth ? 1 : 0), 0);
    generations.push((ranks.get(line.depth) ?? 0) + Math.min(older, 50));
    if (headers.length > 50) headers.shift();
    if (line.text.trim() !== "") above = at;
  }
  return generations;
}

function nextNonBlank(texts: readonly string[]): readonly number[] {
  const next: number[] = Array.from({ length: texts.length + 1 }, () => -1);
  for (let at = texts.length - 1; at >= 0; at--)
    next[at] = (texts[at] ?? "").trim() === "" ? (next[at + 1] ?? -1) : at;
  return next;
}
