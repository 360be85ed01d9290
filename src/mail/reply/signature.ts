/** Signatures below a text: the RFC 3676 delimiter, lines that devices add, footers of mailing lists. */

import {
  deviceLineEndings,
  deviceLineOpenings,
  deviceNames,
  devicePossessives,
  downloadWords,
  signOffs,
  titleWords,
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
    .replace(/(?<![.!*_\])])[.!*_\])]+$/, "")
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

const longestSignOff = 40;
const longestBlock = 8;
const longestBlockLine = 80;

/**
 * "Regards," with a name and a job title below it, to the end of what was written: the signature of a program that set no
 * delimiter. A name alone, or a name and a company, stays: a person typed it. Each line must look like one of a
 * signature, since a condition may stand below a name ("Jane Doe / until the IT manager agrees").
 *
 * @param at the line of the sign-off
 * @param ends whether what the person wrote ends before this line
 */
export function isTitledSignOff(
  lines: readonly string[],
  at: number,
  ends: (index: number) => boolean,
): boolean {
  const line = lines[at] ?? "";
  if (line.length > longestSignOff || !signOffs.includes(bareSignOff(line))) return false;
  const block: string[] = [];
  for (let next = at + 1; next < lines.length && !ends(next); next++) {
    const seen = visibleLine(lines[next] ?? "");
    if (seen === "") continue;
    if (seen.length > longestBlockLine || block.push(seen) > longestBlock) return false;
  }
  const [name = "", title = "", ...below] = block;
  return isPersonsName(name) && isJobTitle(title) && below.every((one) => isContactLine(one));
}

const bareSignOff = (line: string): string =>
  visibleLine(line)
    .normalize("NFC")
    .toLowerCase()
    .replace(/[\s,.!;:–-]+$/, "");

const isName = (word: string): boolean => /^\p{Lu}[\p{L}\p{M}'’.-]*$/u.test(word);

/** `Jane Doe`, `Dr. Jane M. Doe`, `Jane van der Doe`. */
function isPersonsName(seen: string): boolean {
  const words = seen.replace(/[,.]$/, "").split(/\s+/);
  if (words.length < 2 || words.length > 5) return false;
  return (
    isName(words[0] ?? "") &&
    isName(words.at(-1) ?? "") &&
    words.every(
      (word) =>
        isName(word) ||
        /^(?:van|von|vom|zu|zur|de|den|der|del|della|di|da|du|la|le|el|al|bin|ibn)$/.test(word),
    )
  );
}

/** `IT Manager`, `CEO @ Acme !`, `Head of Finance, Contoso`: some words with a title among them, and no sentence. */
function isJobTitle(seen: string): boolean {
  const words = seen.toLowerCase().match(/[\p{L}\p{N}'’-]+/gu) ?? [];
  if (words.length === 0 || words.length > 8 || /[.?;:]\s|[.?;:]$/.test(seen)) return false;
  return words.some((word) => titleWords.has(word)) && startsLikeTitle(seen);
}

/** A sentence begins with a capital too, but goes on in small letters; a title has but few small words in it. */
function startsLikeTitle(seen: string): boolean {
  const small = seen.match(/(?<![\p{L}\p{N}'’-])\p{Ll}[\p{L}'’-]*/gu) ?? [];
  return (
    /^[^\p{Ll}]/u.test(seen) &&
    small.every((word) =>
      /^(?:of|the|and|for|at|und|für|der|des|von|im|in|de|du|des|la|le|et|del|y|di|e|van|en|do|da|to)$/.test(
        word,
      ),
    )
  );
}

/** A company, a place, a telephone, an address: no sentence that anybody would act on. */
function isContactLine(seen: string): boolean {
  if (/@|\bwww\.|https?:|\d{3}/.test(seen)) return seen.split(/\s+/).length <= 8 && !/[?]/.test(seen);
  return (
    !/[.?!;]$/.test(seen.replace(/\b(?:inc|ltd|co|corp|llc|kg|gmbh|s\.a|b\.v)\.$/i, "")) &&
    startsLikeTitle(seen)
  );
}
