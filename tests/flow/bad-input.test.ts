import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { readiness } from "../../src/cli/readiness.ts";
import { reasonOf } from "../../src/errors.ts";
import { sweep } from "../../src/steps/sweep.ts";
import { eventsOf, verifyChains } from "../../src/store/events.ts";
import { listMail, type MessageRecord } from "../../src/store/messages.ts";
import { openDatabase } from "../../src/store/open-database.ts";
import { listTickets } from "../../src/store/tickets.ts";
import { rawMail, read, reply, write } from "../support/mail-program.ts";
import { startRelay } from "../support/relay.ts";
import { sendMail, SmtpTalk } from "../support/smtp.ts";
import { eventually, startTestDesk, type TestDesk } from "../support/test-desk.ts";

/** What is broken has one visible outcome, and the next good message goes its way. */

let running: TestDesk;

async function mails(): Promise<readonly MessageRecord[]> {
  return listMail(running.desk.database.reader, { limit: 100 });
}

/** A message on its own road through the desk: what the desk says of it in the end. */
async function outcomeOf(raw: string | Buffer): Promise<MessageRecord> {
  const before = new Set((await mails()).map(({ id }) => id));
  const answer = await sendMail(running.port, {
    from: "ana@contoso.example",
    to: "support@desk.example",
    raw,
  });
  expect(answer.code, answer.text).toBe(250);
  await running.idle();
  const fresh = (await mails()).filter(({ id }) => !before.has(id));
  expect(fresh).toHaveLength(1);
  const [message] = fresh;
  if (message === undefined) throw new Error("it was not kept");
  expect(message.disposition).not.toBeNull();
  expect(message.dispositionReason).toMatch(/\S/);
  return message;
}

let goods = 0;

/** The next good message: a client's mail, a digest about it, and the desk is whole. */
async function goodMailFlows(): Promise<void> {
  const subject = `VPN drops, report ${(goods += 1)}`;
  await write(running.port, {
    from: "ana@contoso.example",
    name: "Ana Ruiz",
    subject,
    text: "My VPN disconnects every hour.",
  });
  const digest = await eventually(async () => {
    for (const mail of running.mailsFor("dana@msp.example").toReversed())
      if ((await read(mail.bytes)).text.includes(subject)) return mail;
    return undefined;
  }, 15_000);
  expect(digest, `no digest about "${subject}"`).toBeDefined();
  await running.idle();
  expect((await verifyChains(running.desk.database.reader)).faults).toEqual([]);
}

describe("a message", () => {
  beforeAll(async () => {
    running = await startTestDesk();
  });
  afterAll(() => running.close());
  afterEach(goodMailFlows);

  const head = "From: ana@contoso.example\nTo: support@desk.example\n";
  const deep = (levels: number): string =>
    Array.from(
      { length: levels },
      (_, level) =>
        `${level === 0 ? `${head}Subject: deep\nMessage-ID: <deep@contoso.example>\n` : `\n--b${level - 1}\n`}Content-Type: multipart/mixed; boundary=b${level}\n`,
    ).join("") + `\n--b${levels - 1}\n\nThe end.\n`;
  const rubbish = Buffer.from(
    Array.from({ length: 20_000 }, (_, index) => (index * 7919 + (index >> 3)) & 255),
  );

  test.each<[string, string | Buffer, Partial<MessageRecord>]>([
    [
      "that is not MIME",
      "hello, this is no mail at all\nnot one header here\n",
      { disposition: "quarantined" },
    ],
    ["that is empty", "", { disposition: "quarantined" }],
    [
      "without From",
      "To: support@desk.example\nSubject: who am I\n\nHelp.\n",
      { disposition: "quarantined" },
    ],
    ["without Message-ID", `${head}Subject: printer\n\nIt jams.\n`, { disposition: "new-ticket" }],
    ["38 · 1,000 levels deep", deep(1000), { disposition: "quarantined" }],
    ["of binary rubbish", rubbish, { disposition: "quarantined" }],
    [
      "with a charset that nobody knows",
      `${head}Subject: x\nContent-Type: text/plain; charset=klingon\n\nHelp.\n`,
      { disposition: "new-ticket" },
    ],
    [
      "with a date from nowhere",
      `${head}Date: the day after\nSubject: x2\n\nHelp.\n`,
      { disposition: "new-ticket" },
    ],
  ])("%s", async (_, raw, expected) => {
    expect(await outcomeOf(raw)).toMatchObject(expected);
  });

  test("46 · with a Message-ID that was seen before and other bytes: both are kept", async () => {
    const headers = `${head}Message-ID: <one@contoso.example>\n`;
    const first = await outcomeOf(`${headers}Subject: the first\n\nMy mouse is broken.\n`);
    const second = await outcomeOf(`${headers}Subject: the second\n\nMy keyboard is broken.\n`);
    expect([first.disposition, second.disposition]).toEqual(["new-ticket", "new-ticket"]);
    expect(first.ticketId).not.toBe(second.ticketId);
    const again = await outcomeOf(`${headers}Subject: the second\n\nMy keyboard is broken.\n`);
    expect(again).toMatchObject({ disposition: "duplicate", duplicateOf: second.id });
  });

  test(
    "39 · of 50 MB is streamed and answered; a larger one is refused with 552",
    { timeout: 60_000 },
    async () => {
      const before = new Set((await mails()).map(({ id }) => id));
      const large = (megabytes: number) => sendLarge(running.port, megabytes);
      expect((await large(50)).code).toBe(250);
      await running.idle(45_000);
      const fresh = (await mails()).filter(({ id }) => !before.has(id));
      expect(fresh).toHaveLength(1);
      expect(fresh[0]).toMatchObject({ disposition: "new-ticket", subject: "A large file" });
      expect(fresh[0]?.attachments).toHaveLength(1);
      expect((await large(60)).code).toBe(552);
      expect((await mails()).length).toBe(before.size + 1);
    },
  );
});

/** A mail with an attachment of so many million bytes, written as it is made. */
async function sendLarge(port: number, megabytes: number): Promise<{ readonly code: number }> {
  const talk = await SmtpTalk.open(port);
  try {
    for (const line of [
      "EHLO client.example",
      "MAIL FROM:<ana@contoso.example>",
      "RCPT TO:<support@desk.example>",
      "DATA",
    ])
      await talk.command(line);
    talk.write(
      "From: ana@contoso.example\r\nTo: support@desk.example\r\nSubject: A large file\r\nMessage-ID: <large@contoso.example>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nThe log is attached.\r\n\r\n--b\r\nContent-Type: application/octet-stream; name=log.bin\r\nContent-Disposition: attachment; filename=log.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n",
    );
    const block = Buffer.from(
      `${"QUJDRUZHSElKS0xNTk9QUVJTVFVWV1hZWjAxMjM0NTY3ODlhYmNkZWZnaGlqa2xtbm9wcXJzdHV2".slice(0, 76)}\r\n`.repeat(
        12_800,
      ),
    );
    const closed = once(talk.socket, "close");
    for (let sent = 0; sent < megabytes * 1_000_000 - block.length && !talk.ended; sent += block.length)
      if (!talk.socket.write(block)) await Promise.race([once(talk.socket, "drain"), closed]);
    return await talk.command("\r\n--b--\r\n.");
  } finally {
    talk.end();
  }
}

describe("around the desk", () => {
  let directory = "";
  afterEach(async () => {
    await running.close();
    if (directory !== "") await rm(directory, { recursive: true, force: true });
    directory = "";
  });

  test("a broken template in the database: a person is asked without a draft and told why, other mail flows", async () => {
    running = await startTestDesk();
    await saveTemplate(1, "Hi {{#if");
    await write(running.port, {
      from: "ana@contoso.example",
      subject: "VPN drops",
      text: "My VPN drops every hour.",
    });
    expect(await askedAbout("VPN drops")).not.toContain("[[ draft 1");
    await write(running.port, {
      from: "li@fabrikam.example",
      subject: "Printer jam",
      text: "The printer on floor 2 is jammed.",
    });
    expect(await askedAbout("Printer jam")).toContain("[[ draft 1");
    await running.idle();
    const { reader } = running.desk.database;
    const [ticket] = (await listTickets(reader, { limit: 10 })).filter(
      ({ subject }) => subject === "VPN drops",
    );
    const told = (await eventsOf(reader, [`ticket:${ticket?.id}`])).map(({ sentence }) => sentence);
    expect(told.join("\n")).toContain("template client/vpn: line 1 is not a template");

    // Put right, the next one is answered.
    await saveTemplate(2, null);
    await goodMailFlows();
  });

  test("a relay that is away at the start: mail waits, and goes out when it is back", async () => {
    const relay = await startRelay();
    await relay.close();
    let ahead = 0;
    running = await startTestDesk({ relay, open: { clock: () => new Date(Date.now() + ahead) } });
    await write(running.port, {
      from: "ana@contoso.example",
      subject: "VPN drops",
      text: "My VPN drops every hour.",
    });
    await running.idle();
    const { db } = running.desk.database;
    const waiting = (await db("outbox").select("status", "last_error")) as {
      status: string;
      last_error: string;
    }[];
    expect(waiting).toMatchObject([{ status: "queued" }]);
    expect(waiting[0]?.last_error).toContain("ECONNREFUSED");
    const checks = await readiness(running.open, running.intakes.mailboxes());
    expect(checks.find(({ name }) => name === "relay")).toMatchObject({ ok: false });

    const back = await startRelay({ port: relay.port });
    try {
      ahead = 60_000;
      await sweep(running.desk);
      const digest = (await back.next())[0];
      expect((await read(digest?.bytes ?? Buffer.alloc(0))).text).toContain("VPN drops");
      // And so do replies: away again while one is released.
      await back.close();
      await reply(running.port, digest?.bytes ?? Buffer.alloc(0), {
        from: "dana@msp.example",
        top: "approve",
      });
      await eventually(
        async () => ((await db("releases").where({ status: "deferred" })).length === 1 ? true : undefined),
        30_000,
      );
      const third = await startRelay({ port: relay.port });
      ahead = 300_000;
      await sweep(running.desk);
      const mail = await eventually(
        () => third.mails.find(({ to }) => to[0] === "ana@contoso.example"),
        30_000,
      );
      expect(mail).toBeDefined();
      await running.idle();
      expect(third.mails.filter(({ to }) => to[0] === "ana@contoso.example")).toHaveLength(1);
      await third.close();
    } finally {
      await back.close().catch(() => undefined);
    }
  });

  test.each([
    ["is read-only", ["PRAGMA query_only = ON"], ["PRAGMA query_only = OFF"]],
    ["has no room (disk full)", ["PRAGMA max_page_count = 1"], ["PRAGMA max_page_count = 1073741823"]],
  ])(
    "61 · a database that %s: 452, not 250; back again, the sender's retry goes through",
    async (_, broken, mended) => {
      running = await startTestDesk();
      await goodMailFlows();
      const { db } = running.desk.database;
      for (const pragma of broken) await db.raw(pragma);
      const { raw } = rawMail({
        from: "ana@contoso.example",
        subject: "Nobody may lose this",
        text: `My VPN drops. ${"log line\n".repeat(20_000)}`,
      });
      const mail = { from: "ana@contoso.example", to: "support@desk.example", raw };
      expect(await sendMail(running.port, mail)).toMatchObject({ code: 452 });
      for (const pragma of mended) await db.raw(pragma);
      expect((await sendMail(running.port, mail)).code).toBe(250);
      await running.idle();
      expect((await mails()).filter(({ subject }) => subject === "Nobody may lose this")).toHaveLength(1);
      await goodMailFlows();
    },
  );

  test("a database file that is none, or that cannot be made: the start says so", async () => {
    running = await startTestDesk();
    directory = await mkdtemp(join(tmpdir(), "countersign-bad-"));
    const file = join(directory, "rubbish.sqlite");
    await writeFile(file, "this is no database, and long enough to be looked at ".repeat(100));
    const refusal = await openDatabase(`sqlite:${file}`).then(String, reasonOf);
    expect(refusal).toMatch(/rubbish\.sqlite cannot be opened.*file of the desk's own.*not a database/);
    await expect(openDatabase(`sqlite:${join(file, "below.sqlite")}`)).rejects.toThrow(
      /below\.sqlite cannot be opened|ENOTDIR|EEXIST/,
    );
    await goodMailFlows();
  });

  test("a mailbox that cannot be reached at the start: the desk runs, and says so", async () => {
    running = await startTestDesk({
      intake: [
        { kind: "smtp", host: "127.0.0.1", port: 0, maxSizeBytes: 1_000_000 },
        {
          kind: "imap",
          host: "127.0.0.1",
          port: await closedPort(),
          secure: false,
          auth: { kind: "password", user: "support", pass: "secret" },
          folder: "INBOX",
          archive: null,
          sentFolder: null,
          since: null,
        },
      ],
      patience: { backoff: { least: 50, most: 200 } },
    });
    const lost = await eventually(
      () => running.intakes.mailboxes().find(({ state }) => state === "reconnecting"),
      30_000,
    );
    expect(lost?.detail).toContain("ECONNREFUSED");
    const checks = await readiness(running.open, running.intakes.mailboxes());
    expect(checks.find(({ name }) => name.startsWith("mailbox"))).toMatchObject({ ok: false });
    await goodMailFlows();
  });
});

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Past the page that would have refused it. */
async function saveTemplate(version: number, body: string | null): Promise<void> {
  await running.desk.database.db("documents").insert({
    kind: "template",
    name: "client/vpn",
    version,
    body,
    author: "alex@msp.example",
    created_at: new Date().toISOString(),
  });
  running.desk.directory.invalidate();
}

async function askedAbout(subject: string): Promise<string> {
  const text = await eventually(async () => {
    for (const mail of running.relay.mails) {
      const seen = await read(mail.bytes);
      if (seen.text.includes(subject)) return seen.text;
    }
    return undefined;
  }, 15_000);
  if (text === undefined) throw new Error(`nobody was asked about "${subject}"`);
  return text;
}
