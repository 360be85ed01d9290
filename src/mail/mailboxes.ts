import { parseAddressHeader } from "mailparser";

import { normaliseAddress } from "./address.ts";
import type { Mailbox } from "./message.ts";
import { oneLine } from "./parse/header-text.ts";

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
