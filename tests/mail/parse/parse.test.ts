import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { PermanentError, TemporaryError } from "../../../src/errors.ts";
import { defaultParseLimits } from "../../../src/mail/parse/parse-limits.ts";
import { parseMessage } from "../../../src/mail/parse/parse.ts";

const head = "From: Ana <ana@contoso.example>\r\nMessage-ID: <1@contoso.example>\r\n";

async function read(text: string, limits = defaultParseLimits): ReturnType<typeof parseMessage> {
  return parseMessage({ bytes: Buffer.from(text, "latin1") }, limits);
}

/** So many addresses, as the value of a field. */
const list = (count: number): string =>
  Array.from({ length: count }, (_, at) => `u${at}@contoso.example`).join(",\r\n ");

describe("defects that the gate looks at", () => {
  it.each([
    ["sound CRLF mail", `${head}\r\nhello\r\n`, []],
    ["Unix line ends throughout", `${head}\r\nhello\r\n`.replaceAll("\r", ""), []],
    ["a bare CR in the header", `${head}X-A: one\rBcc: two\r\n\r\nx`, ["bare-cr"]],
    ["a bare LF among CRLF", `${head}X-A: one\nX-B: two\r\n\r\nx`, ["bare-lf"]],
    ["NUL in the header", `${head}X-A: o\0ne\r\n\r\nx`, ["nul-byte"]],
    ["NUL in the body", `${head}\r\nx\0y`, ["nul-byte"]],
    ["no From", "Message-ID: <1@contoso.example>\r\n\r\nx", ["from-missing"]],
    [
      "From without an address",
      "From: MAILER-DAEMON\r\nMessage-ID: <1@contoso.example>\r\n\r\nx",
      ["from-missing"],
    ],
    [
      "two mailboxes in From",
      "From: ana@contoso.example, bo@contoso.example\r\nMessage-ID: <1@a.example>\r\n\r\nx",
      ["from-multiple"],
    ],
    ["no Message-ID", "From: ana@contoso.example\r\n\r\nx", ["message-id-missing"]],
    [
      "a Message-ID that is none",
      "From: ana@contoso.example\r\nMessage-ID: yes\r\n\r\nx",
      ["message-id-missing"],
    ],
    ["two Subjects", `${head}Subject: a\r\nSubject: b\r\n\r\nx`, ["subject-multiple"]],
    ["white space before a colon", `${head}X-A : b\r\n\r\nx`, ["header-malformed"]],
    ["nothing at all", "", ["empty", "from-missing", "message-id-missing"]],
  ])("%s", async (_, text, defects) => {
    expect((await read(text)).defects).toEqual(defects);
  });

  it("sees a From field hidden behind `From :`", async () => {
    const message = await read(
      "From : Dana <dana@msp.example>\r\nFrom: Mallory <m@attacker.example>\r\n\r\napprove",
    );
    expect(message.from.map((mailbox) => mailbox.address)).toEqual([
      "dana@msp.example",
      "m@attacker.example",
    ]);
    expect(message.defects).toEqual(expect.arrayContaining(["from-multiple", "from-malformed"]));
  });

  it("sees a folded second From and one behind a bare CR", async () => {
    const folded = await read("From:\r\n Ana <ana@contoso.example>\r\nfrom:\r\n\tdana@msp.example\r\n\r\nx");
    expect(folded.from).toHaveLength(2);
    const hidden = await read(`${head}X-A: b\rFrom: dana@msp.example\r\n\r\nx`);
    expect(hidden.from).toHaveLength(1);
    expect(hidden.defects).toContain("bare-cr");
    expect(hidden.headers.every((field) => !/[\r\n\0]/.test(field.value))).toBe(true);
  });
});

describe("limits", () => {
  it("38 · refuses 1,000 levels of MIME", async () => {
    let text = head;
    for (let level = 0; level < 1_000; level += 1)
      text += `Content-Type: multipart/mixed; boundary=b${String(level)}\r\n\r\n--b${String(level)}\r\n`;
    await expect(read(`${text}\r\nx`)).rejects.toThrow(/nested deeper than 50 levels/);
  });

  it("38 · refuses 20,000 parts", async () => {
    const text = `${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n${"--b\r\n\r\nx\r\n".repeat(20_000)}--b--`;
    await expect(read(text)).rejects.toThrow(/more than 1000 MIME parts/);
  });

  it("reads as many parts and levels as are allowed", async () => {
    const parts = `${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n${"--b\r\n\r\nx\r\n".repeat(999)}--b--`;
    expect((await read(parts)).text.split("\n")).toHaveLength(999);
    let deep = head;
    for (let level = 0; level < 50; level += 1)
      deep += `Content-Type: multipart/mixed; boundary=b${String(level)}\r\n\r\n--b${String(level)}\r\n`;
    expect((await read(`${deep}\r\nat the bottom`)).text).toBe("at the bottom");
  });

  it("refuses a header of more than 256 KB, in the message and in a part", async () => {
    const long = `X-Long: ${"a".repeat(300 * 1024)}\r\n`;
    await expect(read(`${head}${long}\r\nx`)).rejects.toThrow(PermanentError);
    await expect(
      read(`${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n${long}\r\nx`),
    ).rejects.toThrow(PermanentError);
  });

  it("cuts text at its limit, between characters", async () => {
    const limits = { ...defaultParseLimits, textBytes: 11 };
    const message = await parseMessage({ bytes: Buffer.from(`${head}\r\n${"ü".repeat(20)}`) }, limits);
    expect(message.text).toBe("ü".repeat(5));
    expect(message.defects).toEqual(["text-truncated"]);
  });

  it("40 · keeps five hundred mailboxes of a field, and says that there were more", async () => {
    const message = await read(
      `From: ana@contoso.example\r\nTo: ${list(500)}\r\nCc: ${list(501)}\r\n\r\nHello`,
    );
    expect([message.to.length, message.cc.length]).toEqual([500, 500]);
    expect(message.defects).toContain("addresses-truncated");
    const resent = await read(`From: ana@contoso.example\r\nResent-From: ${list(600)}\r\n\r\nHello`);
    expect(resent.resentBy).toHaveLength(600);
    expect(resent.defects).not.toContain("addresses-truncated");
  });

  it("finds parts wherever the chunks of a file fall", async () => {
    const folder = mkdtempSync(join(tmpdir(), "countersign-parse-"));
    try {
      const file = join(folder, "mail.eml");
      // 64 KB chunks start behind the header; the delimiter is moved over their border byte by byte.
      for (let shift = 0; shift < 12; shift += 1) {
        const filler = "a".repeat(64 * 1024 - 22 + shift);
        writeFileSync(
          file,
          `${head}Content-Type: multipart/mixed; boundary=bb\r\n\r\n--bb\r\n\r\n${filler}\r\n--bb\r\n\r\nlast\r\n--bb--\r\n`,
        );
        const message = await parseMessage({ file }, { ...defaultParseLimits, parts: 3 });
        expect(message.text).toBe(`${filler}\nlast`);
        await expect(parseMessage({ file }, { ...defaultParseLimits, parts: 2 })).rejects.toThrow(
          PermanentError,
        );
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("says that a missing file may be tried again", async () => {
    await expect(parseMessage({ file: "/nonexistent/mail.eml" })).rejects.toThrow(TemporaryError);
  });
});

describe("what a message is known by", () => {
  const body = "Hello\r\n\r\nAna\r\n";

  it("has one hash whatever road it came by", async () => {
    const sent = await read(`${head}Subject: a  b\r\n\r\n${body}`);
    const received = await read(
      `Return-Path: <ana@contoso.example>\r\nReceived: from a by b\r\nAuthentication-Results: mx; dkim=pass\r\n${head}Subject: a\r\n b\r\nX-MS-Exchange-Organization-AuthAs: Internal\r\n\r\n${body}\r\n\r\n`,
    );
    const unix = await read(`${head}Subject: a b\r\n\r\n${body}`.replaceAll("\r", ""));
    expect(received.contentSha256).toBe(sent.contentSha256);
    expect(unix.contentSha256).toBe(sent.contentSha256);
  });

  it.each([
    ["another body", `${head}Subject: a b\r\n\r\nHello!\r\n`],
    ["another subject", `${head}Subject: c\r\n\r\n${body}`],
    ["an empty line in the middle", `${head}Subject: a b\r\n\r\nHello\r\n\r\n\r\nAna\r\n`],
    ["a mark that it is automatic", `${head}Subject: a b\r\nAuto-Submitted: auto-replied\r\n\r\n${body}`],
  ])("has another hash for %s", async (_, text) => {
    const sent = await read(`${head}Subject: a b\r\n\r\n${body}`);
    expect((await read(text)).contentSha256).not.toBe(sent.contentSha256);
  });

  it("neither changes nor keeps the caller's bytes", async () => {
    const bytes = Buffer.from(`${head}\r\nhello`);
    const before = Buffer.from(bytes);
    const message = await parseMessage({ bytes });
    expect(bytes.equals(before)).toBe(true);
    bytes.fill(0);
    expect(message.text).toBe("hello");
  });

  it("reads a view into a larger buffer", async () => {
    const whole = Buffer.from(`junk${head}\r\nhellojunk`);
    expect(
      (await parseMessage({ bytes: new Uint8Array(whole.buffer, whole.byteOffset + 4, whole.length - 8) }))
        .text,
    ).toBe("hello");
  });
});

describe("hostile text", () => {
  it("reads HTML nested 50,000 deep", async () => {
    const message = await read(
      `${head}Content-Type: text/html\r\n\r\n${"<b>".repeat(50_000)}words${"</b>".repeat(50_000)}<br>more`,
    );
    expect(message.text).toBe("words\nmore");
  });

  it("keeps the words of nested tables and unclosed cells", async () => {
    const message = await read(
      `${head}Content-Type: text/html\r\n\r\n<table>${"<tr><td>x<td>y".repeat(2_000)}</table>`,
    );
    expect(message.text.split("\n")).toHaveLength(2_000);
  });

  it("does not follow UTF-7", async () => {
    const message = await read(`${head}Content-Type: text/plain; charset=utf-7\r\n\r\n+ADw-script+AD4-`);
    expect(message.text).toBe("+ADw-script+AD4-");
  });

  it("takes NUL out of text, which no database takes", async () => {
    const message = await read(`${head}Subject: a\0b\r\n\r\nc\0d`);
    expect(message.subject).toBe("a b");
    expect(message.text).toBe("cd");
  });
});
