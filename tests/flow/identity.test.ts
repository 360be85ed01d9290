import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { probe } from "../../src/cli/doctor-probe.ts";
import { openDesk } from "../../src/cli/open-desk.ts";
import { parseDeskFile } from "../../src/desk/desk-file.ts";
import { person } from "../../src/desk/event.ts";
import { giveUp } from "../../src/steps/upkeep/give-up.ts";
import { importDeskFile } from "../../src/steps/admin/import-desk.ts";
import { retryQuarantined } from "../../src/steps/filing/retry-quarantined.ts";
import { verifyChains } from "../../src/store/events.ts";
import { requires } from "../skips.ts";
import { signingDomains } from "../support/dkim.ts";
import { startDovecot, type Dovecot } from "../support/dovecot.ts";
import { startFakeDns, type FakeDns } from "../support/fake-dns.ts";
import { sceneAt, type Fate } from "../support/hostile-mail.ts";
import { rawMail, rawReply, read } from "../support/mail-program.ts";
import { sendMail } from "../support/smtp.ts";
import { DESK_YAML, eventually, type TestDesk, startTestDesk } from "../support/test-desk.ts";
import { startWebDesk, type WebDesk } from "../support/web-desk.ts";

/** Who is believed, over real SMTP and IMAP, with real keys, and DNS that may be away. */

const signer = signingDomains(["msp.example", "tenant.example", "evil.example"]);

const plain = (headers: Readonly<Record<string, string>> = {}): string =>
  rawMail({
    from: "dana@msp.example",
    to: "review@desk.example",
    subject: "Re: [Review] 1 draft waiting",
    text: "approve",
    headers,
  }).raw;

/** Signed, and then changed by the border, as one that adds a disclaimer does: the desk could not verify it itself. */
const through =
  (...lines: readonly string[]) =>
  async (raw: string): Promise<string> =>
    `${lines.join("\n")}\n${await signer.sign()(raw)}\n-- \nA disclaimer\n`;

interface ApiEvent {
  readonly kind: string;
  readonly evidence: Readonly<Record<string, unknown>>;
}

describe("signed mail, and DNS of the desk's own", () => {
  let dns: FakeDns;
  let web: WebDesk;
  let running: TestDesk;
  let token = "";
  let now = 0;
  const scene = sceneAt(() => running);

  beforeAll(async () => {
    dns = await startFakeDns(signer.zone);
    web = await startWebDesk({
      identity: ["dkim"],
      nameServers: [dns.address],
      review: { signingDomains: { "msp.example": ["tenant.example"] } },
      open: { clock: () => new Date(Date.now() + now) },
    });
    running = web.test;
    token = await web.token("admin");
  });
  afterAll(async () => {
    expect((await verifyChains(running.desk.database.reader)).faults).toEqual([]);
    await web.close();
    await dns.close();
  });

  const api = async <T>(path: string): Promise<T> => {
    const answer = await fetch(`${web.url}/api/v1/${path}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.status).toBe(200);
    return (await answer.json()) as T;
  };
  const newestMail = async (): Promise<{
    id: number;
    dispositionCode: string;
    dispositionReason: string;
  }> => {
    const { items } = await api<{
      items: { id: number; dispositionCode: string; dispositionReason: string }[];
    }>("mail?limit=1");
    if (items[0] === undefined) throw new Error("no mail");
    return items[0];
  };
  /** Sent, and not waited for: a reply that waits for DNS leaves a job. */
  const send = async (digest: Buffer, top = "approve"): Promise<void> => {
    const { raw, to } = await rawReply(digest, { from: "dana@msp.example", top });
    const answer = await sendMail(running.port, {
      from: "dana@msp.example",
      to,
      raw: await signer.sign()(raw),
    });
    expect(answer.code).toBe(250);
  };
  const released = async (deed: () => Promise<unknown>): Promise<void> => {
    const before = scene.clientMails();
    await deed();
    const out = await eventually(() => (scene.clientMails() > before ? true : undefined), 30_000);
    expect(out).toBe(true);
    await running.idle();
    expect(scene.clientMails()).toBe(before + 1);
  };

  test("a signed reply is believed, and the keys come from dns.servers", async () => {
    await released(async () => scene.answer(await scene.ask(), { change: signer.sign() }));
    expect(dns.asked).toContain("k1._domainkey.msp.example");
    expect(dns.asked).toContain("_dmarc.msp.example");
  });

  test("a further signing domain of the technicians' is believed, another's is not", async () => {
    const digest = await scene.ask();
    const forged = await scene.answer(digest, { change: signer.sign({ domain: "evil.example" }) });
    expect(forged.code).toBe("identity-unproven");
    await released(() => scene.answer(digest, { change: signer.sign({ domain: "tenant.example" }) }));
  });

  test("16 · aliases and delegates count from the moment they are imported", async () => {
    const digest = await scene.ask();
    const asAlias = { from: "d.wu@msp.example", change: signer.sign() };
    expect((await scene.answer(digest, asAlias)).code).toBe("sender-not-registered");
    const { desk: file, problems } = parseDeskFile(
      DESK_YAML.replace(
        "email: dana@msp.example,",
        "email: dana@msp.example, aliases: [d.wu@msp.example], delegates: [pa@msp.example],",
      ),
      "desk.yaml",
    );
    expect(problems).toEqual([]);
    await importDeskFile(running.desk, file, "alex@msp.example");
    running.desk.directory.invalidate();
    await released(async () => scene.answer(await scene.ask(), asAlias));
    await released(async () =>
      scene.answer(await scene.ask(), { from: "pa@msp.example", change: signer.sign() }),
    );
    await released(async () =>
      scene.answer(await scene.ask(), { headers: { Sender: "pa@msp.example" }, change: signer.sign() }),
    );
  });

  const refusals: readonly (readonly [string, string, Parameters<typeof scene.answer>[1], RegExp | null])[] =
    [
      ["1 · unsigned", "identity-unproven", {}, /bears no DKIM signature/],
      [
        "4 · a signature that does not verify",
        "identity-unproven",
        { change: async (raw) => (await signer.sign()(raw)).replace("Subject: ", "Subject: x ") },
        /signature of msp\.example is/,
      ],
      ["9 · a colleague", "sender-not-registered", { from: "kim@msp.example", change: signer.sign() }, null],
      [
        "14 · automatic",
        "automatic",
        { headers: { "Auto-Submitted": "auto-replied" }, change: signer.sign() },
        null,
      ],
      [
        "3 · two Subjects",
        "unsound-message",
        { change: async (raw) => `Subject: another\n${await signer.sign()(raw)}` },
        null,
      ],
      [
        "the token in the envelope alone",
        "token-only-in-envelope",
        { change: (raw) => signer.sign()(raw.replace(/^To: .*$/m, "To: review@desk.example")) },
        null,
      ],
    ];
  test.each(refusals)(
    "%s: refused, with its code in the mail list, the events and the ticket",
    async (...row) => {
      const [, code, options, sentence] = row;
      const digest = await scene.ask();
      const before = scene.clientMails();
      const fate: Fate = await scene.answer(digest, options);
      expect(fate.code).toBe(code);
      const mail = await newestMail();
      expect(mail.dispositionCode).toBe(code);
      if (sentence !== null) expect(mail.dispositionReason).toMatch(sentence);
      const isIt = (event: ApiEvent): boolean =>
        event.kind === "review.refused" &&
        event.evidence["code"] === code &&
        event.evidence["messageId"] === mail.id;
      const { items: tickets } = await api<{ items: { number: number }[] }>("tickets?limit=100");
      const number = Math.max(...tickets.map((ticket) => ticket.number));
      const ticket = await api<{ events: ApiEvent[] }>(`tickets/${number}`);
      expect(ticket.events.filter(isIt)).toHaveLength(1);
      const feed: ApiEvent[] = [];
      for (let path = "events?limit=200"; ;) {
        const page = await api<{ items: ApiEvent[]; next: string | null }>(path);
        feed.push(...page.items);
        if (page.next === null) break;
        path = `events?limit=200&cursor=${encodeURIComponent(page.next)}`;
      }
      expect(feed.filter(isIt).length).toBeGreaterThanOrEqual(1);
      expect(scene.clientMails()).toBe(before);
    },
  );

  test("5 · SERVFAIL: it waits, visibly, and is obeyed when DNS answers", async () => {
    const digest = await scene.ask();
    dns.mode = "servfail";
    await released(async () => {
      await send(digest);
      const mail = await eventually(async () => {
        const newest = await newestMail();
        return newest.dispositionCode === "identity-deferred" ? newest : undefined;
      }, 15_000);
      expect(mail?.dispositionReason).toMatch(/tried again: .*DNS did not answer/);
      dns.mode = "answers";
    });
    expect((await newestMail()).dispositionCode).toBe("review-token");
  });

  test("5 · no answer at all: it waits, and is obeyed when DNS answers", async () => {
    const digest = await scene.ask();
    dns.mode = "silent";
    await released(async () => {
      await send(digest);
      const waits = await eventually(
        async () => ((await newestMail()).dispositionCode === "identity-deferred" ? true : undefined),
        40_000,
      );
      expect(waits).toBe(true);
      dns.mode = "answers";
    });
  }, 60_000);

  test("5 · DNS stays away: people are told, and the reply can be tried again", async () => {
    const digest = await scene.ask();
    dns.mode = "servfail";
    await send(digest);
    await eventually(
      async () => ((await newestMail()).dispositionCode === "identity-deferred" ? true : undefined),
      30_000,
    );
    const [alex, dana] = [
      running.mailsFor("alex@msp.example").length,
      running.mailsFor("dana@msp.example").length,
    ];
    const { id } = await newestMail();
    const before = scene.clientMails();
    // What the queue does after the last try.
    await giveUp(running.desk, id, "it failed 8 times: DNS did not answer.");
    expect(running.mailsFor("alex@msp.example")).toHaveLength(alex + 1);
    expect(running.mailsFor("dana@msp.example")).toHaveLength(dana + 1);
    const alert = await read(running.mailsFor("alex@msp.example").at(-1)?.bytes ?? digest);
    expect(alert.text).toContain(`quarantine retry ${id}`);
    expect(await newestMail()).toMatchObject({ id, dispositionCode: "gave-up" });
    expect(scene.clientMails()).toBe(before);
    dns.mode = "answers";
    await released(async () => {
      expect(await retryQuarantined(running.desk, id, person("alex@msp.example"))).toBe("retried");
    });
  });

  test("a flood of forged replies gives one notice and one alert an hour, and the next says how many there were", async () => {
    const digest = await scene.ask();
    // What earlier tests were told about is an hour ago.
    now += 61 * 60_000;
    const counts = (): readonly number[] =>
      ["dana@msp.example", "alex@msp.example"].map((address) => running.mailsFor(address).length);
    const [dana = 0, alex = 0] = counts();
    const { to } = await rawReply(digest, { from: "dana@msp.example", top: "approve" });
    const forged = (): string =>
      rawMail({ from: "dana@msp.example", to, subject: "Re: [Review]", text: "approve" }).raw;
    const FLOOD = 200;
    for (let sent = 0; sent < FLOOD; sent += 20)
      await Promise.all(
        Array.from({ length: 20 }, () =>
          sendMail(running.port, { from: "dana@msp.example", to, raw: forged() }),
        ),
      );
    await running.idle(60_000);
    expect(counts()).toEqual([dana + 1, alex + 1]);
    now += 61 * 60_000;
    await scene.deliver(forged(), to);
    expect(counts()).toEqual([dana + 2, alex + 2]);
    for (const address of ["dana@msp.example", "alex@msp.example"])
      expect((await read(running.mailsFor(address).at(-1)?.bytes ?? digest)).text).toContain(
        `${FLOOD - 1} more`,
      );
    // The flood did not bury the ticket's story, nor the technician's own reply.
    const { items } = await api<{ items: { number: number }[] }>("tickets?limit=100");
    const { events } = await api<{ events: ApiEvent[] }>(
      `tickets/${Math.max(...items.map((ticket) => ticket.number))}`,
    );
    expect(events.filter((event) => event.kind === "review.refused").length).toBeLessThan(30);
    await released(() => scene.answer(digest, { change: signer.sign() }));
    now = 0;
  }, 90_000);

  describe("the plain review address", () => {
    test("a technician with proof is told how to reply", async () => {
      const before = running.mailsFor("dana@msp.example").length;
      const fate = await scene.deliver(
        await signer.sign()(plain()),
        "review@desk.example",
        "dana@msp.example",
      );
      expect(fate).toMatchObject({ disposition: "review-reply", code: "token-missing" });
      expect(running.mailsFor("dana@msp.example")).toHaveLength(before + 1);
      const answer = await read(running.mailsFor("dana@msp.example").at(-1)?.bytes ?? Buffer.alloc(0));
      expect(answer.text).toMatch(/without the code of its digest.*Open the digest and press Reply/s);
      expect(answer.replyTo[0]?.address ?? "").not.toContain("+");
    });

    test("without proof the registered address is told once, and a client's mail to it is a ticket", async () => {
      const before = running.mailsFor("dana@msp.example").length;
      for (const _ of [1, 2, 3])
        expect((await scene.deliver(plain(), "review@desk.example")).code).toBe("token-missing");
      expect(running.mailsFor("dana@msp.example")).toHaveLength(before + 1);
      const client = rawMail({
        from: "li@fabrikam.example",
        to: "review@desk.example",
        subject: "A question",
        text: "Is the printer back?",
      });
      expect((await scene.deliver(client.raw, "review@desk.example")).disposition).toBe("new-ticket");
    });

    test("a token that was never issued is answered to the technician alone", async () => {
      const to = `review+a1.${"a".repeat(32)}@desk.example`;
      const raw = rawMail({ from: "dana@msp.example", to, subject: "Re: [Review]", text: "approve" }).raw;
      const before = running.mailsFor("dana@msp.example").length;
      expect((await scene.deliver(await signer.sign()(raw), to)).code).toBe("token-unknown");
      expect(running.mailsFor("dana@msp.example")).toHaveLength(before + 1);
    });
  });

  /** The command as it runs beside the desk: a process of its own, on the same database. */
  async function probing(
    deed: (probe: Buffer) => Promise<unknown>,
    waitMs = 30_000,
  ): Promise<{ readonly counted: boolean; readonly said: string }> {
    const lines: string[] = [];
    const beside = await openDesk(running.open.config, running.desk.log as never);
    try {
      const before = running.mailsFor("dana@msp.example").length;
      const [counted] = await Promise.all([
        probe(beside, {
          technician: "Dana Wu",
          waitMs,
          everyMs: 20,
          sayEveryMs: 50,
          say: (line) => lines.push(line),
        }),
        (async () => deed((await running.mailFor("dana@msp.example", before + 1)).bytes))(),
      ]);
      return { counted, said: lines.join("\n") };
    } finally {
      await beside.desk.queue.stop();
      await beside.close();
    }
  }

  describe("doctor --probe", () => {
    test("names the proof that a signed reply gave; the reply releases nothing and is answered once", async () => {
      const before = scene.clientMails();
      let mail: Buffer = Buffer.alloc(0);
      const { counted, said } = await probing(async (bytes) => {
        mail = bytes;
        await scene.answer(bytes, { top: "approve all", change: signer.sign() });
      });
      expect(said).toMatch(/count by a DKIM signature.*\(dkim\)/);
      expect(said).toContain("d=msp.example s=k1 dmarc=pass");
      expect(counted).toBe(true);
      expect(scene.clientMails()).toBe(before);
      const answer = await read(running.mailsFor("dana@msp.example").at(-1)?.bytes ?? mail);
      expect(answer.text).toContain("Your replies count, Dana");
      const answers = running.mailsFor("dana@msp.example").length;
      expect((await scene.answer(mail, { top: "approve", change: signer.sign() })).code).toBe(
        "token-revoked",
      );
      expect(running.mailsFor("dana@msp.example")).toHaveLength(answers + 1);
      expect((await read(running.mailsFor("dana@msp.example").at(-1)?.bytes ?? mail)).text).toContain(
        "has been answered",
      );
    });

    test.each([
      ["unsigned", {}, /identity-unproven[^]*dkim, signed: Set up DKIM for msp\.example/],
      [
        "signed by another domain",
        { change: signer.sign({ domain: "evil.example" }) },
        /From is unsigned by msp\.example[^]*Set up DKIM for msp\.example/,
      ],
      [
        "changed on its way",
        { change: async (raw: string) => `${await signer.sign()(raw)}-- \nA disclaimer\n` },
        /dkim, signature-verifies: Something on the way changes the mail/,
      ],
      [
        "from a colleague",
        { from: "kim@msp.example", change: signer.sign() },
        /sender-not-registered[^]*registered address, or add the other one as an alias/,
      ],
    ] as const)("names the check that failed, and what to do: %s", async (_, options, expected) => {
      const mails = running.mailsFor("alex@msp.example").length;
      const { counted, said } = await probing((bytes) => scene.answer(bytes, options));
      expect(said).toMatch(expected);
      expect(counted).toBe(false);
      expect(running.mailsFor("alex@msp.example")).toHaveLength(mails);
    });

    test("says that it waits, and in the end what to look at", async () => {
      const { counted, said } = await probing(() => Promise.resolve(), 200);
      expect(counted).toBe(false);
      expect(said).toMatch(/still waiting[^]*No reply was judged within 0 seconds.*Does the desk run/);
    });

    test("an unknown technician is a wrong usage that names those there are", async () => {
      await expect(
        probe(running.open, { technician: "nobody@msp.example", waitMs: 1, say: () => {} }),
      ).rejects.toThrow(/no such technician\. There are Dana Wu <dana@msp\.example>/);
    });
  });
});

describe("identity: authentication-results", () => {
  let running: TestDesk;
  const scene = sceneAt(() => running);
  beforeAll(async () => {
    running = await startTestDesk({
      identity: ["authentication-results"],
      review: { authservId: "mx.desk.example" },
      open: { resolver: signer.resolver },
    });
  });
  afterAll(() => running.close());

  const RESULTS =
    "Authentication-Results: mx.desk.example; dkim=pass header.d=msp.example header.s=k1; dmarc=pass header.from=msp.example";
  const HOP =
    "Received: from out.msp.example by mx.desk.example with ESMTPS id 1; Mon, 2 Mar 2026 09:00:00 +0000";

  test("6 · what the border wrote is believed, whatever came with the mail is not", async () => {
    const digest = await scene.ask();
    const before = scene.clientMails();
    const refused = [
      through(HOP, RESULTS),
      through(RESULTS),
      through(RESULTS.replace("mx.desk", "mx.evil"), HOP),
      through("Authentication-Results: mx.desk.example; dkim=fail header.d=msp.example", RESULTS, HOP),
      (raw: string) => `${RESULTS}\n${HOP}\n${raw}`,
    ];
    for (const change of refused)
      expect((await scene.answer(digest, { change })).code).toBe("identity-unproven");
    expect(scene.clientMails()).toBe(before);
    await scene.answer(digest, { change: through(RESULTS, HOP) });
    await eventually(() => (scene.clientMails() > before ? true : undefined), 30_000);
    expect(scene.clientMails()).toBe(before + 1);
  });
});

describe.skipIf(!requires("dovecot"))("identity: exchange", () => {
  let dovecot: Dovecot;
  let running: TestDesk;
  const FOLDER = "Exchange";
  const scene = sceneAt(() => running);
  const INTERNAL = [
    "Received: from A.eurprd01.prod.outlook.com (::1) by B.eurprd01.prod.outlook.com with HTTPS; Mon, 2 Mar 2026 09:00:00 +0000",
    "Authentication-Results: dkim=none (message not signed) header.d=none;dmarc=none action=none header.from=msp.example;",
    "X-MS-Exchange-Organization-AuthAs: Internal",
    "X-MS-Exchange-Organization-AuthSource: A.eurprd01.prod.outlook.com",
    "X-MS-Exchange-CrossTenant-AuthAs: Internal",
  ].join("\n");

  const rows = (): Promise<{ disposition_code: string | null }[]> =>
    running.desk.database.reader("messages").where({ source: "imap" }).orderBy("id");

  beforeAll(async () => {
    dovecot = await startDovecot();
    await (await dovecot.client()).mailboxCreate(FOLDER);
    running = await startTestDesk({
      identity: ["exchange"],
      intake: [
        { kind: "smtp", host: "127.0.0.1", port: 0, maxSizeBytes: 1_000_000 },
        {
          kind: "imap",
          host: dovecot.host,
          port: dovecot.port,
          secure: false,
          auth: { kind: "password", user: dovecot.user, pass: dovecot.pass },
          folder: FOLDER,
          archive: null,
          sentFolder: null,
          exchange: true,
          since: null,
        },
      ],
      patience: { backoff: { least: 50, most: 200 }, pollEvery: 1000, answerWithin: 1000 },
    });
    await eventually(
      () => (running.intakes.mailboxes()[0]?.state === "connected" ? true : undefined),
      30_000,
    );
  });
  afterAll(async () => {
    await running.close();
    await dovecot.stop();
  });

  test("1 · inside mail from the mailbox is believed; the same over SMTP, or from outside, is not", async () => {
    const digest = await scene.ask();
    const before = scene.clientMails();
    const { raw } = await rawReply(digest, { from: "dana@msp.example", top: "approve" });
    // Anybody can write these headers into mail over SMTP.
    expect((await scene.answer(digest, { change: (text) => `${INTERNAL}\n${text}` })).code).toBe(
      "identity-unproven",
    );
    await dovecot.append(FOLDER, `${INTERNAL.replaceAll("Internal", "Anonymous")}\n${raw}`);
    await eventually(
      async () => ((await rows())[0]?.disposition_code === "identity-unproven" ? true : undefined),
      30_000,
    );
    expect((await rows()).map((row) => row.disposition_code)).toEqual(["identity-unproven"]);
    expect(scene.clientMails()).toBe(before);
    const mine = await rawReply(digest, { from: "dana@msp.example", top: "approve" });
    await dovecot.append(FOLDER, `${INTERNAL}\n${mine.raw}`);
    await eventually(() => (scene.clientMails() > before ? true : undefined), 30_000);
    expect(scene.clientMails()).toBe(before + 1);
  });
});
