/** Signatures below a text: the RFC 3676 delimiter, lines that devices add, footers of mailing lists. */

import {
  deviceLineEndings,
  deviceLineOpenings,
  deviceNames,
  devicePossessives,
  downloadWords,
} from "./quote-words.ts";
import { isRule, visibleLine } from "./quote-headers.ts";

const longestDeviceLine = 110;
const longestFooterLines = 8;

/**
 * RFC 3676 §4.3: `-- ` alone on a line. Many programs strip the trailing space, so `--` counts too, though not where
 * much text follows: people also draw such a line between two parts of a text.
 */
export function isSignatureDelimiter(lines: readonly string[], at: number): boolean {
  // Yahoo puts a space before every line of its text part.
  const line = (lines[at] ?? "").replace(/^ (?=--)/, "");
  if (line === "-- " || line === "--\u00a0") return true;
  if (line.trimEnd() !== "--") return false;
  let follow = 0;
  for (let next = at + 1; next < lines.length && follow <= 25; next++) {
    if ((lines[next] ?? "").trim() !== "") follow++;
    if ((lines[next] ?? "").startsWith(">")) break;
  }
  return follow <= 25;
}

/** "Sent from my iPhone", "Get Outlook for iOS", in the languages of their makers. */
export function isDeviceLine(line: string): boolean {
  if (line.length > 400) return false;
  const bare = withoutLinks(visibleLine(line)).toLowerCase();
  const seen = bare
    .replace(/^[*_<[(]+/, "")
    .replace(/[.!*_\])]+$/, "")
    .trim();
  if (seen === "" || seen.length > longestDeviceLine || /[?;]/.test(seen)) return false;
  const opens = deviceLineOpenings.some((opening) => seen.startsWith(opening));
  const closes = deviceLineEndings.some((ending) => seen.endsWith(ending));
  const downloads = seen.includes("outlook") && /\b(?:ios|android)/.test(seen);
  const words = seen.split(" ");
  if (!(opens || closes || downloads) || words.length > 12) return false;
  if (downloads && words.length <= 8) {
    return opens || downloadWords.some((verb) => seen.startsWith(verb) || seen.endsWith(verb));
  }
  // Chinese and Japanese set no spaces around the name.
  const unspaced = /[\u3040-\u9fff]/.test(seen);
  const named = deviceNames.some((name) =>
    unspaced ? seen.includes(name) : words.some((word) => word.startsWith(name)),
  );
  if (!opens) return closes && named && words.length <= 8;
  if (seen.startsWith("von mein") || seen.startsWith("diese nachricht"))
    return closes && (named || words.length <= 8);
  const possessive = devicePossessives.some((phrase) => seen.slice(0, 40).includes(phrase));
  return (possessive && words.length <= 8) || (named && !/ (?:and|und|et|y|but|aber) /.test(seen));
}

function withoutLinks(seen: string): string {
  return seen.replace(/[<([]?https?:[^\s>\])]*[>)\]]?/gi, "").trim();
}

/** The footer that Mailman and others append: a rule, the list's name and address, a link. */
export function isListFooter(lines: readonly string[], at: number): boolean {
  if (!isRule(lines[at] ?? "") || !(lines[at] ?? "").includes("_")) return false;
  const follow: string[] = [];
  for (let next = at + 1; next < lines.length; next++) {
    const seen = visibleLine((lines[next] ?? "").slice(0, 300));
    if (seen === "") continue;
    follow.push(seen);
    if (follow.length > longestFooterLines) return false;
  }
  return follow.length > 0 && /mailing list|unsubscribe|listinfo/i.test(follow.join(" "));
}
