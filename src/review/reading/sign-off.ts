/**
 * What may stand beside a command and mean nothing: greetings, names, signatures, disclaimers, banners of a mail
 * gateway. Everything else holds an approval, so each rule here accepts only what it can name.
 */
import { isDeviceLine, isSignatureDelimiter } from "../../mail/reply/signature.ts";
import type { Signer } from "../command.ts";
import {
  closings,
  companySigns,
  disclaimerSigns,
  holdWords,
  stockPhrases,
  openings,
} from "./sign-off-words.ts";

/**
 * `signature` ends any text above it; `courtesy` belongs to a text that a client gets; `legal` reads like a gateway's
 * disclaimer, and below a text nobody can tell whose it is; "" is none of them.
 */
export type LineRole = "signature" | "courtesy" | "legal" | "";

/** Lines of a signature or disclaimer; wrapped legal text is long. */
const LONGEST_BLOCK = 40;

/** A role for each line. `isCommand` keeps a command from being taken for anything else. */
export function rolesOf(
  lines: readonly string[],
  signer: Signer | null,
  isCommand: (line: string) => boolean,
): LineRole[] {
  const roles = lines.map((): LineRole => "");
  const known = knownSignature(lines, signer?.ownSignature);
  for (const at of known) roles[at] = "signature";
  const end = lines.findIndex((_, at) => isSignatureDelimiter(lines, at) || isDash(lines, at));
  if (end >= 0) roles.fill("signature", end);
  let signed = false;
  let named = false;
  let at = skipBanners(lines, roles, isCommand);
  for (; at < lines.length && roles[at] === ""; at++) {
    const line = lines[at] ?? "";
    if (line.trim() === "") continue;
    if (isCommand(line)) {
      signed = named = false;
    } else if (isDeviceLine(line)) {
      roles[at] = "signature";
      signed = true;
    } else if (isClosing(line) || isOpening(line) || isRuleLine(line)) {
      roles[at] = "courtesy";
      signed ||= isClosing(line);
    } else if (isOwnName(line, signer) || (signed && !named && isName(line))) {
      roles[at] = "courtesy";
      signed = named = true;
    } else {
      // Only where a block can begin; the lines of one that is no signature are looked at one by one.
      const before = lines[at - 1] ?? "";
      if (before.trim() !== "" && (roles[at - 1] ?? "") === "" && !isCommand(before)) continue;
      const length = paragraphLength(lines, at, isCommand);
      if (length > LONGEST_BLOCK) continue;
      const paragraph = lines.slice(at, at + length);
      const close = (lines[at - 1] ?? "").trim() !== "" && signed;
      const legal = isDisclaimer(paragraph, signed);
      if (!legal && !(signed && isSignatureBlock(paragraph, close)) && !paragraph.every(isContactOnly))
        continue;
      roles.fill(legal ? legalRole(paragraph) : "courtesy", at, at + length);
      at += length - 1;
    }
  }
  for (const line of known) roles[line] = "signature";
  return roles;
}

/** `Thanks, Dana` · `Mit freundlichen Grüßen` · `Cheers!`: the whole line, with at most a name behind it. */
export function isClosing(line: string): boolean {
  return isCourtesy(line, closings);
}

function isOpening(line: string): boolean {
  return isCourtesy(line, openings);
}

function isCourtesy(line: string, phrases: ReadonlySet<string>): boolean {
  if (line.length > 80 || /\?/.test(line)) return false;
  const words = wordsOf(line);
  for (let count = Math.min(words.length, 6); count > 0; count--) {
    if (!phrases.has(bare(words.slice(0, count).join(" ")))) continue;
    const rest = words.slice(count);
    return (
      rest.length === 0 ||
      phrases.has(bare(rest.join(" "))) ||
      isNameWords(rest) ||
      addressed.has(bare(rest.join(" ")))
    );
  }
  return false;
}

const addressed: ReadonlySet<string> = new Set([
  "all",
  "everyone",
  "everybody",
  "team",
  "there",
  "folks",
  "a lot",
  "again",
  "zusammen",
  "alle",
  "à tous",
  "a todos",
  "allemaal",
]);

function wordsOf(line: string): string[] {
  return line
    .replace(/[\u200b-\u200f\u2060\ufeff*_]/g, "")
    .split(/[\s,.!;:…–—。！、，-]+/)
    .filter(
      (word) =>
        word !== "" && !/^\p{Extended_Pictographic}[\ufe0f\p{Emoji_Modifier}]*$/u.test(word) && word !== ")",
    );
}

/** In lower case without accents, so that `Grüße` and `Grusse` are told by one entry. */
function bare(text: string): string {
  return text
    .toLowerCase()
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replaceAll("ß", "ss")
    .replaceAll("’", "'");
}

function isName(line: string): boolean {
  return line.length <= 50 && !/[?!:;@\d]/.test(line) && isNameWords(wordsOf(line));
}

function isNameWords(words: readonly string[]): boolean {
  if (words.length === 0 || words.length > 3 || saysHold(words.join(" "))) return false;
  return words.every((word) =>
    /^(?:\p{Lu}[\p{L}'’]*|[\p{Lo}]{1,6}|von|van|de|der|da|di|la|le|bin|al)$/u.test(word),
  );
}

/** The technician's name, a part of it, or its initials. */
function isOwnName(line: string, signer: Signer | null): boolean {
  const own = wordsOf(bare(signer?.technicianName ?? "")).map(bare);
  const said = wordsOf(bare(line)).map(bare);
  if (
    own.length === 0 ||
    said.length === 0 ||
    said.length > own.length ||
    line.length > 80 ||
    /[?]/.test(line)
  )
    return false;
  if (said.every((word) => own.includes(word))) return true;
  const initials = own.map((word) => word[0]).join("");
  return said.length === 1 && (said[0] === initials || (said[0] === own[0]?.[0] && line.trim().length <= 2));
}

/** Words by which a line sets a condition or asks for something: it is no signature then, whatever it looks like. */
function saysHold(text: string): boolean {
  return holdWords.test(` ${bare(text)} `);
}

const contact =
  /\S@\S|https?:|www\.|(?:^|\s)\+?[(\d][\d ()/.-]{6,}\d|\.(?:com|net|org|example|de|eu|uk|fr|es|it|nl|ch|at)(?:\s|$|\/)|\b(?:tel|fon|phone|mobile|mobil|fax|direct|office|tél|téléphone|cell|ext)\b\.?:?\s?[+(\d]/i;

/** A line that is nothing but a telephone number, an address or a link. */
function isContactOnly(line: string): boolean {
  return (
    line.length <= 200 &&
    contact.test(line) &&
    line
      .replace(/\S*[@.]\S*|https?:\S*|[\d+()/.|·•,:<>-]/g, " ")
      .trim()
      .split(/\s+/).length <= 2 &&
    !saysHold(line)
  );
}

/** Title, company, telephone: below a name. Without a way to reach somebody in it, every longer word is a capital's. */
function isSignatureBlock(paragraph: readonly string[], close: boolean): boolean {
  if (
    paragraph.length > 12 ||
    paragraph.some((line) => line.length > 120 || /[?]/.test(line) || saysHold(line))
  )
    return false;
  if (paragraph.some((line) => contact.test(line))) return true;
  return (
    close &&
    paragraph.every((line) =>
      wordsOf(line).every((word) => word.length < 4 || /^[\p{Lu}\p{Lo}\d|/&(]/u.test(word)),
    )
  );
}

/** People also type words such as "this email" and "attachment" into a condition; a disclaimer does not open like one. */
function isDisclaimer(paragraph: readonly string[], signed: boolean): boolean {
  const text = bare(paragraph.join(" ").slice(0, 8000));
  if (stockPhrases.test(text)) return true;
  if (companySigns.test(text)) return !saysHold(text);
  const first = /^\W*([\p{L}']+)/u.exec(paragraph[0] ?? "")?.[1] ?? "";
  if (text.length < 60 || saysHold(first) || /^\p{Ll}/u.test(first)) return false;
  let seen = 0;
  for (const sign of disclaimerSigns) if (text.includes(sign) && ++seen >= (signed ? 2 : 3)) return true;
  return false;
}

/** Nobody types a stock phrase to a client: that one is the gateway's for certain. */
function legalRole(paragraph: readonly string[]): LineRole {
  return stockPhrases.test(bare(paragraph.join(" ").slice(0, 8000))) ? "signature" : "legal";
}

function paragraphLength(
  lines: readonly string[],
  start: number,
  isCommand: (line: string) => boolean,
): number {
  let end = start + 1;
  while (end - start <= LONGEST_BLOCK && (lines[end] ?? "").trim() !== "" && !isCommand(lines[end] ?? ""))
    end++;
  return end - start;
}

/** `—` alone, which phones make of `--`; `---` is a rule between two parts. */
function isDash(lines: readonly string[], at: number): boolean {
  return /^[—–]\s*$/.test(lines[at] ?? "");
}

function isRuleLine(line: string): boolean {
  return /^\s*(?:[-=~*]{3,}|_{2,})\s*$/.test(line);
}

/** Gateways put their warning above the text: "CAUTION: This email originated from outside …". */
function skipBanners(
  lines: readonly string[],
  roles: LineRole[],
  isCommand: (line: string) => boolean,
): number {
  let at = 0;
  for (;;) {
    while (at < lines.length && (lines[at] ?? "").trim() === "") at++;
    const length = paragraphLength(lines, at, isCommand);
    const text = bare(
      lines
        .slice(at, at + length)
        .join(" ")
        .slice(0, 1000),
    );
    if (at >= lines.length || length > 6 || !isBanner(text)) return at;
    roles.fill("courtesy", at, at + length);
    at += length;
  }
}

function isBanner(text: string): boolean {
  if (/^\W*you don't often get (?:e-?)?mail from \S+@\S+\. (?:learn why|power up|some people)/.test(text))
    return true;
  if (/^\W*\[?external(?: e-?mail| sender)?\]?\W*$/.test(text)) return true;
  return (
    /^\W*\[?(?:caution|warning|external|achtung|attention|vorsicht|notice|this (?:e-?mail|message) (?:originated|was sent|came))/.test(
      text,
    ) &&
    /outside (?:of )?(?:your|the|our)|external (?:sender|source|e-?mail)|extern|extérieur|exterieur/.test(
      text,
    ) &&
    !/approve/.test(text)
  );
}

/** Lines of the technician's own signature, wherever the block stands as a whole. */
function knownSignature(lines: readonly string[], signature: string | undefined): readonly number[] {
  const own = (signature ?? "")
    .split(/\r?\n/)
    .map(plain)
    .filter((line) => line !== "");
  if (own.length === 0) return [];
  const present = lines.map((line, at) => ({ at, line: plain(line) })).filter(({ line }) => line !== "");
  for (let start = present.length - own.length; start >= 0; start--) {
    if (own.every((line, step) => present[start + step]?.line === line))
      return present.slice(start, start + own.length).map(({ at }) => at);
  }
  return [];
}

function plain(line: string): string {
  return line
    .replace(/[\u200b-\u200f\u2060\ufeff*_]/g, "")
    .replace(/<https?:[^<>]*>|<mailto:[^<>]*>/gi, "")
    .replace(/\s+/g, " ")
    .trim()
    .toLowerCase();
}
