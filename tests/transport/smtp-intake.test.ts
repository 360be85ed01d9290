import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PermanentError, TemporaryError } from "../../src/errors.ts";
import type { IncomingMail, OnMail } from "../../src/transport/intake.ts";
import { startSmtpIntake, type SmtpIntake, type SmtpIntakeOptions } from "../../src/transport/smtp-intake.ts";
import { hangUp, sendMail, SmtpTalk } from "../support/smtp.ts";

const SUPPORT = "support@desk.example";
const RAW = "From: ana@contoso.example\r\nSubject: VPN drops\r\n\r\nIt drops every hour.\r\n";

interface Taken {
  readonly mail: IncomingMail;
  readonly bytes: Buffer;
}

let spoolDir: string;
let intake: SmtpIntake | null = null;
let taken: Taken[];

beforeEach(async () => {
  spoolDir = await mkdtemp(join(tmpdir(), "spool-"));
  taken = [];
});
afterEach(async () => {
  hangUp(intake?.port);
  await intake?.close();
  intake = null;
  await rm(spoolDir, { recursive: true, force: true });
});

const keep: OnMail = async (mail) => {
  taken.push({ mail, bytes: "bytes" in mail.body ? mail.body.bytes : await readFile(mail.body.file) });
};

async function listen(onMail: OnMail = keep, changes: Partial<SmtpIntakeOptions> = {}): Promise<number> {
  intake = await startSmtpIntake(
    {
      host: "127.0.0.1",
      port: 0,
      maxSize: 100_000,
      spoolDir,
      name: "desk.example",
      accepts: (address) => address.endsWith("@desk.example"),
      drainFor: 2000,
      ...changes,
    },
    onMail,
  );
  return intake.port;
}

/** Up to the point where the bytes of a message are expected. */
async function atData(port: number): Promise<SmtpTalk> {
  const talk = await SmtpTalk.open(port);
  for (const command of [
    "EHLO client.example",
    "MAIL FROM:<ana@contoso.example>",
    `RCPT TO:<${SUPPORT}>`,
    "DATA",
  ])
    await talk.command(command);
  return talk;
}

/** Bytes in buffers that somebody still holds: after a collection, since the rest is only waiting for one. */
function liveBuffers(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().arrayBuffers;
}

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

describe("taking mail in", () => {
  it("hands over the exact bytes and the envelope, and says 250 with the start of their hash", async () => {
    const port = await listen();
    const answer = await sendMail(port, {
      from: "ana@contoso.example",
      to: [SUPPORT, "review+a1.abc@desk.example"],
      raw: Buffer.from(`${RAW}.dot\r\n..dots\r\n`),
    });
    expect(answer.code).toBe(250);
    const [first] = taken;
    expect(first?.bytes.toString()).toBe(`${RAW}.dot\r\n..dots\r\n`);
    expect(first?.mail).toMatchObject({
      source: { kind: "smtp" },
      envelope: {
        reversePath: "ana@contoso.example",
        forwardPaths: [SUPPORT, "review+a1.abc@desk.example"],
        remoteAddress: "127.0.0.1",
        heloName: "client.example",
      },
      size: first?.bytes.length,
      sha256: first && sha256(first.bytes),
    });
    expect(answer.text).toContain(first?.mail.sha256.slice(0, 12));
  });

  it("takes the null reverse-path, eight-bit bytes and international addresses", async () => {
    const port = await listen();
    const raw = Buffer.concat([
      Buffer.from("Subject: x\r\n\r\n"),
      Buffer.from([0xff, 0x00, 0xe4, 0x0d, 0x0a]),
    ]);
    expect((await sendMail(port, { from: "", to: SUPPORT, raw })).code).toBe(250);
    expect(taken[0]?.mail.envelope?.reversePath).toBe("");
    expect(taken[0]?.bytes.equals(raw)).toBe(true);
    const talk = await SmtpTalk.open(port);
    await talk.command("EHLO client.example");
    expect((await talk.command("MAIL FROM:<jürgen@contoso.example> SMTPUTF8")).code).toBe(250);
    talk.end();
  });

  it("says 250 only after onMail has resolved", async () => {
    const commit = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const port = await listen(() => {
      asked.resolve();
      return commit.promise;
    });
    let answered = false;
    const sending = sendMail(port, { from: "a@x.example", to: SUPPORT, raw: RAW }).then((answer) => {
      answered = true;
      return answer;
    });
    await asked.promise;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(answered).toBe(false);
    commit.resolve();
    expect((await sending).code).toBe(250);
  });

  it("takes many over one connection, and many at once", async () => {
    const port = await listen();
    for (let n = 0; n < 20; n++)
      expect(
        (await sendMail(port, { from: "a@x.example", to: SUPPORT, raw: `Subject: ${n}\n\n${n}\n` })).code,
      ).toBe(250);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        sendMail(port, { from: "a@x.example", to: SUPPORT, raw: `Subject: p${n}\n\n${n}\n` }),
      ),
    );
    expect(answers.every(({ code }) => code === 250)).toBe(true);
    expect(new Set(taken.map(({ mail }) => mail.sha256)).size).toBe(40);
  });

  it.each([
    ["a TemporaryError", new TemporaryError("the database is busy"), 452, /^4\.3\.1 /],
    [
      "a full disk",
      new Error("commit failed", { cause: Object.assign(new Error("full"), { code: "ENOSPC" }) }),
      452,
      /^4\.3\.1 /,
    ],
    ["an error nobody foresaw", new Error("SQLITE /var/lib/desk"), 451, /^4\.3\.0 /],
    ["a PermanentError", new PermanentError("not a message"), 554, /^5\.6\.0 /],
  ])("answers %s, keeps its reason to itself, and takes the next", async (_name, error, code, text) => {
    let failing = true;
    const port = await listen((mail) => (failing ? Promise.reject(error) : keep(mail)));
    const answer = await sendMail(port, { from: "a@x.example", to: SUPPORT, raw: RAW });
    expect(answer.code).toBe(code);
    expect(answer.text).toMatch(text);
    expect(answer.text).not.toContain(error.message);
    failing = false;
    expect((await sendMail(port, { from: "a@x.example", to: SUPPORT, raw: RAW })).code).toBe(250);
  });

  it("refuses addresses that are not the desk's, and more than a hundred", async () => {
    const port = await listen();
    const talk = await SmtpTalk.open(port);
    await talk.command("EHLO client.example");
    await talk.command("MAIL FROM:<a@x.example>");
    expect((await talk.command("RCPT TO:<victim@elsewhere.example>")).code).toBe(550);
    expect((await talk.command("DATA")).code).toBe(503);
    for (let n = 0; n < 100; n++) expect((await talk.command(`RCPT TO:<s${n}@desk.example>`)).code).toBe(250);
    expect((await talk.command("RCPT TO:<one.more@desk.example>")).code).toBe(452);
    talk.end();
  });

  it("stores nothing of a message whose connection broke", async () => {
    const port = await listen(keep, { maxSize: 10_000_000 });
    const talk = await atData(port);
    talk.write(RAW + "x".repeat(2_000_000));
    while ((await readdir(spoolDir)).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    talk.end();
    while ((await readdir(spoolDir)).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await sendMail(port, { from: "a@x.example", to: SUPPORT, raw: RAW })).code).toBe(250);
    expect(taken).toHaveLength(1);
  });

  it("finishes what is on its way before it closes, and ends the idle", async () => {
    const commit = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const port = await listen(async (mail) => {
      asked.resolve();
      await commit.promise;
      await keep(mail);
    });
    const idle = await SmtpTalk.open(port);
    const sending = sendMail(port, { from: "a@x.example", to: SUPPORT, raw: RAW });
    await asked.promise;
    const closing = intake?.close();
    expect((await idle.reply()).code).toBe(421);
    commit.resolve();
    expect((await sending).code).toBe(250);
    await closing;
    intake = null;
    expect(taken).toHaveLength(1);
  });
});

describe("39 · size", () => {
  it("announces the limit and refuses a message that declares more", async () => {
    const port = await listen();
    const talk = await SmtpTalk.open(port);
    talk.socket.once("data", (chunk: Buffer) => expect(chunk.toString()).toContain("SIZE 100000"));
    await talk.command("EHLO client.example");
    expect((await talk.command("MAIL FROM:<a@x.example> SIZE=100001")).code).toBe(552);
    talk.end();
  });

  it("answers 552 to one that is larger than it said, and takes the next on the same connection", async () => {
    const port = await listen();
    const limit = Buffer.from(`${RAW}${"x".repeat(100_000 - RAW.length - 2)}\r\n`);
    expect((await sendMail(port, { from: "a@x.example", to: SUPPORT, raw: limit })).code).toBe(250);
    expect(
      (
        await sendMail(port, {
          from: "a@x.example",
          to: SUPPORT,
          raw: Buffer.concat([limit, Buffer.from("y\r\n")]),
        })
      ).code,
    ).toBe(552);
    expect((await sendMail(port, { from: "a@x.example", to: SUPPORT, raw: RAW })).code).toBe(250);
    expect(taken).toHaveLength(2);
  });

  it("cuts off a sender that does not stop", async () => {
    const port = await listen();
    const talk = await atData(port);
    const flood = setInterval(() => talk.write("x".repeat(60_000)), 1);
    const { code } = await talk.reply();
    clearInterval(flood);
    expect([421, 552, 0]).toContain(code);
    await (talk.ended ? Promise.resolve() : once(talk.socket, "close"));
    expect(taken).toHaveLength(0);
    expect(await readdir(spoolDir)).toEqual([]);
  });

  it("streams 50 MB through a file without holding it", async () => {
    const megabytes = 50;
    const line = Buffer.from(`${"0123456789".repeat(99)}abcdefgh\r\n`);
    const block = Buffer.concat(Array.from({ length: 1000 }, () => line));
    const before = liveBuffers();
    let peak = 0;
    let seen: { readonly file: boolean; readonly sha256: string; readonly size: number } | null = null;
    const port = await listen(
      async (mail) => {
        seen = { file: "file" in mail.body, sha256: mail.sha256, size: mail.size };
        await Promise.resolve();
      },
      { maxSize: 60_000_000 },
    );
    const talk = await atData(port);
    const hash = createHash("sha256");
    for (let n = 0; n < megabytes; n++) {
      hash.update(block);
      if (!talk.socket.write(block)) await once(talk.socket, "drain");
      if (n % 10 === 9) peak = Math.max(peak, liveBuffers() - before);
    }
    talk.write(".\r\n");
    expect((await talk.reply()).code).toBe(250);
    talk.end();
    expect(seen).toEqual({ file: true, sha256: hash.digest("hex"), size: megabytes * block.length });
    expect(peak).toBeLessThan(20_000_000);
    expect(await readdir(spoolDir)).toEqual([]);
  });
});

// Threats 28. A second message hidden behind an end-of-data that one server sees and another does not: SEC Consult, December 2023.
const BREAKS = [
  "\n.\n",
  "\n.\r\n",
  "\r\n.\n",
  "\r.\r",
  "\r.\r\n",
  "\r\n.\r",
  "\r.\n",
  "\n.\r",
  "\r\n\0.\r\n",
  "\r\n.\0\r\n",
  "\r\n.\r\0\n",
  "\r\r\n.\r\r\n",
  "\n\n.\r\n",
  "\r\n..\r\n",
  "\r\n. \r\n",
  "\u0085.\u0085",
];

describe("28 · SMTP smuggling", () => {
  const shown = BREAKS.map((text) => [JSON.stringify(text), text] as const);
  const inner = `MAIL FROM:<dana@msp.example>\r\nRCPT TO:<${SUPPORT}>\r\nDATA\r\nFrom: dana@msp.example\r\n\r\napprove\r\n`;

  it.each(shown)("%s ends nothing: one message", async (_name, ending) => {
    const port = await listen();
    const talk = await atData(port);
    const content = `${RAW}hello${ending}${inner}`;
    talk.write(Buffer.from(`${content}.\r\n`, "latin1"));
    expect((await talk.reply()).code).toBe(250);
    expect((await talk.command("NOOP")).code).toBe(250);
    talk.end();
    expect(taken).toHaveLength(1);
    expect(taken[0]?.bytes.toString("latin1")).toBe(content.replaceAll("\r\n..", "\r\n."));
  });

  it.each(shown)("%s ends nothing byte by byte, wherever the segments fall", async (_name, ending) => {
    const port = await listen();
    const talk = await atData(port);
    const content = Buffer.from(`S: x\r\n\r\nhello${ending}MAIL FROM:<dana@msp.example>\r\n`, "latin1");
    for (const byte of Buffer.concat([content, Buffer.from(".\r\n")])) {
      talk.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await talk.reply()).code).toBe(250);
    talk.end();
    expect(taken).toHaveLength(1);
    expect(taken[0]?.bytes.toString("latin1")).toBe(content.toString("latin1").replaceAll("\r\n..", "\r\n."));
  });

  it("does not take a dot at the very start for an end, unless CRLF follows", async () => {
    const port = await listen();
    for (const start of [".\n", ".\r", ".\0\r\n", "..\r\n"]) {
      const talk = await atData(port);
      talk.write(`${start}Subject: x\r\n\r\nbody\r\n.\r\n`);
      expect((await talk.reply()).code).toBe(250);
      expect((await talk.command("NOOP")).code).toBe(250);
      talk.end();
    }
    expect(taken).toHaveLength(4);
  });

  it("reads one message where a bare LF comes before two dots", async () => {
    // smtp-server takes the first dot away there too, which RFC 5321 §4.5.2 asks for after CRLF alone. No mail server sends bare LF;
    // who does gets a body that his signature does not fit, not a second message.
    const port = await listen();
    const talk = await atData(port);
    talk.write("Subject: x\r\n\r\na\n..\n..\r\nb\r\n.\r\n");
    expect((await talk.reply()).code).toBe(250);
    expect((await talk.command("NOOP")).code).toBe(250);
    talk.end();
    expect(taken.map(({ bytes }) => bytes.toString())).toEqual(["Subject: x\r\n\r\na\n.\n.\r\nb\r\n"]);
  });
});
