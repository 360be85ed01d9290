import { afterEach, describe, expect, it } from "vitest";

import { PermanentError, TemporaryError } from "../../../src/errors.ts";
import { defaultParseLimits } from "../../../src/mail/parse/parse-limits.ts";
import { parseMessage } from "../../../src/mail/parse/parse.ts";
import { createParserPool } from "../../../src/mail/parse/parser-pool.ts";
import type { ParserPool } from "../../../src/mail/parse/parser-pool.ts";

const small = Buffer.from(
  "From: ana@contoso.example\r\nMessage-ID: <1@contoso.example>\r\nDate: Mon, 4 Mar 2024 10:00:00 +0000\r\n\r\nhello\r\n",
);
/** No limit on the number of parts: what ends such a mail is the deadline alone. */
const noPartLimit = { ...defaultParseLimits, parts: Number.POSITIVE_INFINITY };
/** 300,000 parts: some ten times the deadline below on a fast machine. */
const slow = Buffer.from(
  `From: ana@contoso.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${"--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=41=42=43\r\n".repeat(300_000)}--b--\r\n`,
);

let pool: ParserPool | null = null;
afterEach(async () => {
  await pool?.close();
  pool = null;
});

describe("parser pool", () => {
  it("reads as parseMessage does, dates included, and leaves the bytes alone", async () => {
    pool = createParserPool({ threads: 2, deadlineMs: 30_000 });
    const view = Buffer.concat([Buffer.from("xx"), small]).subarray(2);
    const messages = await Promise.all([1, 2, 3, 4, 5].map(async () => pool?.parse({ bytes: view })));
    const expected = await parseMessage({ bytes: small });
    for (const message of messages) expect(message).toEqual(expected);
    expect(messages[0]?.date).toBeInstanceOf(Date);
    expect(view.equals(small)).toBe(true);
  });

  it("ends a message that takes too long, and reads the next", async () => {
    // Long enough for a thread to start and read a small mail on a busy machine; the slow one takes far longer.
    pool = createParserPool({ threads: 1, deadlineMs: 1000, limits: noPartLimit });
    await expect(pool.parse({ bytes: slow })).rejects.toThrow(/longer than 1000 ms/);
    // A thread that is running already has the same deadline as one that is being started.
    await pool.parse({ bytes: small });
    const refused = pool.parse({ bytes: slow });
    const next = pool.parse({ bytes: small });
    await expect(refused).rejects.toThrow(PermanentError);
    await expect(refused).rejects.toThrow(/longer than 1000 ms/);
    expect((await next).text).toBe("hello\n");
  });

  it("hands over what a message is refused for", async () => {
    pool = createParserPool({
      threads: 1,
      deadlineMs: 30_000,
      limits: { ...defaultParseLimits, headerBytes: 20 },
    });
    await expect(pool.parse({ bytes: small })).rejects.toThrow(/longer than 20 bytes/);
    await expect(pool.parse({ bytes: small })).rejects.toThrow(PermanentError);
    await expect(pool.parse({ file: "/nonexistent/mail.eml" })).rejects.toThrow(TemporaryError);
  });

  it("hands the envelope over", async () => {
    pool = createParserPool({ threads: 1, deadlineMs: 30_000 });
    const envelope = {
      reversePath: "",
      forwardPaths: ["support@desk.example"],
      remoteAddress: "192.0.2.1",
      heloName: "mx.contoso.example",
    };
    const message = await pool.parse({ bytes: small }, envelope);
    expect(message.automatic).toEqual((await parseMessage({ bytes: small }, undefined, envelope)).automatic);
  });

  it("refuses what waits when it is closed", async () => {
    pool = createParserPool({ threads: 1, deadlineMs: 30_000 });
    const waiting = [pool.parse({ bytes: slow }), pool.parse({ bytes: small })].map(async (parse) =>
      parse.then(
        () => "read",
        (error: unknown) => error,
      ),
    );
    await pool.close();
    for (const outcome of await Promise.all(waiting)) expect(outcome).toBeInstanceOf(TemporaryError);
    await expect(pool.parse({ bytes: small })).rejects.toThrow(TemporaryError);
  });
});
