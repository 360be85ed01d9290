import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readDeliveryStatus, type DeliveryStatusInput } from "../../src/mail/automatic/delivery-status.ts";
import { parseMessage } from "../../src/mail/parse/parse.ts";
import { fixturesOf, readFixtureMail } from "../mail/fixture-mail.ts";

/** Reports are written by strangers' programs, and by strangers: no crash, no hang, nothing without bounds. */

const FIXTURES = fixturesOf("bounce", ".eml").map(({ path }) => path);
const SEEDS = FIXTURES.map(readFixtureMail);
const BYTES = FIXTURES.map((path) => Buffer.from(readFileSync(path, "utf8").replaceAll(/\r?\n/g, "\r\n")));

/** What reports are made of, and what trips their readers. */
const SPICE = [
  "\r\n",
  "\n\n",
  "\0",
  "Final-Recipient: rfc822;",
  "Original-Recipient: rfc822; a@b.example",
  "Status: 5.1.1",
  "Status: 9.9.9.9.9",
  "Action: failed",
  "Action: expanded (to a list)",
  "Diagnostic-Code: smtp; 550-",
  "Message-ID: <",
  "<<<<>>>>@@@",
  "a@".repeat(50),
  "550 5.1.1 ".repeat(30),
  "--- Below this line is a copy of the message.",
  "X-Failed-Recipients: a@b.example, c@d.example",
  " \t".repeat(40),
  "=?utf-8?B?4pyT?=",
  "5.".repeat(60),
  "\u202e\u0000\ufffd",
];

const place = fc.double({ min: 0, max: 1, noNaN: true });
const change = fc.oneof(
  fc.record({ kind: fc.constant("insert" as const), at: place, text: fc.constantFrom(...SPICE) }),
  fc.record({
    kind: fc.constant("insert" as const),
    at: place,
    text: fc.string({ unit: "binary", maxLength: 40 }),
  }),
  fc.record({ kind: fc.constant("cut" as const), at: place, to: place }),
  fc.record({
    kind: fc.constant("repeat" as const),
    at: place,
    to: place,
    times: fc.integer({ min: 2, max: 30 }),
  }),
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function mutated(text: string, one: Change): string {
  const at = Math.floor(one.at * text.length);
  if (one.kind === "insert") return text.slice(0, at) + one.text + text.slice(at);
  const to = Math.floor(one.to * text.length);
  const [from, end] = at < to ? [at, to] : [to, at];
  if (one.kind === "cut") return text.slice(0, from) + text.slice(end);
  return text.slice(0, from) + text.slice(from, end).slice(0, 4000).repeat(one.times) + text.slice(end);
}

const changes = fc.array(change, { minLength: 1, maxLength: 6 });
const apply = (text: string, some: readonly Change[]): string => some.reduce(mutated, text).slice(0, 500_000);

function expectSound(input: DeliveryStatusInput): void {
  const started = process.cpuUsage();
  const found = readDeliveryStatus(input);
  // Of this process alone: what else the machine does must not count.
  expect(process.cpuUsage(started).user / 1000).toBeLessThan(1000);
  if (found === null) return;
  expect(["hard", "soft"]).toContain(found.kind);
  expect(["", "failed", "delayed"]).toContain(found.action);
  expect(found.status).toMatch(/^(?:[245]\.\d{1,3}\.\d{1,3})?$/);
  // What is never a failure never bounces a reply.
  if (found.action === "delayed") expect(found.kind).toBe("soft");
  expect(found.reason).not.toBe("");
  expect(found.originalMessageIds.length).toBeLessThanOrEqual(20);
  expect(found.recipients.length).toBeLessThanOrEqual(100);
  for (const id of found.originalMessageIds) expect(id).toMatch(/^<[^<>\s]+>$/);
  for (const address of [...found.recipients, ...(found.finalRecipient === "" ? [] : [found.finalRecipient])])
    expect(address).toMatch(/^[^\s<>()[\]",;:]{1,64}@[^\s<>()[\]",;:]{1,255}$/);
}

describe("the reader of delivery reports", () => {
  test("mutated reports and notices", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(fc.constantFrom(...SEEDS), changes, changes, fc.boolean(), (seed, text, part, swap) => {
        const parts = seed.parts.map((one) => ({ ...one, text: apply(one.text, part) }));
        expectSound({
          ...seed,
          text: apply(seed.text, text),
          parts: swap ? parts.map((one) => ({ ...one, contentType: "message/delivery-status" })) : parts,
        });
      }),
      { numRuns: 3000 },
    );
  });

  test("text of nothing but its own marks", { timeout: 60_000 }, () => {
    const soup = fc
      .array(fc.oneof(fc.constantFrom(...SPICE), fc.string({ maxLength: 20 })), { maxLength: 300 })
      .map((pieces) => pieces.join("\n"));
    fc.assert(
      fc.property(fc.constantFrom(...SEEDS), soup, soup, soup, (seed, text, part, header) =>
        expectSound({
          ...seed,
          subject: header.slice(0, 998),
          headers: [...seed.headers, { name: "x-failed-recipients", value: header }],
          text,
          parts: [{ contentType: "message/delivery-status", text: part }],
        }),
      ),
      { numRuns: 1000 },
    );
  });

  test("whole mails, through the parser", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...BYTES), changes, async (seed, some) => {
        const bytes = Buffer.from(apply(seed.toString("latin1"), some), "latin1");
        const started = process.cpuUsage();
        const message = await parseMessage({ bytes }).catch((error: unknown) => {
          // A mail that breaks a limit is put aside with its reason, which is no crash.
          expect((error as Error).name).toMatch(/^(?:Permanent|Temporary)Error$/);
          return null;
        });
        expect(process.cpuUsage(started).user / 1000).toBeLessThan(10_000);
        const found = message?.deliveryStatus;
        if (found) expect(found.recipients.length).toBeLessThanOrEqual(100);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ["addresses", "a@".repeat(100_000)],
    ["one long line", `550 ${"x".repeat(1_000_000)}`],
    ["fields", "Final-Recipient: rfc822; a@b.example\n".repeat(50_000)],
    ["folded lines", `Diagnostic-Code: smtp; 550\n${" x\n".repeat(100_000)}`],
    ["marks", "--- Below this line\n".repeat(50_000)],
    ["ids", "Message-ID: <".repeat(100_000)],
    ["spaces", " ".repeat(1_000_000)],
    ["digits", "5.1".repeat(300_000)],
  ])("a megabyte of %s", (_, text) => {
    for (const seed of SEEDS.slice(0, 4))
      expectSound({
        ...seed,
        text,
        subject: text.slice(0, 5000),
        parts: [
          { contentType: "message/delivery-status", text },
          { contentType: "message/rfc822", text },
        ],
      });
  });
});
