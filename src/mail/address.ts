import { domainToASCII } from "node:url";

import { parseAddressHeader } from "mailparser";

import { freemailDomains, freemailFamilies } from "./freemail-domains.ts";
import { oneLine } from "./parse/header-text.ts";
import type { Mailbox } from "./message.ts";

/** RFC 5321 §4.5.3.1. */
const longestLocalPart = 64;
const longestAddress = 254;

/**
 * An addr-spec as the desk keeps it: the local part as written, the domain in lower case and ASCII. Brackets and
 * `mailto:` around it are taken off. `null` where it is no address that mail can be sent to in one RCPT: no domain,
 * a domain literal, a route, or any white space, control, quote or comment in it.
 */
export function normaliseAddress(text: string): string | null {
  const bare = withoutWrapping(text.trim());
  const at = bare.lastIndexOf("@");
  if (at <= 0) return null;
  const local = unquoted(bare.slice(0, at));
  const domain = normaliseDomain(bare.slice(at + 1));
  if (local === null || domain === null) return null;
  const address = `${local}@${domain}`;
  return local.length <= longestLocalPart && address.length <= longestAddress ? address : null;
}

function withoutWrapping(text: string): string {
  const inner = text.startsWith("<") && text.endsWith(">") ? text.slice(1, -1).trim() : text;
  return /^mailto:/i.test(inner) ? inner.slice(7) : inner;
}

/** Atoms, and what programs send in their place (two dots, a dot at the end); letters beyond ASCII by RFC 6532. */
function unquoted(local: string): string | null {
  const inner = local.length > 2 && local.startsWith('"') && local.endsWith('"') ? local.slice(1, -1) : local;
  return /^[^\s\p{C}"(),:;<>@[\\\]]+$/u.test(inner) ? inner : null;
}

function normaliseDomain(text: string): string | null {
  const plain = text.endsWith(".") ? text.slice(0, -1) : text;
  // domainToASCII follows the rules of URLs, which read "1.2" or "a%2eb" in their own way.
  if (plain === "" || !/^[^\s\p{C}!-,/:-@[-^`{-~]+$/u.test(plain)) return null;
  // eslint-disable-next-line no-control-regex
  const ascii = /[^\u0000-\u007f]/.test(plain) ? domainToASCII(plain) : plain.toLowerCase();
  if (ascii.length > 253) return null;
  return ascii.split(".").every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))
    ? ascii
    : null;
}

/** Whether two addresses are one mailbox in practice: RFC 5321 lets local parts differ by case, no provider does. */
export function sameAddress(one: string, other: string): boolean {
  const first = normaliseAddress(one);
  return first !== null && first.toLowerCase() === normaliseAddress(other)?.toLowerCase();
}

/** The domain of an addr-spec, lower case and ASCII; "" where it is none. */
export function domainOf(address: string): string {
  const normal = normaliseAddress(address);
  return normal === null ? "" : normal.slice(normal.lastIndexOf("@") + 1);
}

/** Whether a domain hands mailboxes to the public, so that two people in it have nothing in common. */
export function isFreemail(domain: string): boolean {
  const plain = normaliseDomain(domain);
  if (plain === null) return false;
  return freemailDomains.has(plain) || freemailFamilies.has(plain.slice(0, plain.indexOf(".")));
}

/**
 * Every mailbox of an address field (RFC 5322 §3.4), groups opened, display names decoded and on one line. What is no
 * address, `undisclosed-recipients:;` or `MAILER-DAEMON`, is left out.
 */
export function parseMailboxes(value: string): Mailbox[] {
  if (!value.includes("@")) return [];
  const mailboxes: Mailbox[] = [];
  for (const entry of parseAddressHeader(readable(value), { flatten: true, decodePunycode: false }).value) {
    const address = normaliseAddress(entry.address ?? "");
    if (address !== null) mailboxes.push({ name: oneLine(entry.name), address });
  }
  return mailboxes;
}

/** What address parsers stumble over, put into forms that they read. */
function readable(value: string): string {
  if (value.includes('"')) return value;
  // Outlook leaves commas and colons inside of encoded words (RFC 2047 §5 (3) forbids them).
  const quoted = value.includes("=?")
    ? value.replace(/=\?[^?\s]{1,60}\?[bq]\?[^?\s]{0,500}\?=/gi, (word) =>
        /[,:;()<>@]/.test(word) ? `"${word}"` : word,
      )
    : value;
  return quoted.includes("<") ? withCompactBrackets(quoted) : quoted;
}

/** RFC 5322 §4.4: white space and comments inside of the brackets, `<jdoe@machine(comment). example>`. */
function withCompactBrackets(value: string): string {
  const [first = "", ...rest] = value.split("<");
  const pieces = rest.map((piece) => {
    const close = piece.indexOf(">");
    const inside = close < 0 ? "" : piece.slice(0, close);
    return inside.includes("@") && !inside.includes('"')
      ? withoutQuotesAndComments(inside).replace(/\s/g, "") + piece.slice(close)
      : piece;
  });
  return [first, ...pieces].join("<");
}

/** The first mailbox of a field; `null` without one. */
export function parseMailbox(value: string): Mailbox | null {
  return parseMailboxes(value)[0] ?? null;
}

/**
 * Whether a From value leaves room for two readings of who wrote it: a group, more than one bracketed address, text that
 * looks like another address outside of quotes, or an address that does not stand there literally (RFC 2047 §5).
 * A mail program may show one person while the library names another.
 */
export function isAmbiguousFrom(value: string, mailboxes: readonly Mailbox[]): boolean {
  const plain = withoutQuotesAndComments(value);
  const colon = plain.replace(/<mailto:/i, "<").indexOf(":");
  if (plain.includes(";") || (colon >= 0 && plain.includes("@", colon))) return true;
  const addresses = new Set(mailboxes.map((mailbox) => mailbox.address.toLowerCase()));
  const brackets = plain.split("<").length - 1;
  if (brackets > addresses.size || brackets !== plain.split(">").length - 1) return true;
  const lower = value.toLowerCase();
  for (const mailbox of mailboxes) {
    const at = mailbox.address.lastIndexOf("@");
    if (!lower.includes(`${mailbox.address.slice(0, at).toLowerCase()}@`)) return true;
  }
  for (const token of plain.split(/[\s<>,]+/)) {
    if (!token.includes("@")) continue;
    const named = normaliseAddress(token)?.toLowerCase();
    if (named === undefined || !addresses.has(named)) return true;
  }
  return false;
}

/** RFC 5322 §3.2.2 and §3.2.4; quoted local parts lose only their quotes. */
function withoutQuotesAndComments(value: string): string {
  let kept = "";
  let depth = 0;
  for (let index = 0; index < value.length; index += 1) {
    const character = value[index] ?? "";
    if (character === "\\") {
      index += 1;
    } else if (depth > 0) {
      if (character === "(") depth += 1;
      else if (character === ")") depth -= 1;
    } else if (character === '"') {
      const end = endOfQuote(value, index + 1);
      if (value[end + 1] === "@") kept += value.slice(index + 1, end);
      index = end;
    } else if (character === "(") {
      depth = 1;
    } else {
      kept += character;
    }
  }
  return kept;
}

function endOfQuote(value: string, from: number): number {
  for (let index = from; index < value.length; index += 1) {
    if (value[index] === "\\") index += 1;
    else if (value[index] === '"') return index;
  }
  return value.length;
}
