/** Signatures below a text: the RFC 3676 delimiter, lines that devices add, footers of mailing lists. */

import { deviceLineEndings, deviceLineOpenings, deviceNames, devicePossessives } from "./quote-words.ts";
import { isRule, visibleLine } from "./quote-headers.ts";

const longestDeviceLine = 110;
const longestFooterLines = 8;

/**
 * RFC 3676 §4.3: `-- ` alone on a line. Many programs strip the trailing space, so `--` counts too, though not where
 * much text follows: people also draw such a line between two parts of a text.
 */
export function isSignatureDelimiter(lines: readonly string[], at: number): boolean {
  const line = lines[at] ?? "";
  if (line === "-- " || line === "--\u00a0") return true;
  if (line.trimEnd() !== "--") return false;
  let follow = 0;
  for (let next = at + 1; next < lines.length && follow <= 25; next++) {
    if (visibleLine(lines[next] ?? "") !== "") follow++;
    if ((lines[next] ?? "").startsWith(">")) break;
  }
  return follow <= 25;
}

/** "Sent from my iPhone", "Get Outlook for iOS", in the languages of their makers. */
export function isDeviceLine(line: string): boolean {
  if (line.length > 400) return false;
  const seen = withoutLinks(visibleLine(line)).toLowerCase().replace(/[.!*_]+$/, "").replace(/^[*_<[(]+/, "").trim();
  if (seen === "" || seen.length > longestDeviceLine || /[?;]/.test(seen)) return false;
  const words = seen.split(" ").length;
  if (words > 14) return false;
  const names = deviceNames.some((name) => ` ${seen} `.includes(name));
  if (deviceLineOpenings.some((opening) => seen.startsWith(opening))) {
    const possessive = devicePossessives.some((words) => seen.slice(0, 40).includes(words));
    const closes = deviceLineEndings.some((ending) => seen.endsWith(ending));
    if (seen.startsWith("von mein") || seen.startsWith("diese nachricht")) return closes && (names || words <= 8);
    if (possessive && words <= 8) return true;
    return names && words <= 12 && !/\b(?:and|und|et|y|but|aber|the)\b/.test(seen);
  }
  return names && words <= 8 && deviceLineEndings.some((ending) => seen.endsWith(ending));
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
