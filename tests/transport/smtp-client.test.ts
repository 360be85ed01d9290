import { createServer, type AddressInfo } from "node:net";
import * as fc from "fast-check";
import { SMTPServer } from "smtp-server";
import { afterEach, describe, expect, it } from "vitest";
import { PermanentError } from "../../src/errors.ts";
import {
  attemptDelivery,
  createInsideSender,
  type DeliveryRequest,
} from "../../src/transport/smtp-client.ts";
import type { SmtpOutcome } from "../../src/transport/smtp-outcome.ts";
import { startRelay, type Fault, type Relay, type RelayOptions } from "../support/relay.ts";

const ANA = "ana@contoso.example";
const BOB = "bob@contoso.example";
const MIME = Buffer.from(
  "From: support@desk.example\r\nTo: ana@contoso.example\r\nSubject: Re: VPN drops\r\n\r\nHi Ana,\r\n.hidden\r\n..twice\r\n.\r\nDana\r\n",
);
/** Over several blocks, so that a cut in mid-message is one. */
const LONG = Buffer.from(
  `Subject: long\r\n\r\n${"a line of a long reply, seventy characters or so, again and again.\r\n".repeat(40_000)}`,
);

const open: Relay[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((relay) => relay.close()));
});

async function relayWith(options: RelayOptions = {}): Promise<Relay> {
  const relay = await startRelay(options);
  open.push(relay);
  return relay;
}

interface Attempt {
  readonly outcome: SmtpOutcome;
  readonly started: number;
}

async function attempt(
  relay: Pick<Relay, "host" | "port">,
  changes: Partial<DeliveryRequest> = {},
): Promise<Attempt> {
  let started = 0;
  const outcome = await attemptDelivery({
    relay: { host: relay.host, port: relay.port, secure: false },
    from: "support@desk.example",
    to: [ANA],
    mime: MIME,
    onStarted: async () => {
      started++;
      await Promise.resolve();
    },
    timeouts: { connect: 2000, command: 2000, block: 2000, final: 2000 },
    ...changes,
  });
  return { outcome, started };
}

/** Each turn looks at the sockets once, however long it takes: what the relay did is seen by then. */
async function severalTurns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe("a delivery that goes well", () => {
  it.each([
    ["with PIPELINING", undefined],
    ["without any extension", []],
  ] as const)("sends exactly the frozen bytes %s", async (_name, extensions) => {
    const relay = await relayWith(extensions === undefined ? {} : { extensions });
    const { outcome, started } = await attempt(relay, { to: [ANA, BOB] });
    expect(outcome).toEqual({
      state: "accepted",
      code: 250,
      enhancedCode: "2.0.0",
      text: "Ok: queued as 000001",
      relayMessageId: null,
    });
    expect(started).toBe(1);
    expect(relay.mails).toHaveLength(1);
    expect(relay.mails[0]).toMatchObject({ from: "support@desk.example", to: [ANA, BOB] });
    expect(relay.mails[0]?.bytes.equals(MIME)).toBe(true);
    expect(relay.mails[0]?.wire.toString()).toContain("\r\n..hidden\r\n...twice\r\n..\r\nDana\r\n.\r\n");
  });

  it("sends a long message whole, and one that starts with a dot", async () => {
    const relay = await relayWith();
    expect((await attempt(relay, { mime: LONG })).outcome.state).toBe("accepted");
    const dotted = Buffer.from(".Subject: odd\r\n\r\n.\r\n");
    expect((await attempt(relay, { mime: dotted })).outcome.state).toBe("accepted");
    expect(relay.mails.map(({ bytes }) => bytes.equals(LONG) || bytes.equals(dotted))).toEqual([true, true]);
  });

  it("never says DATA in one breath with the recipients, and uses no connection twice", async () => {
    const relay = await relayWith();
    await attempt(relay);
    await attempt(relay);
    expect(relay.connections).toBe(2);
    expect(relay.commands.filter((line) => line === "DATA")).toHaveLength(2);
  });

  it("commits `started` before the first byte", async () => {
    const relay = await relayWith();
    const release = Promise.withResolvers<void>();
    const sending = attempt(relay, { onStarted: () => release.promise });
    while (!relay.commands.includes("DATA")) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(relay.mails).toHaveLength(0);
    release.resolve();
    expect((await sending).outcome.state).toBe("accepted");
  });

  it.each([
    [
      "Amazon SES",
      "Ok 0100018b5c3c0a4f-1b2c3d4e-5f60-7182-93a4-b5c6d7e8f901-000000",
      "email-smtp.eu-west-1.amazonaws.com",
      "<0100018b5c3c0a4f-1b2c3d4e-5f60-7182-93a4-b5c6d7e8f901-000000@eu-west-1.amazonses.com>",
    ],
    [
      "Amazon SES, us-east-1",
      "Ok 0100018b5c3c0a4f-1b2c3d4e-000000",
      "email-smtp.us-east-1.amazonaws.com",
      "<0100018b5c3c0a4f-1b2c3d4e-000000@email.amazonses.com>",
    ],
    [
      "Microsoft 365",
      "2.6.0 <AM0PR01@AM0.eurprd01.prod.outlook.com> [InternalId=123, Hostname=x] 9 bytes Queued mail for delivery",
      "smtp.office365.com",
      "<AM0PR01@AM0.eurprd01.prod.outlook.com>",
    ],
    [
      "a relay that repeats the recipient",
      "2.1.5 <ana@contoso.example> delivered",
      "mx.contoso.example",
      null,
    ],
  ])("reads the Message-ID that %s gives", async (_name, accepted, host, expected) => {
    const { ReplyReader, relayMessageIdOf } = await import("../../src/transport/smtp-reply.ts");
    const [reply] = new ReplyReader().push(Buffer.from(`250 ${accepted}\r\n`));
    expect(reply && relayMessageIdOf(reply, host)).toBe(expected);
  });
});

interface Case {
  readonly name: string;
  readonly faults: readonly Fault[];
  readonly state: SmtpOutcome["state"];
  readonly code?: number;
  readonly text?: RegExp;
  readonly started: number;
  /** What the relay ended up with. */
  readonly kept: number;
  readonly mime?: Buffer;
  readonly to?: readonly string[];
}

// Protocol §4 and threats 53, 54, 55.
const CASES: readonly Case[] = [
  {
    name: "greeting 554",
    faults: [{ at: "connect", reply: "554 5.7.1 go away" }],
    state: "deferred",
    code: 554,
    started: 0,
    kept: 0,
  },
  {
    name: "greeting 421",
    faults: [{ at: "connect", reply: "421 4.3.2 busy", drop: true }],
    state: "deferred",
    code: 421,
    started: 0,
    kept: 0,
  },
  {
    name: "cut before the greeting",
    faults: [{ at: "connect", drop: true }],
    state: "deferred",
    code: 0,
    started: 0,
    kept: 0,
  },
  {
    name: "silence in place of a greeting",
    faults: [{ at: "connect", hang: true }],
    state: "deferred",
    code: 0,
    started: 0,
    kept: 0,
  },
  {
    name: "a greeting that is not SMTP",
    faults: [{ at: "connect", reply: "HTTP/1.1 400 Bad Request", drop: true }],
    state: "deferred",
    started: 0,
    kept: 0,
  },
  {
    name: "MAIL 451",
    faults: [{ at: "mail", reply: "451 4.7.1 greylisted" }],
    state: "deferred",
    code: 451,
    started: 0,
    kept: 0,
  },
  {
    name: "MAIL 550",
    faults: [{ at: "mail", reply: "550 5.7.1 sender unknown" }],
    state: "rejected",
    code: 550,
    started: 0,
    kept: 0,
  },
  { name: "MAIL cut", faults: [{ at: "mail", drop: true }], state: "deferred", code: 0, started: 0, kept: 0 },
  {
    name: "RCPT 450",
    faults: [{ at: "rcpt", reply: "450 4.2.1 try later" }],
    state: "deferred",
    code: 450,
    started: 0,
    kept: 0,
  },
  {
    name: "RCPT 550",
    faults: [{ at: "rcpt", reply: "550 5.1.1 no such user" }],
    state: "rejected",
    code: 550,
    text: /ana@contoso\.example.*5\.1\.1 no such user/,
    started: 0,
    kept: 0,
  },
  {
    name: "one of two recipients 550",
    to: [ANA, BOB],
    faults: [{ at: "rcpt", recipient: BOB, reply: "550 5.1.1 no such user" }],
    state: "rejected",
    code: 550,
    text: /nothing was sent.*bob@contoso\.example/,
    started: 0,
    kept: 0,
  },
  {
    name: "one of two recipients 450",
    to: [ANA, BOB],
    faults: [{ at: "rcpt", recipient: ANA, reply: "450 4.2.1 busy" }],
    state: "deferred",
    code: 450,
    started: 0,
    kept: 0,
  },
  {
    name: "one later, one never",
    to: [ANA, BOB],
    faults: [
      { at: "rcpt", recipient: ANA, reply: "450 4.2.1 busy" },
      { at: "rcpt", recipient: BOB, reply: "550 5.1.1 gone" },
    ],
    state: "rejected",
    code: 550,
    started: 0,
    kept: 0,
  },
  {
    name: "RCPT silence",
    faults: [{ at: "rcpt", hang: true }],
    state: "deferred",
    code: 0,
    text: /no reply within/,
    started: 0,
    kept: 0,
  },
  {
    name: "DATA 451",
    faults: [{ at: "data", reply: "451 4.3.0 not now" }],
    state: "deferred",
    code: 451,
    started: 0,
    kept: 0,
  },
  {
    name: "DATA 554",
    faults: [{ at: "data", reply: "554 5.7.1 no" }],
    state: "rejected",
    code: 554,
    started: 0,
    kept: 0,
  },
  {
    name: "DATA 250, which is no go-ahead",
    faults: [{ at: "data", reply: "250 ok" }],
    state: "deferred",
    code: 250,
    started: 0,
    kept: 0,
  },
  {
    name: "cut before 354",
    faults: [{ at: "data", drop: true }],
    state: "deferred",
    code: 0,
    started: 0,
    kept: 0,
  },
  {
    name: "cut in mid-message",
    mime: LONG,
    faults: [{ at: "body", afterBytes: 1000, drop: true }],
    state: "uncertain",
    started: 1,
    kept: 0,
  },
  {
    name: "silence in mid-message",
    mime: LONG,
    faults: [{ at: "body", afterBytes: 1000, hang: true }],
    state: "uncertain",
    started: 1,
    kept: 0,
  },
  {
    name: "552 in mid-message",
    mime: LONG,
    faults: [{ at: "body", afterBytes: 1000, reply: "552 5.3.4 too large" }],
    state: "rejected",
    code: 552,
    started: 1,
    kept: 0,
  },
  {
    name: "451 after the dot",
    faults: [{ at: "dot", reply: "451 4.3.0 queue full" }],
    state: "deferred",
    code: 451,
    started: 1,
    kept: 0,
  },
  {
    name: "421 after the dot",
    faults: [{ at: "dot", reply: "421 4.3.2 restarting", drop: true }],
    state: "deferred",
    code: 421,
    started: 1,
    kept: 0,
  },
  {
    name: "550 after the dot",
    faults: [{ at: "dot", reply: "550 5.7.1 spam" }],
    state: "rejected",
    code: 550,
    started: 1,
    kept: 0,
  },
  {
    name: "cut after the dot, kept",
    faults: [{ at: "dot", drop: true }],
    state: "uncertain",
    started: 1,
    kept: 1,
  },
  {
    name: "cut after the dot, lost",
    faults: [{ at: "dot", drop: true, keeps: false }],
    state: "uncertain",
    started: 1,
    kept: 0,
  },
  {
    name: "silence after the dot",
    faults: [{ at: "dot", hang: true }],
    state: "uncertain",
    text: /no reply within/,
    started: 1,
    kept: 1,
  },
  {
    name: "354 after the dot",
    faults: [{ at: "dot", reply: "354 what", keeps: true }],
    state: "uncertain",
    started: 1,
    kept: 1,
  },
  {
    name: "half a reply after the dot",
    faults: [{ at: "dot", reply: "250-2.0.0 and", drop: true }],
    state: "uncertain",
    started: 1,
    kept: 1,
  },
  {
    name: "slow, and then 250",
    faults: [{ at: "dot", delay: 300 }],
    state: "accepted",
    code: 250,
    started: 1,
    kept: 1,
  },
  {
    name: "cut after 250",
    faults: [{ at: "accepted", drop: true }],
    state: "accepted",
    code: 250,
    started: 1,
    kept: 1,
  },
];

describe("a delivery that goes wrong", () => {
  it.each(CASES)("$name: $state", async ({ faults, state, code, text, started, kept, mime, to }) => {
    const relay = await relayWith({ faults });
    const silent = faults.some((fault) => fault.hang === true);
    const result = await attempt(relay, {
      ...(mime === undefined ? {} : { mime }),
      ...(to === undefined ? {} : { to }),
      ...(silent ? { timeouts: { connect: 300, command: 300, block: 300, final: 300 } } : {}),
    });
    expect(result.outcome.state, JSON.stringify(result.outcome)).toBe(state);
    if (code !== undefined) expect(result.outcome).toMatchObject({ code });
    if (text !== undefined) expect(result.outcome.text).toMatch(text);
    expect(result.started).toBe(started);
    expect(relay.mails).toHaveLength(kept);
    // One attempt is one attempt.
    expect(relay.connections).toBe(1);
    if (started === 0 && !faults.some((fault) => fault.at === "data"))
      expect(relay.commands).not.toContain("DATA");
  });

  it("defers when nobody listens", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const { outcome } = await attempt({ host: "127.0.0.1", port });
    expect(outcome).toMatchObject({
      state: "deferred",
      code: 0,
      text: expect.stringContaining(String(port)) as unknown,
    });
  });

  it("sends nothing and passes the error on when `started` cannot be committed", async () => {
    const relay = await relayWith();
    await expect(
      attempt(relay, { onStarted: () => Promise.reject(new Error("lease lost")) }),
    ).rejects.toThrow("lease lost");
    expect(relay.commands.at(-1)).toBe("DATA");
    expect(relay.mails).toHaveLength(0);
  });

  it("defers when the relay goes away while `started` is being committed: no byte was sent", async () => {
    const relay = await relayWith({ faults: [{ at: "started", drop: true }] });
    const { outcome } = await attempt(relay, {
      onStarted: severalTurns,
    });
    expect(outcome).toMatchObject({ state: "deferred", code: 0 });
    const refusing = await relayWith({
      faults: [{ at: "started", reply: "421 4.3.2 restarting", drop: true }],
    });
    const second = await attempt(refusing, {
      onStarted: severalTurns,
    });
    expect(second.outcome).toMatchObject({ state: "deferred", code: 421 });
  });

  it.each([
    ["a line end in an address", { to: ["a@x.example>\r\nRCPT TO:<b@x.example"] }],
    ["an empty recipient", { to: [""] }],
    ["no recipient", { to: [] }],
    ["a bare LF in the message", { mime: Buffer.from("Subject: x\n\r\n") }],
    ["a bare CR in the message", { mime: Buffer.from("Subject: x\r\r\n") }],
  ])("refuses %s before it connects", async (_name, changes) => {
    const relay = await relayWith();
    await expect(attempt(relay, changes)).rejects.toThrow(PermanentError);
    expect(relay.connections).toBe(0);
  });

  it("refuses an international address where the relay has no SMTPUTF8", async () => {
    const relay = await relayWith({ extensions: [] });
    expect((await attempt(relay, { to: ["jürgen@contoso.example"] })).outcome).toMatchObject({
      state: "rejected",
      code: 553,
    });
    const modern = await relayWith();
    expect((await attempt(modern, { to: ["jürgen@contoso.example"] })).outcome.state).toBe("accepted");
    expect(modern.mails[0]?.to).toEqual(["jürgen@contoso.example"]);
  });
});

describe("logging in", () => {
  it("gives user and password, or a token", async () => {
    const relay = await relayWith({ login: { user: "support", pass: "s3cret", token: "t0ken" } });
    const at = { host: relay.host, port: relay.port, secure: false, user: "support" };
    expect((await attempt(relay, { relay: { ...at, pass: "s3cret" } })).outcome.state).toBe("accepted");
    expect(
      (await attempt(relay, { relay: { ...at, oauth2: () => Promise.resolve("t0ken") } })).outcome.state,
    ).toBe("accepted");
    expect(relay.mails).toHaveLength(2);
  });

  it.each([
    ["password", { pass: "wrong" }],
    ["token", { oauth2: () => Promise.resolve("wrong") }],
    ["token giver", { oauth2: () => Promise.reject(new Error("the issuer is down")) }],
  ])("defers on a wrong %s: a person corrects it, the mail waits", async (_name, login) => {
    const relay = await relayWith({ login: { user: "support", pass: "s3cret", token: "t0ken" } });
    const { outcome, started } = await attempt(relay, {
      relay: { host: relay.host, port: relay.port, secure: false, user: "support", ...login },
    });
    expect(outcome.state).toBe("deferred");
    expect(outcome.text).not.toContain("wrong\u0001");
    expect(started).toBe(0);
  });

  it("speaks TLS, and refuses to go on without it where it is required", async () => {
    const received: string[] = [];
    const secure = new SMTPServer({
      secure: true,
      logger: false,
      authOptional: true,
      onData: (stream, _session, done) => {
        stream.on("data", (chunk: Buffer) => received.push(chunk.toString()));
        stream.on("end", () => done());
      },
    });
    const listener = secure.listen(0, "127.0.0.1");
    await new Promise((resolve) => listener.once("listening", resolve));
    const { port } = listener.address() as AddressInfo;
    expect(
      (await attempt({ host: "127.0.0.1", port }, { relay: { host: "127.0.0.1", port, secure: true } }))
        .outcome.state,
    ).toBe("accepted");
    expect(received.join("")).toBe(MIME.toString());
    await new Promise<void>((resolve) => secure.close(() => resolve()));

    const plain = await relayWith();
    const { outcome } = await attempt(plain, {
      relay: { host: plain.host, port: plain.port, secure: false, requireTls: true },
    });
    expect(outcome.state).toBe("deferred");
    expect(plain.commands).not.toContain("DATA");
  });
});

describe("mail inside the desk", () => {
  const digest = { from: "review@desk.example", to: ["dana@msp.example"], mime: MIME };

  it("uses a connection again", async () => {
    const relay = await relayWith();
    const sender = createInsideSender({ host: relay.host, port: relay.port, secure: false });
    for (let n = 0; n < 20; n++) expect((await sender.sendInside(digest)).state).toBe("accepted");
    expect(relay.connections).toBe(1);
    await Promise.all(Array.from({ length: 20 }, () => sender.sendInside(digest)));
    expect(relay.connections).toBe(2);
    expect(relay.mails.every(({ bytes }) => bytes.equals(MIME))).toBe(true);
    expect(relay.mails).toHaveLength(40);
    await sender.close();
  });

  it("carries any lines and dots unchanged", async () => {
    const relay = await relayWith();
    const sender = createInsideSender({ host: relay.host, port: relay.port, secure: false });
    const texts = fc.array(fc.constantFrom(".", "..", "\r\n", "a", "\r\n.\r\n", "\u00e4"), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(texts, async (pieces) => {
        const mime = Buffer.from(`${pieces.join("")}\r\n`);
        expect((await sender.sendInside({ ...digest, mime })).state).toBe("accepted");
        expect(relay.mails.at(-1)?.bytes.equals(mime)).toBe(true);
      }),
      { numRuns: 200 },
    );
    await sender.close();
  });

  it("opens a new one when the relay has closed the idle one, and goes on after a refusal", async () => {
    const relay = await relayWith({ faults: [{ at: "accepted", drop: true }] });
    const sender = createInsideSender({ host: relay.host, port: relay.port, secure: false });
    expect((await sender.sendInside(digest)).state).toBe("accepted");
    expect((await sender.sendInside(digest)).state).toBe("accepted");
    relay.fail({ at: "rcpt", reply: "550 5.1.1 no such user" });
    expect((await sender.sendInside(digest)).state).toBe("rejected");
    expect((await sender.sendInside(digest)).state).toBe("accepted");
    relay.fail({ at: "mail", reply: "421 4.7.0 too many mails on this connection", drop: true });
    expect((await sender.sendInside(digest)).state).toBe("accepted");
    relay.fail({ at: "dot", drop: true });
    expect((await sender.sendInside(digest)).state).toBe("uncertain");
    expect((await sender.sendInside(digest)).state).toBe("accepted");
    await sender.close();
  });

  it("lets an idle connection go", async () => {
    const relay = await relayWith();
    const sender = createInsideSender(
      { host: relay.host, port: relay.port, secure: false },
      { keepAlive: 50 },
    );
    await sender.sendInside(digest);
    while (!relay.commands.includes("QUIT")) await new Promise((resolve) => setTimeout(resolve, 10));
    expect((await sender.sendInside(digest)).state).toBe("accepted");
    expect(relay.connections).toBe(2);
    await sender.close();
  });
});
