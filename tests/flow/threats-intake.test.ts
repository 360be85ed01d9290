import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { defaultParseLimits } from "../../src/mail/parse/parse-limits.ts";
import { createParserPool } from "../../src/mail/parse/parser-pool.ts";
import { retryQuarantined } from "../../src/steps/filing/retry-quarantined.ts";
import { draftsOf } from "../../src/store/drafts.ts";
import { person } from "../../src/desk/event.ts";
import { eventsOf, verifyChains } from "../../src/store/events.ts";
import { listMail, messageById, type MessageRecord } from "../../src/store/messages.ts";
import { readRaw } from "../../src/store/raw-messages.ts";
import { listTickets } from "../../src/store/tickets.ts";
import { rawMail, read, reply, write } from "../support/mail-program.ts";
import { draftAnswer, scriptedModel, type Script } from "../support/scripted-model.ts";
import { sendMail, SmtpTalk } from "../support/smtp.ts";
import { eventually, startTestDesk, type TestDesk } from "../support/test-desk.ts";

/** Hostile mail and faults of intake: one visible outcome each, the bytes kept, and the next good mail goes its way. */

let running: TestDesk;
const STAFF = /@msp\.example$/;
const GOOD_DRAFT = draftAnswer({ body: "We look at your VPN connection." });

const HEAD = "From: ana@contoso.example\r\nTo: support@desk.example\r\n";

const mails = (limit = 200): Promise<readonly MessageRecord[]> =>
  listMail(running.desk.database.reader, { limit });

const clientMails = (): number =>
  running.relay.mails.filter((mail) => !mail.to.every((to) => STAFF.test(to))).length;

/** Send raw bytes and say what became of them. */
async function outcomeOf(raw: string | Buffer, from = "ana@contoso.example"): Promise<MessageRecord> {
  const newest = (await mails(1))[0]?.id ?? 0;
  const answer = await sendMail(running.port, { from, to: "support@desk.example", raw });
  expect(answer.code, answer.text).toBe(250);
  await running.idle(60_000);
  const [message, ...others] = (await mails()).filter(({ id }) => id > newest);
  expect(others).toEqual([]);
  if (message === undefined) throw new Error("it was not kept");
  expect(message.disposition).not.toBeNull();
  expect(message.dispositionReason).toMatch(/\S/);
  return message;
}

/** The bytes that the desk kept of a message. */
async function keptBytes(message: MessageRecord): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const { database, sealing } = running.desk;
  for await (const chunk of readRaw(database.reader, message.rawSha256 ?? "", sealing)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Whoever was asked last says yes. */
async function approveNewest(): Promise<void> {
  const digest = running.relay.mails.findLast((mail) => STAFF.test(mail.to[0] ?? ""));
  if (digest === undefined) throw new Error("nobody was asked");
  await reply(running.port, digest.bytes, { from: digest.to[0] ?? "", top: "approve" });
  await running.idle();
}

let goods = 0;

/** The next good mail is asked about, and the audit log is whole. */
async function goodMailFlows(): Promise<void> {
  const subject = `VPN drops, report ${(goods += 1)}`;
  await write(running.port, { from: "li@fabrikam.example", subject, text: "My VPN drops every hour." });
  await running.idle(60_000);
  const [message] = await mails(1);
  expect(message).toMatchObject({ subject, disposition: "new-ticket" });
  const digest = running.relay.mails.findLast((mail) => STAFF.test(mail.to[0] ?? ""));
  expect((await read(digest?.bytes ?? Buffer.alloc(0))).text).toContain(subject);
  expect((await verifyChains(running.desk.database.reader)).faults).toEqual([]);
}

const word = (text: string): string => `=?utf-8?B?${Buffer.from(text).toString("base64")}?=`;

describe("hostile mail", () => {
  beforeAll(async () => {
    running = await startTestDesk();
  });
  afterAll(() => running.close());
  afterEach(goodMailFlows);

  test("38 · 20,000 parts are put aside, and kept byte for byte", async () => {
    const raw = `${HEAD}Subject: parts\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${"--b\r\n\r\nx\r\n".repeat(20_000)}--b--\r\n`;
    const message = await outcomeOf(Buffer.from(raw));
    expect(message).toMatchObject({
      disposition: "quarantined",
      dispositionCode: "unreadable",
      ticketId: null,
    });
    expect(createHash("sha256").update(raw).digest("hex")).toBe(message.rawSha256);
    expect((await keptBytes(message)).equals(Buffer.from(raw))).toBe(true);
  });

  test("40 · text made to stall a regular expression is read like any other", async () => {
    const long = 40_000;
    const bombs: Readonly<Record<string, string>> = {
      "nested quantifiers": `${"a".repeat(long)}!`,
      quotes: "> ".repeat(long),
      "attribution lines": `On ${"Mon, ".repeat(long / 5)} wrote`,
      brackets: "[".repeat(long),
      "links that never end": `http://${"a.".repeat(long)}`,
      addresses: "a@".repeat(long),
      "money and times": "by within 1 ".repeat(long / 12),
      spaces: `${" ".repeat(long)}x`,
      dashes: "-".repeat(long),
      "password words": "password ".repeat(long / 9),
      digits: "4 ".repeat(long),
    };
    for (const [name, bomb] of Object.entries(bombs)) {
      const { raw } = rawMail({ from: "ana@contoso.example", subject: `bomb ${name}`, text: bomb });
      expect(await outcomeOf(raw), name).toMatchObject({ disposition: expect.stringMatching(/ticket|spam/) });
    }
    const subject = `${"Re: ".repeat(200)}${"[".repeat(500)}`;
    expect(await outcomeOf(`${HEAD}Subject: ${subject}\r\n\r\nx`)).toMatchObject({
      disposition: "new-ticket",
    });
    const from = `From: ${"(".repeat(20_000)} <ana@contoso.example>\r\nSubject: comments\r\n\r\nx`;
    expect((await outcomeOf(from)).disposition).toMatch(/quarantined|new-ticket/);
  });

  test("40 · a message that keeps its thread busy past the deadline is put aside, and can be tried again", async () => {
    const { parser } = running.desk;
    // 20,000 parts in a millisecond: no machine does that, and the real deadline is no test's business.
    const hasty = createParserPool({
      threads: 1,
      deadlineMs: 1,
      limits: { ...defaultParseLimits, parts: Number.POSITIVE_INFINITY },
    });
    Object.assign(running.desk, { parser: hasty });
    const part = "--b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=41=42\r\n";
    const message = await outcomeOf(
      `${HEAD}Subject: slow\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${part.repeat(20_000)}--b--\r\n`,
    );
    expect(message).toMatchObject({ disposition: "quarantined", dispositionCode: "unreadable" });
    expect(message.dispositionReason).toContain("longer than 1 ms");
    await hasty.close();
    // A desk with more time for it.
    const patient = createParserPool({
      threads: 1,
      deadlineMs: 600_000,
      limits: { ...defaultParseLimits, parts: Number.POSITIVE_INFINITY },
    });
    Object.assign(running.desk, { parser: patient });
    expect(await retryQuarantined(running.desk, message.id, person("alex@msp.example"))).toBe("retried");
    await running.idle(60_000);
    expect(await messageById(running.desk.database.reader, message.id)).toMatchObject({
      status: "filed",
      disposition: "new-ticket",
    });
    await patient.close();
    Object.assign(running.desk, { parser });
  });

  test("41 · CR, LF and NUL in subject, name and Message-ID never become a header", async () => {
    const hostile = "VPN\r\nBcc: eve@evil.example\r\n\r\nbody\0";
    const message = await outcomeOf(
      `From: ${word("Ana\r\nBcc: eve@evil.example\0")} <ana@contoso.example>\r\nTo: support@desk.example\r\nSubject: ${word(hostile)}\r\nMessage-ID: <a\0b\rc@contoso.example>\r\nReferences: <x@y>\0 <z@y>\r\n\r\nMy VPN drops.\r\n`,
    );
    expect(message.disposition).toMatch(/new-ticket|quarantined/);
    const plain = await outcomeOf(
      `From: ${word("Ana\r\nBcc: eve@evil.example")} <ana@contoso.example>\r\nTo: support@desk.example\r\nSubject: ${word("VPN\r\nBcc: eve@evil.example")}\r\nMessage-ID: <41@contoso.example>\r\n\r\nMy VPN drops.\r\n`,
    );
    expect(plain).toMatchObject({ disposition: "new-ticket", subject: "VPN Bcc: eve@evil.example" });
    const before = clientMails();
    await approveNewest();
    expect(clientMails()).toBe(before + 1);
    const sent = running.mailsFor("ana@contoso.example").at(-1);
    expect(sent?.to).toEqual(["ana@contoso.example"]);
    for (const mail of running.relay.mails) {
      const head = mail.bytes.toString("latin1").split("\r\n\r\n")[0] ?? "";
      expect(head).not.toMatch(/^bcc:/im);
      expect(head).not.toContain("\0");
    }
  });

  test.each([
    ["a quoted local part", '"eve@evil.example"@contoso.example'],
    ["a comment", "bob(eve@evil.example)@contoso.example"],
    ["a source route", "<@evil.example:bob@contoso.example>"],
    ["a group", "Staff: eve@evil.example, bob@contoso.example;"],
    ["two in one", "bob@contoso.example <eve@evil.example>"],
    ["a percent hack", "eve%evil.example@contoso.example"],
    ["a bang path", "evil.example!eve@contoso.example"],
    ["a look-alike domain", "bob@\u0441ontoso.example"],
    ["an address literal", "bob@[192.0.2.1]"],
    ["an encoded word", "=?utf-8?Q?eve=40evil.example=3E?= <bob@contoso.example>"],
    ["a line break", "bob@contoso.example,\r\n eve@evil.example"],
  ])("42 · recipient tricks: %s; the envelope is the set that was shown", async (_, trick) => {
    const { raw, messageId } = rawMail({
      from: "ana@contoso.example",
      subject: "VPN drops",
      text: "My VPN drops.",
      cc: trick,
      headers: { "Reply-To": trick },
    });
    const message = await outcomeOf(raw);
    expect(message.messageId).toBe(messageId);
    if (message.disposition !== "new-ticket") return;
    const [draft] = await draftsOf(running.desk.database.reader, message.ticketId ?? 0);
    if (draft === undefined) throw new Error("no draft");
    const shown = [...draft.content.to, ...draft.content.cc].map((mailbox) => mailbox.address);
    for (const address of shown) expect(address).toMatch(/^[a-z]+@contoso\.example$/);
    await approveNewest();
    const sent = running.relay.mails.findLast((mail) => !mail.to.every((to) => STAFF.test(to)));
    expect(sent?.to).toEqual(shown);
    const written = await read(sent?.bytes ?? Buffer.alloc(0));
    expect([...written.to, ...written.cc].map((mailbox) => mailbox.address)).toEqual(shown);
  });

  test.each([
    ["bidirectional characters", "Invoice \u202efdp.exe", "Invoice \u202efdp.exe", "Ana Ruiz"],
    ["characters without width", "VPN dr\u200bops", "VPN dr\u200bops", "Ana Ruiz"],
    ["look-alike letters in the name", "VPN drops", "VPN drops", "A\u043da Ruiz"],
  ])("44 · %s are kept as they came, and flagged to the reviewer", async (_, subject, kept, name) => {
    const { raw } = rawMail({ from: "ana@contoso.example", name, subject, text: "My VPN drops every hour." });
    const message = await outcomeOf(raw);
    expect(message).toMatchObject({ disposition: "new-ticket", subject: kept, fromName: name });
    expect(message.triage?.risks.map((risk) => risk.kind)).toEqual(
      expect.arrayContaining([expect.stringMatching(/hidden-text|spoofing/)]),
    );
    const digest = running.relay.mails.findLast((mail) => STAFF.test(mail.to[0] ?? ""));
    const shown = await read(digest?.bytes ?? Buffer.alloc(0));
    expect(shown.text).toMatch(/Hidden characters|Sender/);
    // What would turn the reviewer's own screen round is not in the digest.
    expect(`${shown.subject}${shown.text}`).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
  });

  test("46 · a Message-ID that is missing, doubled or somebody else's: nothing is lost and nothing joined", async () => {
    const first = await outcomeOf(
      `${HEAD}Message-ID: <squat@contoso.example>\r\nSubject: mouse\r\n\r\nIt broke.\r\n`,
    );
    const others = [
      `${HEAD}Subject: no id one\r\n\r\nMy keyboard is broken.\r\n`,
      `${HEAD}Subject: no id two\r\n\r\nMy screen is broken.\r\n`,
      `${HEAD}Message-ID: <d1@contoso.example>\r\nMessage-ID: <d2@contoso.example>\r\nSubject: two ids\r\n\r\nMy desk is broken.\r\n`,
      "From: mallory@evil.example\r\nTo: support@desk.example\r\nMessage-ID: <squat@contoso.example>\r\nSubject: squatted\r\n\r\nLet me in.\r\n",
    ];
    const tickets = new Set([first.ticketId]);
    for (const raw of others) {
      const message = await outcomeOf(raw);
      expect(message.disposition).not.toBe("duplicate");
      if (message.disposition !== "quarantined") tickets.add(message.ticketId);
    }
    expect(tickets.size).toBeGreaterThanOrEqual(others.length);
    expect(await outcomeOf(others[0] ?? "")).toMatchObject({ disposition: "duplicate" });
  });

  test("63 · every message that was taken in has a visible disposition with its reason", async () => {
    const { reader } = running.desk.database;
    const all = await mails(1000);
    expect(all.length).toBeGreaterThan(30);
    for (const message of all) {
      expect(message.status).not.toBe("received");
      expect(message.disposition).not.toBeNull();
      expect(message.dispositionReason).toMatch(/^[A-Z].*\.$/);
      const events = await eventsOf(reader, [
        `message:${message.id}`,
        ...(message.ticketId === null ? [] : [`ticket:${message.ticketId}`]),
      ]);
      expect(events.some((event) => event.kind === "message.received")).toBe(true);
      expect(
        events.some(
          (event) =>
            /^message\.(?:filed|quarantined|duplicate)$/.test(event.kind) &&
            event.evidence["messageId"] === message.id,
        ),
      ).toBe(true);
    }
    const raws = (await reader("raw_messages").count({ count: "*" }).first()) as { count: number };
    expect(new Set(all.map((message) => message.rawSha256)).size).toBe(raws.count);
  });
});

describe("a flood", () => {
  afterEach(() => running.close());

  test(
    "37 · 500 mails with forged senders: all are kept, acknowledgements are capped, strangers get none, technicians are not buried",
    { timeout: 240_000 },
    async () => {
      running = await startTestDesk({
        digestEveryMs: 3_600_000,
        yaml: "policies: [{ action: acknowledge, rung: supervised, maxError: 0.9, template: client/acknowledge }]",
      });
      const senders = Array.from({ length: 500 }, (_, index) =>
        index % 2 === 0 ? `person${index}@contoso.example` : `victim${index}@stranger${index % 50}.example`,
      );
      const lanes = Array.from({ length: 10 }, (_, lane) =>
        senders.filter((__, index) => index % 10 === lane),
      );
      await Promise.all(
        lanes.map(async (lane) => {
          for (const from of lane)
            await write(running.port, {
              from,
              subject: `Urgent: everything is down at ${from}`,
              text: "The whole company cannot work, the server is down. Urgent.",
            });
        }),
      );
      // Digests are gathered: their job waits for its time, and counts as waiting.
      const handled = await eventually(async () => {
        const left = await running.desk.database.reader("messages").where({ status: "received" }).first("id");
        const jobs = (await running.desk.queue.counts()).filter((row) => row.kind !== "send-digest");
        return left === undefined && jobs.every((row) => row.state === "failed") ? true : undefined;
      }, 200_000);
      expect(handled).toBe(true);
      const all = await mails(1000);
      expect(all).toHaveLength(500);
      expect(all.every((message) => message.disposition === "new-ticket")).toBe(true);

      const toClients = running.relay.mails.filter((mail) => !mail.to.every((to) => STAFF.test(to)));
      expect(toClients.length).toBeGreaterThan(50);
      expect(toClients.length).toBeLessThanOrEqual(100);
      const addresses = toClients.flatMap((mail) => mail.to);
      expect(new Set(addresses).size).toBe(addresses.length);
      expect(addresses.filter((address) => !address.endsWith("@contoso.example"))).toEqual([]);
      for (const technician of ["dana@msp.example", "kim@msp.example", "alex@msp.example"])
        expect(running.mailsFor(technician).length).toBeLessThanOrEqual(30);

      const messageId = await write(running.port, {
        from: "li@fabrikam.example",
        subject: "A good one",
        text: "The printer on the second floor jams.",
      });
      const good = await eventually(
        async () =>
          (await mails(1)).find((one) => one.messageId === messageId && one.disposition === "new-ticket"),
        30_000,
      );
      expect(good).toBeDefined();
    },
  );

  test("37 · more connections than the desk serves are told to come back, and none of those served is lost", async () => {
    running = await startTestDesk();
    const talks: SmtpTalk[] = [];
    const answers = await Promise.all(
      Array.from({ length: 230 }, async () => {
        const talk = await SmtpTalk.open(running.port);
        talks.push(talk);
        return (await talk.command("EHLO flood.example")).code;
      }),
    );
    expect(answers.filter((code) => code === 250).length).toBeLessThanOrEqual(200);
    expect(answers.filter((code) => code === 421 || code === 0).length).toBeGreaterThanOrEqual(30);
    for (const talk of talks) talk.end();
    await eventually(async () => {
      const talk = await SmtpTalk.open(running.port);
      const { code } = await talk.command("EHLO client.example");
      talk.end();
      return code === 250 ? true : undefined;
    }, 20_000);
    await goodMailFlows();
  });
});

const hang = (): Promise<never> => new Promise(() => undefined);

describe("faults", () => {
  afterEach(() => running.close());

  test("57 · a message whose handling always fails is put aside after its tries with the reason; others flow meanwhile", async () => {
    running = await startTestDesk();
    const { desk } = running;
    const parse = desk.parser.parse.bind(desk.parser);
    let tries = 0;
    Object.assign(desk.parser, {
      parse: async (...args: Parameters<typeof parse>) => {
        const message = await parse(...args);
        if (message.subject !== "poison") return message;
        tries += 1;
        throw new Error("a fault that nobody has met before");
      },
    });
    await sendMail(running.port, {
      from: "ana@contoso.example",
      to: "support@desk.example",
      raw: `${HEAD}Subject: poison\r\n\r\nx\r\n`,
    });
    await eventually(() => (tries > 0 ? true : undefined), 20_000);
    for (let count = 0; count < 5; count++)
      await write(running.port, {
        from: "li@fabrikam.example",
        subject: `good ${count}`,
        text: "The printer jams.",
      });
    const good = await eventually(async () => {
      const filed = (await mails()).filter((one) => one.disposition === "new-ticket");
      return filed.length === 5 ? filed : undefined;
    }, 30_000);
    expect(good).toHaveLength(5);
    // Its tries are spread over minutes: the rest are due now.
    const poison = await eventually(async () => {
      await desk.database.db("jobs").update({ run_at: new Date().toISOString() });
      return (await mails()).find((one) => one.status === "quarantined");
    }, 60_000);
    expect(poison).toMatchObject({ dispositionCode: "gave-up" });
    expect(poison?.dispositionReason).toContain("a fault that nobody has met before");
    expect(tries).toBeGreaterThanOrEqual(3);
    Object.assign(desk.parser, { parse });
    expect(await retryQuarantined(desk, poison?.id ?? 0, person("alex@msp.example"))).toBe("retried");
    const mended = await eventually(
      async () => (await mails()).find((one) => one.id === poison?.id && one.status === "filed"),
      20_000,
    );
    expect(mended).toMatchObject({ disposition: "new-ticket" });
  });

  const faults: readonly (readonly [string, Script])[] = [
    ["does not answer", { triage: hang, draft: hang }],
    [
      "fails as a service does",
      {
        triage: () => Promise.reject(Object.assign(new Error("you asked: My VPN drops"), { status: 500 })),
      },
    ],
    [
      "throws before it answers",
      {
        triage: () => {
          throw new TypeError("x");
        },
      },
    ],
    ["answers with 2 MB", { draft: () => Promise.resolve({ ...GOOD_DRAFT, body: "x".repeat(2_000_000) }) }],
    ["answers with text in place of JSON", { triage: () => Promise.resolve("I think it is a VPN") }],
    [
      "answers with nothing",
      { triage: () => Promise.resolve(null), draft: () => Promise.resolve(undefined) },
    ],
    [
      "answers in another shape",
      {
        triage: () => Promise.resolve({ category: "vpn", confidence: "high" }),
        draft: () => Promise.resolve({ ...GOOD_DRAFT, articles: "none" }),
      },
    ],
    ["answers late", { draft: () => new Promise((resolve) => setTimeout(() => resolve(GOOD_DRAFT), 3000)) }],
  ];
  test.each(faults)(
    "58 · a model that %s: the local engine answers, and somebody is asked",
    async (_, script) => {
      const warnings: string[] = [];
      running = await startTestDesk({ open: { model: scriptedModel(script), modelDeadlineMs: 200 } });
      const { log } = running.desk;
      Object.assign(log, { warn: (__: object, text: string) => void warnings.push(text) });
      await goodMailFlows();
      const [ticket] = await listTickets(running.desk.database.reader, { limit: 1 });
      const [draft] = await draftsOf(running.desk.database.reader, ticket?.id ?? 0);
      expect(draft?.content.body.length).toBeLessThan(5000);
      expect(draft?.content.body).toMatch(/^(?:Hi|Hello|Dear) Li/);
      const [message] = await mails(1);
      expect(draft?.author).toMatch(/^local/);
      // The reviewer is told who answered, and why.
      const digest = running.relay.mails.findLast((mail) => STAFF.test(mail.to[0] ?? ""));
      expect((await read(digest?.bytes ?? Buffer.alloc(0))).text).toMatch(
        /scripted gave no usable (?:triage|draft), so the local assistant answered: \S/,
      );
      expect(message?.triage?.category.value).toBe("vpn");
      expect(warnings.join("\n")).toMatch(/scripted gave no usable (?:triage|draft)/);
      expect(warnings.join("\n")).not.toContain("My VPN");
    },
  );

  test("58 · a model that answers well is believed", async () => {
    running = await startTestDesk({
      open: { model: scriptedModel({ draft: () => Promise.resolve(GOOD_DRAFT) }), modelDeadlineMs: 20_000 },
    });
    await goodMailFlows();
    const [ticket] = await listTickets(running.desk.database.reader, { limit: 1 });
    const [draft] = await draftsOf(running.desk.database.reader, ticket?.id ?? 0);
    expect(draft?.content.body).toMatch(
      /^Hi Li,\n\nWe look at your VPN connection\.\n\n\S+ \S+\nNorthwind Support$/,
    );
    expect(draft?.author).toBe("scripted 1");
    const [message] = await mails(1);
    expect(message?.triage).toMatchObject({
      engine: "scripted",
      category: { value: "vpn", expectedError: 1 },
    });
  });
});
