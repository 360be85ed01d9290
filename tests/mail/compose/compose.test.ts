import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { simpleParser } from "mailparser";
import { describe, expect, it } from "vitest";
import {
  composeInside,
  composeReply,
  newMessageId,
  type ReplyFrame,
  type ReplyMail,
} from "../../../src/mail/compose/compose.ts";

const content: ReplyMail = {
  from: { name: "Dana Wu · Northwind Support", address: "support@desk.example" },
  to: [{ name: "Ana Ruiz", address: "ana@contoso.example" }],
  cc: [{ name: "", address: "li@contoso.example" }],
  subject: "Re: VPN drops – again [#1042]",
  inReplyTo: "<2@contoso.example>",
  references: ["<1@contoso.example>", "<2@contoso.example>"],
  body: "Hi Ana,\n\nplease switch **Fast rekey** off: [the article](https://docs.msp.example/vpn).\n\nDana Wu\nNorthwind Support",
  attachments: [],
};
const frame: ReplyFrame = {
  messageId: newMessageId("0123456789abcdef0123", "desk.example", 1042),
  date: new Date("2026-11-22T08:00:00Z"),
};
const reply = (change: Partial<ReplyMail> = {}, with_: Partial<ReplyFrame> = {}): Promise<Buffer> =>
  composeReply({ ...content, ...change }, { ...frame, ...with_ });
const head = (bytes: Buffer): string => bytes.toString("latin1").split("\r\n\r\n")[0] ?? "";
const fieldNames = (bytes: Buffer): string[] =>
  [...head(bytes).matchAll(/^([A-Za-z-]+):/gm)].map(([, name]) => name ?? "");

describe("a reply to a client", () => {
  it("reads back as what was authorised", async () => {
    const mail = await simpleParser(await reply());
    expect(mail.from?.value).toEqual([
      { name: "Dana Wu · Northwind Support", address: "support@desk.example" },
    ]);
    expect(mail.subject).toBe(content.subject);
    expect(mail.inReplyTo).toBe("<2@contoso.example>");
    expect(mail.references).toEqual(["<1@contoso.example>", "<2@contoso.example>"]);
    expect(mail.messageId).toBe("<1042.0123456789abcdef0123@desk.example>");
    expect(mail.date).toEqual(frame.date);
    expect(mail.text?.trimEnd()).toBe(content.body);
    expect(mail.html).toContain("switch <strong>Fast rekey</strong> off");
    expect(mail.html).toContain('<a href="https://docs.msp.example/vpn">the article</a>');
  });

  // Threat 32.
  it("has these header fields and no other", async () => {
    expect(fieldNames(await reply())).toEqual([
      "From",
      "To",
      "Cc",
      "In-Reply-To",
      "References",
      "Subject",
      "Message-ID",
      "Date",
      "MIME-Version",
      "Content-Type",
    ]);
  });

  it("has nothing remote in its HTML", async () => {
    expect((await reply()).toString()).not.toMatch(/<img|src=|url\(/i);
  });

  it("is the same bytes each time, with CRLF alone", async () => {
    const [first, second] = [await reply(), await reply()];
    expect(first.equals(second)).toBe(true);
    expect(first.toString("latin1").replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    const lines = first.toString("latin1").split("\r\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(78);
  });

  it("says that it is automatic only when nobody released it (RFC 3834 §5)", async () => {
    expect(head(await reply({}, { autoReplied: true }))).toContain("Auto-Submitted: auto-replied");
    expect(head(await reply())).not.toContain("Auto-Submitted");
  });

  // Threat 41.
  it.each<[string, Partial<ReplyMail>]>([
    ["CR LF in the subject", { subject: "a\r\nBcc: eve@evil.example" }],
    ["LF in the subject", { subject: "a\nb" }],
    ["NUL in the subject", { subject: "a\0b" }],
    ["a line separator in the subject", { subject: "a\u2028b" }],
    ["LF in a name", { to: [{ name: "Ana\nBcc: x@evil.example", address: "ana@contoso.example" }] }],
    ["LF in an address", { to: [{ name: "", address: "ana@contoso.example\nx" }] }],
    ["CR LF in In-Reply-To", { inReplyTo: "<a@b.example>\r\nX: y" }],
    ["LF in References", { references: ["<a@b.example>\n"] }],
  ])("refuses %s", async (_, change) => {
    await expect(reply(change)).rejects.toThrow("control character");
  });

  // Threat 42.
  it.each([
    "ana@contoso.example, eve@evil.example",
    "team: ana@contoso.example;",
    "<ana@contoso.example>",
    '"a b"@contoso.example',
    "ana@contoso.example@evil.example",
    "ana(x)@contoso.example",
    "ana",
    "",
  ])("refuses the recipient %j", async (address) => {
    await expect(reply({ to: [{ name: "", address }] })).rejects.toThrow("not a plain address");
  });

  it("refuses to go to nobody", async () => {
    await expect(reply({ to: [] })).rejects.toThrow("no recipient");
  });

  it("keeps names as names, however they look", async () => {
    const name = 'Ruiz, Ana "eve@evil.example" <eve@evil.example>';
    const mail = await simpleParser(await reply({ to: [{ name, address: "ana@contoso.example" }] }));
    expect([mail.to].flat().flatMap((list) => list?.value ?? [])).toEqual([
      { name, address: "ana@contoso.example" },
    ]);
  });

  it("takes attachments whose bytes are those that were authorised", async () => {
    const bytes = Buffer.from(
      [0, 255, 13, 10, 46, 13, 10, 1].concat(Array.from({ length: 300 }, (_, i) => i % 256)),
    );
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const attachments = [{ filename: "größe, 1.bin", contentType: "application/octet-stream", sha256 }];
    const mail = await simpleParser(await reply({ attachments }, { files: new Map([[sha256, bytes]]) }));
    expect(mail.attachments[0]?.content.equals(bytes)).toBe(true);
    expect(mail.attachments[0]?.filename).toBe("größe, 1.bin");
    expect(mail.text?.trimEnd()).toBe(content.body);
    await expect(reply({ attachments })).rejects.toThrow("are not at hand");
    await expect(reply({ attachments }, { files: new Map([[sha256, Buffer.from("x")]]) })).rejects.toThrow(
      "not the one that was authorised",
    );
  });

  it("brings any text through unchanged", async () => {
    const piece = fc.constantFrom(
      "a",
      " ",
      "=",
      "é",
      "漢",
      "😀",
      ".",
      "\n",
      "\n.\n",
      "From ",
      "--",
      "=3D",
      "\t",
      "x".repeat(100),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 60 }), async (pieces) => {
        const body = `a${pieces.join("")}`
          .split("\n")
          .map((line) => line.trimEnd())
          .join("\n")
          .trimEnd();
        const mail = await simpleParser(await reply({ body }), { skipHtmlToText: true });
        expect(mail.text?.trimEnd()).toBe(body);
      }),
      { numRuns: 60 },
    );
  });
});

const referencesOf = async (change: Partial<ReplyMail>): Promise<string[]> =>
  [(await simpleParser(await reply(change))).references ?? []].flat();

describe("threading (RFC 5322 §3.6.4)", () => {
  const many = Array.from({ length: 60 }, (_, index) => `<${index}@contoso.example>`);

  it("adds the parent, last", async () => {
    expect(await referencesOf({ references: ["<1@a.example>"], inReplyTo: "<2@a.example>" })).toEqual([
      "<1@a.example>",
      "<2@a.example>",
    ]);
    expect(
      await referencesOf({ references: ["<2@a.example>", "<1@a.example>"], inReplyTo: "<2@a.example>" }),
    ).toEqual(["<1@a.example>", "<2@a.example>"]);
  });

  it("keeps the first id and the last ones of a long thread", async () => {
    const kept = await referencesOf({ references: many, inReplyTo: many.at(-1) ?? null });
    expect(kept).toHaveLength(20);
    expect(kept[0]).toBe("<0@contoso.example>");
    expect(kept.slice(1)).toEqual(many.slice(-19));
  });

  it("leaves out what cannot stand on one line", async () => {
    expect(
      await referencesOf({
        references: [`<${"x".repeat(990)}@a.example>`, "no id", "<1@a.example>"],
        inReplyTo: null,
      }),
    ).toEqual(["<1@a.example>"]);
  });

  it("has neither field in a new thread", async () => {
    expect(head(await reply({ references: [], inReplyTo: null }))).not.toMatch(/References|In-Reply-To/);
  });
});

describe("a Message-ID", () => {
  it.each([
    ["0123456789abcdef", 7, "<7.0123456789abcdef@desk.example>"],
    ["0123456789abcdef", undefined, "<0123456789abcdef@desk.example>"],
  ])("%s, %s", (random, number, expected) => {
    expect(newMessageId(random, "desk.example", number)).toBe(expected);
  });

  it.each(["", "short", "with space in it", "a>b<c@d-012345678"])("is refused for %j", (random) => {
    expect(() => newMessageId(random, "desk.example")).toThrow("Message-ID");
  });
});

describe("a mail inside the desk", () => {
  const inside = {
    from: { name: "Northwind Support", address: "review@desk.example" },
    to: { name: "Dana Wu", address: "dana@msp.example" },
    replyTo: { name: "", address: "review+a1.abcdefghijklmnopqrstuvwxyz234567@desk.example" },
    subject: "[Review] 1 draft waiting",
    text: "a\n",
    html: "<p>a</p>",
    messageId: "<0123456789abcdef@desk.example>",
    date: frame.date,
    autoSubmitted: true,
  };

  it("says that a program wrote it, and where the answer goes", async () => {
    const bytes = await composeInside(inside);
    expect(head(bytes)).toContain("Auto-Submitted: auto-generated");
    expect((await simpleParser(bytes)).replyTo?.value[0]?.address).toBe(inside.replyTo.address);
    expect(head(await composeInside({ ...inside, inReplyTo: "<1@msp.example>" }))).toContain(
      "Auto-Submitted: auto-replied",
    );
    expect(head(await composeInside({ ...inside, autoSubmitted: false }))).not.toContain("Auto-Submitted");
  });

  it("is the same bytes each time: it is retried as it was", async () => {
    expect((await composeInside(inside)).equals(await composeInside(inside))).toBe(true);
  });

  it("refuses a control character in its headers", async () => {
    await expect(composeInside({ ...inside, subject: "a\r\nb" })).rejects.toThrow("control character");
    await expect(composeInside({ ...inside, messageId: "<a\n@b.example>" })).rejects.toThrow(
      "control character",
    );
  });
});
