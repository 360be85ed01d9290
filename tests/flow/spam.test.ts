/** Spam over SMTP: put aside, never deleted, shown with the reason, and taken back by one word in a mail. */
import { afterEach, describe, expect, it } from "vitest";
import { labelsIn, lastLabelId } from "../../src/store/labels.ts";
import { messagesOf } from "../../src/store/messages.ts";
import { ticketByNumber } from "../../src/store/tickets.ts";
import { read, reply } from "../support/mail-program.ts";
import { sendMail } from "../support/smtp.ts";
import { eventually, startTestDesk, type TestDesk } from "../support/test-desk.ts";

const LURE = [
  'From: "Microsoft Account" <account@mailer.example>',
  "To: support@desk.example",
  "Subject: Your mailbox is full",
  "Message-ID: <77.1@mailer.example>",
  "Date: Mon, 2 Mar 2026 10:00:00 +0100",
  "MIME-Version: 1.0",
  "Content-Type: text/html; charset=utf-8",
  "",
  '<p>Your mailbox is full. Keep your password here: <a href="http://evil.example/a">https://outlook.office.com/</a></p>',
  "",
].join("\n");
const SOMEBODY = /^(?:dana|kim|alex)@msp\.example$/;

let running: TestDesk;
afterEach(() => running.close());

const lure = () =>
  sendMail(running.port, { from: "account@mailer.example", to: ["support@desk.example"], raw: LURE });

/** The first mail to a technician, from the given place on, whose text says this. */
async function told(from: number, says: RegExp) {
  const found = await eventually(async () => {
    for (const mail of running.relay.mails.slice(from)) {
      const text = SOMEBODY.test(mail.to[0] ?? "") ? (await read(mail.bytes)).text : "";
      if (says.test(text)) return { bytes: mail.bytes, to: mail.to[0] ?? "", text };
    }
    return undefined;
  }, 30_000);
  if (found === undefined) throw new Error(`no mail says ${String(says)}`);
  return found;
}

const status = async () => (await ticketByNumber(running.desk.database.reader, 1001))?.status;
const inbound = async () => {
  const ticket = await ticketByNumber(running.desk.database.reader, 1001);
  return (await messagesOf(running.desk.database.reader, ticket?.id ?? 0)).find(
    (one) => one.direction === "in",
  );
};
const toStranger = () => running.mailsFor("account@mailer.example");

describe("spam", () => {
  it("is put aside by a policy, shown with the reason, and `undo` brings an answer to decide on", async () => {
    running = await startTestDesk({
      yaml: "policies:\n  - { action: mark-spam, rung: supervised, maxError: 1 }\n",
    });
    await lure();
    const digest = await told(0, /Done alone/);
    expect(digest.text).toMatch(/marked as spam/);
    expect(await status()).toBe("spam");
    expect(await inbound()).toMatchObject({ status: "filed", disposition: "spam-suspect" });
    expect((await inbound())?.dispositionReason).toContain(
      "the link shows outlook.office.com and leads to evil.example",
    );

    const before = running.relay.mails.length;
    await reply(running.port, digest.bytes, { from: digest.to, top: "undo 1" });
    expect((await told(before, /Put back as it was/)).text).toContain("mark-spam");
    await told(before, /\[\[ draft 1/);
    expect(await status()).toBe("open");
    expect((await inbound())?.triage?.spam).toMatchObject({ value: false, confidence: 1 });
    expect(toStranger()).toEqual([]);
  });

  it("is a question without a policy; what a person marked, a person takes back", async () => {
    running = await startTestDesk({});
    await lure();
    const digest = await told(0, /Looks like: spam/);
    expect(digest.text).toContain("the link shows outlook.office.com and leads to evil.example");
    expect(digest.text).not.toContain("[[ draft");
    let before = running.relay.mails.length;
    await reply(running.port, digest.bytes, { from: digest.to, top: "spam 1" });
    await told(before, /was marked as spam/);
    expect(await status()).toBe("spam");
    // How it was made stands in the log of decisions, for the models of every process.
    const making = (await inbound())?.triage?.making ?? "";
    expect(making).not.toBe("");
    const { reader } = running.desk.database;
    const learned = await labelsIn(reader, { from: 0, through: await lastLabelId(reader) }, 10);
    expect(learned.map((one) => [one.field, one.label, one.example.making])).toEqual([
      ["spam", "true", making],
    ]);

    before = running.relay.mails.length;
    await reply(running.port, digest.bytes, { from: digest.to, top: "undo 1" });
    await told(before, /is no spam, and open again/);
    await told(before, /\[\[ draft 1/);
    expect(await status()).toBe("open");
    expect(toStranger()).toEqual([]);
  });

  it("is not what comes in a known person's name from elsewhere: that is named, and a person decides", async () => {
    running = await startTestDesk({
      yaml: "policies:\n  - { action: acknowledge, rung: conditional, maxError: 1, template: client/acknowledge }\n",
    });
    await sendMail(running.port, {
      from: "ana.ruiz@private.example",
      to: ["support@desk.example"],
      raw: [
        "From: Ana Ruiz <ana.ruiz@private.example>",
        "Reply-To: desk@elsewhere.example",
        "To: support@desk.example",
        "Subject: New bank account",
        "Message-ID: <78.1@private.example>",
        "Date: Mon, 2 Mar 2026 10:00:00 +0100",
        "",
        "Hello, please send the next invoice to our new account.",
        "",
      ].join("\n"),
    });
    const digest = await told(0, /looks like Ana Ruiz/);
    expect(digest.text).toContain(
      "it looks like Ana Ruiz (Contoso, VIP) but comes from ana.ruiz@private.example, and replies would go to desk@elsewhere.example",
    );
    expect(digest.text).not.toMatch(/Looks like: spam/);
    expect(running.mailsFor("ana.ruiz@private.example")).toEqual([]);
  });
});
