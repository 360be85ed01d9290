import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalSha256 } from "../../src/review/canonical.ts";
import type { ReplyContent } from "../../src/review/release.ts";

const ana = { name: "Ana Ruiz", address: "ana@contoso.example" };
const li = { name: "Li Chen", address: "li@contoso.example" };
const content: ReplyContent = {
  from: { name: "Dana Wu · Northwind Support", address: "support@desk.example" },
  to: [ana, li],
  cc: [],
  subject: "Re: VPN [#1042]",
  inReplyTo: "<1@contoso.example>",
  references: ["<0@contoso.example>", "<1@contoso.example>"],
  body: "Hi Ana,\n\nit is fixed.",
  attachments: [{ filename: "log.txt", contentType: "text/plain", sha256: "a".repeat(64) }],
};

describe("the hash of what a client will receive", () => {
  it("stays what it is: stored authorisations rest on it", () => {
    expect(canonicalSha256(content)).toBe("a15cd52e1840c640eb4f4ef7aae07b3b055bfbc01842bda4f140117b865f82b6");
  });

  const changes: [string, Partial<ReplyContent>][] = [
    ["from address", { from: { ...content.from, address: "x@desk.example" } }],
    ["from name", { from: { ...content.from, name: "Kim" } }],
    ["order of recipients", { to: [li, ana] }],
    ["a recipient fewer", { to: [ana] }],
    ["a recipient moved to Cc", { to: [ana], cc: [li] }],
    ["a recipient's name", { to: [{ ...ana, name: "Ana" }, li] }],
    ["subject", { subject: "Re: VPN" }],
    ["no In-Reply-To", { inReplyTo: null }],
    ["order of references", { references: content.references.toReversed() }],
    ["one space in the body", { body: "Hi Ana,\n\nit is  fixed." }],
    ["a line end in the body", { body: content.body + "\n" }],
    ["no attachment", { attachments: [] }],
    ["attachment name", { attachments: [{ ...content.attachments[0]!, filename: "log.exe" }] }],
    ["attachment type", { attachments: [{ ...content.attachments[0]!, contentType: "text/html" }] }],
    ["attachment bytes", { attachments: [{ ...content.attachments[0]!, sha256: "b".repeat(64) }] }],
  ];
  it.each(changes)("changes with: %s", (_, change) => {
    expect(canonicalSha256({ ...content, ...change })).not.toBe(canonicalSha256(content));
  });

  it("does not depend on the order of keys, nor on keys that no client sees", () => {
    const shuffled = Object.fromEntries(
      Object.entries({ ...content, note: "x" }).toReversed(),
    ) as unknown as ReplyContent;
    expect(canonicalSha256(shuffled)).toBe(canonicalSha256(content));
  });

  it("tells texts apart that only differ in where one ends and the next begins", () => {
    const text = fc.string({ unit: fc.constantFrom("a", ":", "\n", "1", " items\n", "é"), maxLength: 8 });
    fc.assert(
      fc.property(text, text, text, text, (subject, body, subject2, body2) => {
        const same = subject === subject2 && body === body2;
        const left = canonicalSha256({ ...content, subject, body });
        const right = canonicalSha256({ ...content, subject: subject2, body: body2 });
        expect(left === right).toBe(same);
      }),
    );
  });
});
