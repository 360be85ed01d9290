import libmime from "libmime";

import { PermanentError } from "../../errors.ts";
import type { ParseLimits } from "./parse-limits.ts";

const lineFeed = 0x0a;
const dash = 0x2d;
/** A delimiter line is at most this long: 70 characters of boundary (RFC 2046 §5.1.1), generously, and white space. */
const longestDelimiter = 2_048;
const nothing = Buffer.alloc(0);

/**
 * Walks over the boundaries of a message, ahead of the MIME parser, and stops a structure that would cost too much.
 * It follows what the parser will follow: declared boundaries only, and not into attached messages.
 */
export class StructureGuard {
  readonly #limits: ParseLimits;
  /** Boundaries of the open multiparts, outermost first. */
  readonly #open: Buffer[] = [];
  #parts = 1;
  /** Header of the part being read, `null` inside a body. */
  #partHeader: string | null = null;
  /** A line that may be a delimiter, of which the end has not come yet. */
  #carry: Buffer = nothing;

  constructor(rootContentType: string, limits: ParseLimits) {
    this.#limits = limits;
    this.#openMultipart(rootContentType);
    // The search looks for a line feed before the dashes.
    this.#carry = Buffer.from("\n");
  }

  /** @throws PermanentError when the message has too many parts, too many levels or a part with too long a header */
  push(chunk: Buffer): void {
    if (this.#open.length === 0) return;
    const buffer = this.#carry.length === 0 ? chunk : Buffer.concat([this.#carry, chunk]);
    this.#carry = nothing;
    let position = 0;
    while (position < buffer.length) {
      position =
        this.#partHeader === null
          ? this.#skipToDelimiter(buffer, position)
          : this.#readPartHeaderLine(buffer, position);
    }
  }

  #skipToDelimiter(buffer: Buffer, from: number): number {
    const found = buffer.indexOf("\n--", from);
    if (found < 0) {
      const last = buffer.lastIndexOf(lineFeed);
      const tail = buffer.subarray(Math.max(last, from));
      if (last >= from && (tail.length === 1 || (tail.length === 2 && tail[1] === dash)))
        this.#carry = Buffer.from(tail);
      return buffer.length;
    }
    const lineEnd = buffer.indexOf(lineFeed, found + 1);
    if (lineEnd < 0) {
      if (buffer.length - found > longestDelimiter) return found + 3;
      this.#carry = Buffer.from(buffer.subarray(found));
      return buffer.length;
    }
    this.#delimiter(buffer.subarray(found + 3, lineEnd));
    // A part's header is read from the start of its line; a body search needs the line feed.
    return this.#partHeader === null ? lineEnd : lineEnd + 1;
  }

  /** Takes a delimiter line, given without its two dashes; says whether it was one. */
  #delimiter(line: Buffer): boolean {
    if (line.length > longestDelimiter) return false;
    for (let level = this.#open.length - 1; level >= 0; level -= 1) {
      const boundary = this.#open[level];
      if (boundary === undefined || !startsWith(line, boundary)) continue;
      const rest = line.toString("latin1", boundary.length).trimEnd();
      if (rest === "") {
        this.#open.length = level + 1;
        this.#countPart();
        this.#partHeader = "";
        return true;
      }
      if (rest === "--") {
        this.#open.length = Math.max(level, 1);
        this.#partHeader = null;
        return true;
      }
    }
    return false;
  }

  #readPartHeaderLine(buffer: Buffer, from: number): number {
    const feed = buffer.indexOf(lineFeed, from);
    const header = this.#partHeader ?? "";
    if (header.length + (feed < 0 ? buffer.length : feed) - from > this.#limits.headerBytes) {
      throw new PermanentError(
        `The header of a MIME part is longer than ${String(this.#limits.headerBytes)} bytes: the message is not read.`,
      );
    }
    if (feed < 0) {
      this.#carry = Buffer.from(buffer.subarray(from));
      return buffer.length;
    }
    // A part may end before its header does.
    if (
      buffer[from] === dash &&
      buffer[from + 1] === dash &&
      this.#delimiter(buffer.subarray(from + 2, feed))
    ) {
      return this.#partHeader === null ? feed : feed + 1;
    }
    const line = buffer.toString("latin1", from, feed + 1);
    if (line !== "\n" && line !== "\r\n") {
      this.#partHeader = header + line;
      return feed + 1;
    }
    this.#partHeader = null;
    if (/multipart/i.test(header)) this.#openMultipart(contentTypeOf(header));
    return feed;
  }

  #openMultipart(contentType: string): void {
    if (!/multipart/i.test(contentType)) return;
    const boundary =
      libmime.parseHeaderValue(contentType, { stripComments: true }).params["boundary"]?.trimEnd() ?? "";
    if (boundary === "") return;
    this.#open.push(Buffer.from(boundary));
    if (this.#open.length > this.#limits.mimeDepth) {
      throw new PermanentError(
        `MIME parts are nested deeper than ${String(this.#limits.mimeDepth)} levels: the message is not read.`,
      );
    }
  }

  #countPart(): void {
    this.#parts += 1;
    if (this.#parts > this.#limits.parts) {
      throw new PermanentError(
        `The message has more than ${String(this.#limits.parts)} MIME parts: it is not read.`,
      );
    }
  }
}

function startsWith(line: Buffer, boundary: Buffer): boolean {
  return (
    line.length >= boundary.length && line.compare(boundary, 0, boundary.length, 0, boundary.length) === 0
  );
}

function contentTypeOf(header: string): string {
  const unfolded = header.replace(/\r?\n[ \t]+/g, " ");
  const at = unfolded.search(/^content-type[ \t]{0,20}:/im);
  if (at < 0) return "";
  const line = unfolded.slice(at, unfolded.indexOf("\n", at));
  return line.slice(line.indexOf(":") + 1).trim();
}
