/** The original message inside a forward, as Gmail, Outlook, Apple Mail and Thunderbird write it. */

import { readAttribution } from "./attribution.ts";
import {
  isQuotedLine,
  readHeaderBlock,
  readHeaderLine,
  readSeparator,
  unquoteLine,
  type HeaderBlock,
} from "./quote-headers.ts";

/** The first message forwarded in a text. */
export interface ForwardedMessage {
  /** Display name as written; "" without one. */
  readonly name: string;
  /** addr-spec, its domain in lower case. */
  readonly address: string;
  readonly subject: string;
  /** All that stands below the forwarded header, one level of `>` taken off. */
  readonly text: string;
}

/** Nobody writes more above what they forward, in characters: a log that was sent on is not looked through to its end. */
const mostAbove = 20_000;

/**
 * Reads the whole text of a mail, not a part of it. `null` where nothing is forwarded, where a reply's attribution
 * stands above it (the forward is then part of what was answered), or where the author's address is not given.
 * Outlook writes the same header block above a reply: the caller decides by the subject (`FW:`) or the sender.
 */
export function readForward(text: string): ForwardedMessage | null {
  const lines = text.split(/\r\n|\n|\r/);
  let above = 0;
  for (let at = 0; at < lines.length && above < mostAbove; at++) {
    const line = lines[at] ?? "";
    above += line.length + 1;
    if (isQuotedLine(line)) continue;
    const separator = readSeparator(line);
    const start = separator === null ? at : firstNotBlank(lines, at + 1);
    if (separator === null && readHeaderLine(line) === null) {
      if (readAttribution(lines, at, (index) => isQuotedLine(lines[firstNotBlank(lines, index)] ?? "")) > 0)
        return null;
      continue;
    }
    // Apple Mail quotes the forwarded header with `>`, too.
    const quoted = separator !== null && isQuotedLine(lines[start] ?? "");
    const own = quoted ? unquotedRun(lines, start) : lines;
    const block = readHeaderBlock(own, quoted ? 0 : start, separator !== null);
    if (block !== null) return forwarded(own.slice((quoted ? 0 : start) + block.length), block);
  }
  return null;
}

function forwarded(below: readonly string[], block: HeaderBlock): ForwardedMessage | null {
  const author = readAuthor(block.fields.get("from") ?? "");
  if (author === null) return null;
  const text = below.map((line) => line.trimEnd()).join("\n");
  return { ...author, subject: block.fields.get("subject") ?? "", text: text.replace(/^\n+/, "").trimEnd() };
}

/** The lines from `start` on, one level of quoting less, up to the first that is not quoted. */
function unquotedRun(lines: readonly string[], start: number): string[] {
  const run: string[] = [];
  for (let at = start; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (!isQuotedLine(line) && line.trim() !== "") break;
    run.push(unquoteLine(line));
  }
  return run;
}

function firstNotBlank(lines: readonly string[], from: number): number {
  let at = from;
  while (at < lines.length && at - from < 4 && (lines[at] ?? "").trim() === "") at++;
  return at;
}

const addrSpec = /[^\s<>[\]()",;:*]{1,64}@[^\s<>[\]()",;:*]{1,255}/g;
const onBehalfOf =
  /\b(?:on behalf of|im auftrag von|de la part de|en nombre de|per conto di|namens|em nome de)\b/i;

/**
 * `Ana Ruiz <ana@…>`, `"Ruiz, Ana" <ana@…>`, `Ana Ruiz [mailto:ana@…]`, `Ana<mailto:ana@…>`, `*Ana Ruiz* <ana@…>`.
 * "Desk On Behalf Of Ana Ruiz": the second is the author, RFC 5322 §3.6.2.
 */
function readAuthor(from: string): Pick<ForwardedMessage, "name" | "address"> | null {
  const value = from.slice(0, 1000).replace(/mailto:/gi, "");
  const behalf = onBehalfOf.exec(value);
  const author = behalf === null ? value : value.slice(behalf.index + behalf[0].length);
  const found = author.match(addrSpec)?.[0] ?? value.match(addrSpec)?.[0];
  if (found === undefined) return null;
  const address = found.replace(/^'+|[.']+$/g, "");
  const at = author.search(/[<[(]|[^\s<>[\]()",;:*]+@/);
  const name = (at < 0 ? author : author.slice(0, at))
    .replace(/[*"“”„]/g, "")
    .replace(/^[\s']+|[\s',]+$/g, "");
  const local = address.lastIndexOf("@");
  return { name, address: address.slice(0, local) + address.slice(local).toLowerCase() };
}
