import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { verifyChains } from "../../src/store/events.ts";
import { listMail } from "../../src/store/messages.ts";
import { listTickets } from "../../src/store/tickets.ts";
import { startDovecot, type Dovecot } from "../support/dovecot.ts";
import { rawMail, rawReply, read, type NewMail, type ReplyOptions } from "../support/mail-program.ts";
import type { RelayedMail } from "../support/relay.ts";
import { eventually, startTestDesk, type TestDesk } from "../support/test-desk.ts";
import { requires } from "../skips.ts";

/** The whole turn of the product with a mailbox in place of an SMTP port: all mail, clients' and reviews', lies in one folder. */

const REVIEW_WORDS = /\[\[|review\+|a1\.[a-z2-7]{32}|approve|Proposed|digest/i;
const FOLDER = "Support";

describe.skipIf(!requires("dovecot"))("three mails through a mailbox on Dovecot", () => {
  let dovecot: Dovecot;
  let running: TestDesk | null = null;
  /** All that a mail server delivered, in order. */
  let delivered: string[] = [];

  beforeAll(async () => {
    dovecot = await startDovecot();
  });
  afterAll(() => dovecot.stop());
  afterEach(async () => {
    await running?.close();
    running = null;
    delivered = [];
  });

  async function open(folder: string, archive: string | null = null): Promise<TestDesk> {
    running = await startTestDesk({
      intake: [
        {
          kind: "imap",
          host: dovecot.host,
          port: dovecot.port,
          secure: false,
          auth: { kind: "password", user: dovecot.user, pass: dovecot.pass },
          folder,
          archive,
          sentFolder: null,
          since: null,
        },
      ],
      patience: { backoff: { least: 50, most: 200 }, pollEvery: 1000, answerWithin: 1000 },
    });
    await connected(running);
    return running;
  }

  async function deliver(folder: string, raw: string): Promise<void> {
    delivered.push(raw);
    await dovecot.append(folder, raw);
  }
  const write = async (folder: string, mail: NewMail): Promise<string> => {
    const { raw, messageId } = rawMail(mail);
    await deliver(folder, raw);
    return messageId;
  };
  const answer = async (folder: string, digest: RelayedMail, options: Omit<ReplyOptions, "from">) => {
    const { raw } = await rawReply(digest.bytes, { from: digest.to[0] ?? "", ...options });
    await deliver(folder, raw);
  };

  /** An approval, an edit in the quoted draft, a rejection; `halfWay` comes between the first and the second mail. */
  async function story(
    desk: TestDesk,
    folder: string,
    halfWay: (send: () => Promise<unknown>) => Promise<unknown>,
  ) {
    const vpn = await write(folder, {
      from: "ana@contoso.example",
      name: "Ana Ruiz",
      subject: "VPN drops every hour",
      text: "Hi,\n\nsince the update this morning my VPN disconnects every hour. Is there a workaround?\n\nAna",
    });
    await answer(folder, await digestAbout(desk, "VPN drops every hour"), {
      name: "Dana Wu",
      top: "approve",
    });
    const toAna = await desk.mailFor("ana@contoso.example");
    await desk.mailFor("dana@msp.example", 2);

    let printer = "";
    await halfWay(async () => {
      printer = await write(folder, {
        from: "li@fabrikam.example",
        name: "Li Chen",
        subject: "Printer on floor 2 is jammed",
        text: "The printer on floor 2 says paper jam since 9.",
      });
    });
    await answer(folder, await digestAbout(desk, "Printer on floor 2 is jammed"), {
      top: "",
      edit: (quoted) => quoted.replace(/^> Hi Li,?$/m, "> Hello Li, we looked at the printer."),
    });
    const toLi = await desk.mailFor("li@fabrikam.example");

    await write(folder, {
      from: "li@fabrikam.example",
      name: "Li Chen",
      subject: "Teams licence for a colleague",
      text: "Could you tell me what a Teams licence for a colleague needs?",
    });
    const licence = await digestAbout(desk, "Teams licence for a colleague");
    const before = desk.mailsFor(licence.to[0] ?? "").length;
    await answer(folder, licence, { top: "reject: we will phone her" });
    await desk.mailFor(licence.to[0] ?? "", before + 1);
    await desk.idle();

    const toClients = desk.relay.mails.filter((mail) => !mail.to.every((to) => to.endsWith("@msp.example")));
    expect(toClients.map((mail) => mail.to)).toEqual([["ana@contoso.example"], ["li@fabrikam.example"]]);
    for (const [mail, original] of [
      [toAna, vpn],
      [toLi, printer],
    ] as const) {
      const seen = await read(mail.bytes);
      expect(seen.inReplyTo).toEqual([original]);
      expect(seen.references).toContain(original);
      expect(seen.from[0]?.address).toBe("support@desk.example");
      expect(mail.bytes.toString("utf8")).not.toMatch(REVIEW_WORDS);
    }
    expect((await read(toLi.bytes)).text).toContain("Hello Li, we looked at the printer.");
    const { reader } = desk.desk.database;
    expect(await listTickets(reader, { limit: 100 })).toHaveLength(3);
    const mail = await listMail(reader, { limit: 100 });
    expect(mail.filter(({ disposition }) => disposition === null)).toEqual([]);
    expect((await verifyChains(reader)).faults).toEqual([]);
    return mail;
  }

  test("two mails reach the clients, threaded and clean", async () => {
    const desk = await open("INBOX");
    const mail = await story(desk, "INBOX", (send) => send());
    expect(mail).toHaveLength(6);
  });

  test("the server is killed half-way, with a mail just delivered", async () => {
    const desk = await open("INBOX");
    const mail = await story(desk, "INBOX", async (send) => {
      await send();
      await dovecot.kill();
      const away = await eventually(
        () => desk.intakes.mailboxes().find(({ state }) => state === "reconnecting"),
        30_000,
      );
      expect(away?.detail).not.toBe("");
      await dovecot.start();
    });
    expect(mail).toHaveLength(6);
    expect(mail.filter(({ disposition }) => disposition === "duplicate")).toEqual([]);
  });

  test("47 · a new UIDVALIDITY half-way: nothing is lost and nothing doubled", async () => {
    await dovecot.recreate(FOLDER);
    const desk = await open(FOLDER);
    const mail = await story(desk, FOLDER, async (send) => {
      const before = [...delivered];
      await dovecot.recreate(FOLDER);
      // The same mails under new UIDs, and one that came while nobody could read.
      for (const raw of before) await dovecot.append(FOLDER, raw);
      await send();
    });
    const again = mail.filter(({ disposition }) => disposition === "duplicate");
    expect(again.map(({ duplicateOf }) => duplicateOf).toSorted((a, b) => (a ?? 0) - (b ?? 0))).toEqual([
      1, 2,
    ]);
    expect(mail).toHaveLength(8);
  });

  test("what was taken in is moved to the archive", async () => {
    await dovecot.recreate(FOLDER);
    const desk = await open(FOLDER, "Done");
    await story(desk, FOLDER, (send) => send());
    const client = await dovecot.client();
    const left = async () =>
      [await client.status(FOLDER, { messages: true }), await client.status("Done", { messages: true })].map(
        (status) => (status === false ? undefined : status.messages),
      );
    const moved = await eventually(async () => ((await left()).join() === "0,6" ? true : undefined), 30_000);
    expect(moved, (await left()).join()).toBe(true);
  });
});

/** The first contact begins at UIDNEXT: what is delivered before it is older mail. */
async function connected(desk: TestDesk): Promise<void> {
  const reached = await eventually(
    () => (desk.intakes.mailboxes()[0]?.state === "connected" ? true : undefined),
    30_000,
  );
  expect(reached, JSON.stringify(desk.intakes.mailboxes())).toBe(true);
}

/** The newest digest for any technician, when one about this subject is there. */
async function digestAbout(desk: TestDesk, subject: string): Promise<RelayedMail> {
  const found = await eventually(async () => {
    for (const mail of desk.relay.mails.toReversed()) {
      if (!mail.to[0]?.endsWith("@msp.example")) continue;
      const { text } = await read(mail.bytes);
      if (text.includes("[[ draft 1") && text.includes(subject)) return mail;
    }
    return undefined;
  }, 15_000);
  if (found === undefined) throw new Error(`no digest about "${subject}"`);
  return found;
}
