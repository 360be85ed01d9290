import { PermanentError } from "../../errors.ts";
import { decodeUndeclared, decodeUtf8 } from "./charset.ts";
import type { HeaderField } from "../message.ts";

/** The header of a message, read from its raw bytes, so that nothing a library folds away is missed. */
export interface HeaderBlock {
  readonly fields: readonly HeaderField[];
  /** Codes, see ParsedMessage.defects. */
  readonly defects: readonly string[];
  /** Byte offsets: the field lines, and where the body begins. */
  readonly start: number;
  readonly end: number;
  readonly bodyStart: number;
}

/** RFC 5322 §3.6: fields that may occur once at most; those of MIME decide how the body is read. */
const singleFields = [
  "from",
  "sender",
  "reply-to",
  "to",
  "cc",
  "message-id",
  "in-reply-to",
  "references",
  "subject",
  "date",
  "mime-version",
  "content-type",
  "content-transfer-encoding",
];

/** Names by which a header is known to go on after a line that is none. */
const commonField =
  /^(?:received|return-path|delivered-to|from|sender|reply-to|to|cc|bcc|subject|date|message-id|in-reply-to|references|mime-version|content-[a-z-]{2,40}|x-[a-z0-9-]{1,60}|list-[a-z-]{2,40}|precedence|importance|dkim-signature|authentication-results|arc-[a-z-]{4,40}|auto-submitted)\s{0,3}:/i;

/** A name is printable ASCII without a colon (§2.2); `From :` is the obsolete form (§4.5.8). */
const fieldLine = /^([!-9;-~]{1,200})([ \t]{0,20}):/;

/**
 * Reads the header from the first bytes of a message. `complete` says that `head` is the whole message.
 * A message that has no header, or no empty line after it, is read as far as it goes and the defect is named.
 *
 * @throws PermanentError when the header is longer than `limit` bytes
 */
export function readHeaderBlock(head: Buffer, complete: boolean, limit: number): HeaderBlock {
  const reach = Math.min(head.length, limit + 1);
  const text = head.toString("latin1", 0, reach);
  const defects = new Set<string>();
  const start = firstFieldStart(text, defects);
  const lines: string[] = [];
  let position = start;
  let end = -1;
  let bodyStart = -1;
  while (position < text.length) {
    const feed = text.indexOf("\n", position);
    const lineEnd = feed < 0 ? text.length : feed;
    const line = text.slice(
      position,
      text.charCodeAt(lineEnd - 1) === 0x0d && lineEnd > position ? lineEnd - 1 : lineEnd,
    );
    if (line === "" && feed >= 0) {
      end = position;
      bodyStart = feed + 1;
      break;
    }
    if (isContinuation(line, lines)) {
      lines[lines.length - 1] += `\n${line}`;
    } else if (fieldLine.test(line)) {
      lines.push(line);
    } else if (lines.length > 0 && headerGoesOn(text, lineEnd + 1)) {
      defects.add("header-malformed");
    } else {
      end = position;
      bodyStart = position;
      break;
    }
    position = lineEnd + 1;
  }
  if (end < 0) {
    if (!complete || reach < head.length)
      throw new PermanentError(`The header is longer than ${String(limit)} bytes: the message is not read.`);
    end = text.length;
    bodyStart = head.length;
  }
  if (head.length === 0) defects.add("empty");
  else if (lines.length === 0) defects.add("header-missing");
  else if (bodyStart === end) defects.add("body-separator-missing");
  addByteDefects(text.slice(start, end), defects);
  const declared = declaredCharset(lines);
  const fields = lines.map((line) => readField(line, defects, declared));
  for (const name of singleFields) {
    if (fields.filter((field) => field.name === name).length > 1) defects.add(`${name}-multiple`);
  }
  return { fields, defects: [...defects], start, end, bodyStart };
}

/** Skips a byte order mark, the "From " line of mbox files and blank lines, where a field follows. */
function firstFieldStart(text: string, defects: Set<string>): number {
  let position = text.startsWith("\u00ef\u00bb\u00bf") ? 3 : 0;
  const afterMark = position;
  for (let blank = blankLineAt(text, position); blank > 0; blank = blankLineAt(text, position))
    position += blank;
  if (position > afterMark) {
    if (!commonField.test(text.slice(position, position + 200))) return 0;
    defects.add("header-malformed");
  }
  if (text.startsWith("From ", position) || text.startsWith(">From ", position)) {
    const feed = text.indexOf("\n", position);
    const isField = fieldLine.test(text.slice(position, position + 300));
    if (feed >= 0 && !isField && fieldLine.test(text.slice(feed + 1, feed + 300))) return feed + 1;
  }
  return position;
}

/** How long the blank line is that begins here, with its end; 0 where none does. */
function blankLineAt(text: string, position: number): number {
  let end = position;
  while (text[end] === " " || text[end] === "\t") end += 1;
  if (text.startsWith("\r\n", end)) return end + 2 - position;
  return text[end] === "\n" ? end + 1 - position : 0;
}

function isContinuation(line: string, lines: readonly string[]): boolean {
  return lines.length > 0 && (line.startsWith(" ") || line.startsWith("\t"));
}

/** A gateway that wraps a long field without indenting leaves lines that are no field; a known field soon after tells. */
function headerGoesOn(text: string, from: number): boolean {
  let position = from;
  for (let count = 0; count < 3; count += 1) {
    if (commonField.test(text.slice(position, position + 200))) return true;
    const feed = text.indexOf("\n", position);
    if (feed < 0 || feed - position <= 1) return false;
    position = feed + 1;
  }
  return false;
}

function addByteDefects(block: string, defects: Set<string>): void {
  if (block.includes("\0")) defects.add("nul-byte");
  if (!block.includes("\r")) return;
  if (/\r(?!\n)/.test(block)) defects.add("bare-cr");
  // A file with Unix line ends throughout is no fault; one bare LF among CRLF is how a field is smuggled in.
  if (block.includes("\r\n") && /(?<!\r)\n/.test(block)) defects.add("bare-lf");
}

/** The charset of the message's own Content-Type; "" without one. */
function declaredCharset(lines: readonly string[]): string {
  const type = lines.find((line) => /^content-type[ \t]{0,20}:/i.test(line));
  return /charset\s*=\s*"?([\w.:-]{1,40})/i.exec(type ?? "")?.[1] ?? "";
}

function readField(line: string, defects: Set<string>, declared: string): HeaderField {
  const colon = line.indexOf(":");
  const written = line.slice(0, colon);
  const name = written.trim().toLowerCase();
  if (written !== written.trimEnd()) defects.add(name === "from" ? "from-malformed" : "header-malformed");
  const raw = line.slice(colon + 1);
  const unfolded = raw.includes("\n") ? raw.replace(/\n[ \t]+/g, " ").replaceAll("\n", "") : raw;
  const plain = /[\r\0]/.test(unfolded) ? unfolded.replace(/[\r\0]+/g, " ") : unfolded;
  const value = /[\u0080-\u00ff]/.test(plain)
    ? decodeRaw(name, Buffer.from(plain, "latin1"), declared)
    : plain;
  return { name, value: value.trim() };
}

/** Two-byte charsets have second bytes among the ASCII signs: in an address they could hide one, so that only a subject is read so. */
const decodeRaw = (name: string, bytes: Buffer, declared: string): string =>
  name === "subject" ? decodeUndeclared(bytes, declared) : decodeUtf8(bytes);
