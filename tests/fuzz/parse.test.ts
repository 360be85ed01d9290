import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";

import { PermanentError } from "../../src/errors.ts";
import type { ParsedMessage } from "../../src/mail/message.ts";
import { createParserPool } from "../../src/mail/parse/parser-pool.ts";

const folder = fileURLToPath(new URL("../fixtures/mail/", import.meta.url));
const seeds = readdirSync(folder)
  .filter((name) => name.endsWith(".eml"))
  .sort()
  .map((name) => readFileSync(folder + name));

/** Bytes that parsers trip over. */
const spice = [
  "\r\n",
  "\n",
  "\r",
  "\0",
  "--",
  "--b--\r\n",
  ":",
  ";",
  "=?utf-8?Q?",
  "?=",
  "<",
  ">",
  '"',
  "(",
  "=",
  "\u00ff",
  "From: ",
  "Content-Type: multipart/mixed; boundary=b\r\n",
].map((text) => Buffer.from(text, "latin1"));

const place = fc.double({ min: 0, max: 1, noNaN: true });
const mutation = fc.oneof(
  fc.record({ kind: fc.constant("flip" as const), at: place, byte: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ kind: fc.constant("cut" as const), at: place, to: place }),
  fc.record({ kind: fc.constant("duplicate" as const), at: place, to: place }),
  fc.record({
    kind: fc.constant("insert" as const),
    at: place,
    bytes: fc.oneof(fc.constantFrom(...spice), fc.uint8Array({ maxLength: 40 })),
  }),
);
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

const mail = fc
  .tuple(fc.constantFrom(...seeds), fc.array(mutation, { minLength: 1, maxLength: 8 }))
  .map(([seed, mutations]) => mutations.reduce<Buffer>((bytes, change) => mutated(bytes, change), seed));

function mutated(bytes: Buffer, change: Mutation): Buffer {
  const at = Math.floor(change.at * bytes.length);
  switch (change.kind) {
    case "flip": {
      const copy = Buffer.from(bytes);
      if (copy.length > 0) copy[Math.min(at, copy.length - 1)] = change.byte;
      return copy;
    }
    case "cut": {
      const to = Math.floor(change.to * bytes.length);
      return Buffer.concat([bytes.subarray(0, Math.min(at, to)), bytes.subarray(Math.max(at, to))]);
    }
    case "duplicate": {
      const to = Math.floor(change.to * bytes.length);
      const piece = bytes.subarray(Math.min(at, to), Math.max(at, to));
      return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
    }
    case "insert":
      return Buffer.concat([bytes.subarray(0, at), change.bytes, bytes.subarray(at)]);
  }
}

// The deadline is the proof that nothing hangs: a thread that does is ended and its message refused by name.
const pool = createParserPool({ threads: 2, deadlineMs: 20_000 });
afterAll(async () => pool.close());

async function readOrRefused(bytes: Uint8Array): Promise<ParsedMessage | null> {
  try {
    return await pool.parse({ bytes });
  } catch (error) {
    expect(error).toBeInstanceOf(PermanentError);
    expect(String(error)).not.toMatch(/longer than 20000 ms|ended the thread|cannot be read:/);
    return null;
  }
}

function expectSound(message: ParsedMessage): void {
  expect(message.contentSha256).toMatch(/^[0-9a-f]{64}$/);
  expect(message.messageId ?? "<x>").toMatch(/^<[^\s<>]+>$/);
  for (const id of [...message.inReplyTo, ...message.references]) expect(id).toMatch(/^<[^\s<>]+>$/);
  for (const mailbox of [...message.from, ...message.to, ...message.cc, ...message.replyTo]) {
    expect(mailbox.address).toMatch(/^[^\s<>\p{Cc}]+@[a-z0-9._-]+$/u);
    expect(mailbox.name).not.toMatch(/\p{Cc}/u);
  }
  expect(message.subject).not.toMatch(/\p{Cc}/u);
  expect(message.date === null || !Number.isNaN(message.date.getTime())).toBe(true);
  expect(message.text).not.toContain("\0");
  for (const text of [message.text, message.newText, message.quotedText, message.subject])
    expect(typeof text).toBe("string");
  for (const attachment of message.attachments) {
    expect(attachment.filename).not.toMatch(/[/\\\p{Cc}]/u);
    expect(attachment.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(attachment.size).toBeGreaterThanOrEqual(0);
  }
  for (const field of message.headers) {
    expect(field.name).toMatch(/^[!-9;-~]+$/);
    expect(field.value).not.toMatch(/[\r\n\0]/);
  }
  if (message.from.length !== 1)
    expect(message.defects.some((code) => code === "from-missing" || code === "from-multiple")).toBe(true);
}

describe("mutated mail", () => {
  it("is read or refused, never thrown over", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(mail, async (bytes) => {
        const message = await readOrRefused(bytes);
        if (message !== null) expectSound(message);
      }),
      { numRuns: 400 },
    );
  });

  it("may be no mail at all", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 4_000 }), async (bytes) => {
        const message = await readOrRefused(bytes);
        if (message !== null) expectSound(message);
      }),
      { numRuns: 100 },
    );
  });
});
