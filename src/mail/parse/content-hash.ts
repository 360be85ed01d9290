import { createHash } from "node:crypto";

import type { HeaderField } from "../message.ts";

/**
 * Fields that servers on the way add or change: trace fields (RFC 5322 §3.6.7, RFC 8601, RFC 8617; RFC 6376 §3.5 counts
 * DKIM-Signature among them), the marks of mailboxes and of filters.
 */
const traceFields = new Set(
  (
    "received x-received return-path delivered-to x-delivered-to x-original-to envelope-to x-envelope-to x-envelope-from " +
    "authentication-results authentication-results-original received-spf dkim-signature domainkey-signature dkim-filter " +
    "status x-status x-uid x-uidl x-keywords x-imap x-imapbase x-mozilla-status x-mozilla-status2 x-mozilla-keys " +
    "content-length lines x-virus-scanned x-virus-status x-eopattributedmessage x-eoptenantattributedmessage x-sid-pra " +
    "x-loop-count x-bess-id x-proofpoint-spam-details x-barracuda-connect x-originatororg bcc"
  ).split(" "),
);
const tracePrefixes = [
  "arc-",
  "x-spam",
  "x-ms-",
  "x-microsoft-",
  "x-forefront-",
  "x-google-",
  "x-gm-",
  "x-ses-",
  "x-amz-",
  "x-rspamd-",
  "x-mimecast-",
];

const carriageReturn = 0x0d;
const lineFeed = 0x0a;

/**
 * Hash of what the author sent, for knowing the same mail again when it comes by another road: every field but the
 * trace, white space folded, and the body with its line ends made alike and without empty lines at its end.
 */
export class ContentHash {
  readonly #hash = createHash("sha256");
  /** Line feeds held back until it is known that text follows. */
  #heldLines = 0;

  addHeader(fields: readonly HeaderField[]): void {
    const kept: string[] = [];
    for (const field of fields) {
      if (isTrace(field.name)) continue;
      kept.push(`${field.name}:${field.value.replace(/\s+/g, " ")}\n`);
    }
    this.#hash.update(kept.join("") + "\n");
  }

  addBody(chunk: Buffer): void {
    const plain = chunk.includes(carriageReturn) ? withoutCarriageReturns(chunk) : chunk;
    let end = plain.length;
    while (end > 0 && plain[end - 1] === lineFeed) end -= 1;
    if (end > 0) {
      if (this.#heldLines > 0) this.#hash.update("\n".repeat(this.#heldLines));
      this.#hash.update(plain.subarray(0, end));
      this.#heldLines = 0;
    }
    this.#heldLines += plain.length - end;
  }

  /** Hex SHA-256. */
  digest(): string {
    return this.#hash.digest("hex");
  }
}

function isTrace(name: string): boolean {
  return traceFields.has(name) || tracePrefixes.some((prefix) => name.startsWith(prefix));
}

function withoutCarriageReturns(chunk: Buffer): Buffer {
  const kept = Buffer.allocUnsafe(chunk.length);
  let length = 0;
  let position = 0;
  while (position < chunk.length) {
    const found = chunk.indexOf(carriageReturn, position);
    const end = found < 0 ? chunk.length : found;
    length += chunk.copy(kept, length, position, end);
    position = end + 1;
  }
  return kept.subarray(0, length);
}
