/**
 * Whole words of Latin script, as patterns over text in lower case. Without the flags `i` and `u` and without `\p{L}`: with them
 * V8 needs several times as long to compile such a pattern, and it does so anew whenever one was not used for a while.
 */
const LETTER = "0-9a-z\\u00aa\\u00b5\\u00ba\\u00df-\\u00f6\\u00f8-\\u024f";
/** Neither a letter nor a digit stands before, or behind. */
export const HEAD = `(?<![${LETTER}])`;
export const EDGE = `(?![${LETTER}])`;

/** `source` in lower case, bounded alternatives; matches where neither a letter nor a digit stands before or behind. */
export const wholeWords = (source: string, flags: "g" | "" = "g"): RegExp =>
  new RegExp(`${HEAD}(?:${source})${EDGE}`, flags);

/** The same, for a `test` of one text after another. */
export const words = (alternatives: string): RegExp => wholeWords(alternatives, "");

/** In lower case, each character at the place where it was: `İ` alone would become two. */
export function lowerCase(text: string): string {
  const lower = text.toLowerCase();
  return lower.length === text.length
    ? lower
    : text.replaceAll(/[^]/g, (char) => (char.toLowerCase().length === 1 ? char.toLowerCase() : char));
}

/** What matches in `text.lower`, as it stands in `text.written`. */
export function matchesIn(
  { written, lower }: { readonly written: string; readonly lower: string },
  pattern: RegExp,
): readonly string[] {
  return [...lower.matchAll(pattern)].map(({ index, 0: { length } }) => written.slice(index, index + length));
}
