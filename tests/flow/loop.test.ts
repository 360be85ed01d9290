import { afterEach, describe, expect, test } from "vitest";
import { verifyChains } from "../../src/store/events.ts";
import { listMail } from "../../src/store/messages.ts";
import { read, reply, write } from "../support/mail-program.ts";
import { requires } from "../skips.ts";
import { freshDatabase } from "../support/postgres.ts";
import { startTestDesk, type TestDesk } from "../support/test-desk.ts";

/** The whole turn of the product, over real SMTP on both sides: three mails, an approval, an edit in the quote, a rejection. */

let running: TestDesk | null = null;
afterEach(async () => {
  await running?.close();
  running = null;
});

const REVIEW_WORDS = /\[\[|review\+|a1\.[a-z2-7]{32}|approve|Proposed|digest/i;

const STORY =
  "three mails, an approval, an edit in the quoted draft, a rejection: two mails reach the client, threaded and clean";

describe("on SQLite", () => {
  test(STORY, () => story());
});

describe.skipIf(!requires("postgres"))("on PostgreSQL", () => {
  test(STORY, async () => story(await freshDatabase()));
});

async function story(databaseUrl?: string): Promise<void> {
  running = await startTestDesk(databaseUrl === undefined ? {} : { databaseUrl });
  const { port } = running;
  const vpn = await write(port, {
    from: "ana@contoso.example",
    name: "Ana Ruiz",
    subject: "VPN drops every hour",
    text: "Hi,\n\nsince the update this morning my VPN disconnects every hour. Is there a workaround?\n\nAna",
  });
  const first = await running.mailFor("dana@msp.example", 1);
  const digest = await read(first.bytes);
  expect(digest.text).toContain("[[ draft 1 ");
  expect(digest.text).toContain("VPN drops every hour");

  await reply(port, first.bytes, { from: "dana@msp.example", name: "Dana Wu", top: "approve" });
  const approved = await running.mailFor("ana@contoso.example", 1);
  const toAna = await read(approved.bytes);
  expect(toAna.inReplyTo).toEqual([vpn]);
  expect(toAna.subject).toContain("VPN drops every hour");
  expect(approved.bytes.toString("utf8")).not.toMatch(REVIEW_WORDS);
  expect(toAna.from[0]?.address).toBe("support@desk.example");

  const transcript = await read((await running.mailFor("dana@msp.example", 2)).bytes);
  expect(transcript.text).toContain("leaves now");

  await write(port, {
    from: "li@fabrikam.example",
    name: "Li Chen",
    subject: "Printer on floor 2 is jammed",
    text: "The printer on floor 2 says paper jam since 9.",
  });
  await running.idle();
  const digests = running.relay.mails.filter((mail) => mail.to[0]?.endsWith("@msp.example"));
  const printer = digests.at(-1);
  if (printer === undefined) throw new Error("no digest");
  const technician = printer.to[0] ?? "";
  await reply(port, printer.bytes, {
    from: technician,
    top: "",
    edit: (quoted) => quoted.replace(/^> Hi Li,?$/m, "> Hello Li, we looked at the printer."),
  });
  const edited = await read((await running.mailFor("li@fabrikam.example", 1)).bytes);
  expect(edited.text).toContain("Hello Li, we looked at the printer.");

  await write(port, {
    from: "li@fabrikam.example",
    subject: "Teams licence for a colleague",
    text: "Could you tell me what a Teams licence for a colleague needs?",
  });
  await running.idle();
  const third = running.relay.mails.filter((mail) => mail.to[0]?.endsWith("@msp.example")).at(-1);
  if (third === undefined) throw new Error("no digest");
  await reply(port, third.bytes, { from: third.to[0] ?? "", top: "reject: we will phone her" });
  await running.idle();

  const toClients = running.relay.mails.filter((mail) => mail.to.some((to) => !to.endsWith("@msp.example")));
  expect(toClients.map((mail) => mail.to)).toEqual([["ana@contoso.example"], ["li@fabrikam.example"]]);
  const mail = await listMail(running.desk.database.reader, { limit: 100 });
  expect(mail.every((message) => message.disposition !== null && message.dispositionReason !== null)).toBe(
    true,
  );
  expect((await verifyChains(running.desk.database.reader)).faults).toEqual([]);
}
