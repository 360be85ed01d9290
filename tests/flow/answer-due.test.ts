import { afterEach, expect, test } from "vitest";
import { parseDeskFile } from "../../src/desk/desk-file.ts";
import { importDeskFile } from "../../src/steps/admin/import-desk.ts";
import { sweep } from "../../src/steps/sweep.ts";
import { read, reply, write } from "../support/mail-program.ts";
import { startTestDesk, type TestDesk, type TestDeskOptions } from "../support/test-desk.ts";

/** A client's promise of a first answer: shown, heard in time, and over once somebody has answered. */

const MINUTE = 60_000;
const GOLD = `
slas:
  - name: gold
    targets:
      P1: { respond: 1h, resolve: 4h }
      P2: { respond: 1h, resolve: 4h }
      P3: { respond: 1h, resolve: 8h }
      P4: { respond: 1h, resolve: 8h }
clients:
  - { name: Contoso, domains: [contoso.example], sla: gold, contacts: [{ name: Ana Ruiz, email: ana@contoso.example }] }
`;
const HEADSET = {
  from: "ana@contoso.example",
  name: "Ana Ruiz",
  subject: "A second headset",
  text: "I would like a second headset for the meeting room, no hurry.",
};

let running: TestDesk;
let now: number;
afterEach(() => running.close());

async function start(options: TestDeskOptions = {}): Promise<void> {
  now = Date.parse("2026-03-10T09:00:00Z");
  running = await startTestDesk({ ...options, open: { clock: () => new Date(now) } });
  const { desk, problems } = parseDeskFile(GOLD, "desk.yaml");
  expect(problems).toEqual([]);
  await importDeskFile(running.desk, desk, "alex@msp.example");
}

async function digest(count: number): Promise<{ text: string; bytes: Buffer }> {
  const { bytes } = await running.mailFor("dana@msp.example", count);
  return { text: (await read(bytes)).text, bytes };
}

test("stands in the digest, and is reminded of when four fifths of the time are over, once", async () => {
  await start();
  await write(running.port, HEADSET);
  const asked = await digest(1);
  expect(asked.text).toMatch(/First answer: +due by 10:00/);
  expect(asked.text).not.toContain("urgent");
  await running.idle();
  now += 47 * MINUTE;
  await sweep(running.desk);
  expect(running.mailsFor("dana@msp.example")).toHaveLength(1);
  now += 2 * MINUTE;
  await sweep(running.desk);
  await sweep(running.desk);
  const reminder = await digest(2);
  expect(reminder.text).toMatch(/came 49 minutes ago[^]*A second headset · first answer due by 10:00/);
  expect(running.mailsFor("dana@msp.example")).toHaveLength(2);
  await reply(running.port, reminder.bytes, { from: "dana@msp.example", top: "approve" });
  await running.mailFor("ana@contoso.example", 1);
});

test("brings a mail at once where the next digest would come too late", async () => {
  await start({ digestEveryMs: 240 * MINUTE });
  await write(running.port, { ...HEADSET, from: "li@fabrikam.example", name: "Li Chen" });
  await write(running.port, HEADSET);
  const asked = await digest(1);
  // The other client was promised nothing, and waits for the round.
  expect(asked.text).toContain("1 draft waits");
  expect(asked.text).toMatch(/One is urgent: #1\d* is P\d, its first answer is due by 10:00\./);
  expect(asked.text).toMatch(/First answer: +due by 10:00/);
});

test("is called late where it is, and a follow-up after the answer has none", async () => {
  await start();
  await write(running.port, HEADSET);
  const first = await digest(1);
  await running.idle();
  now += 90 * MINUTE;
  await write(running.port, { ...HEADSET, subject: "Another one", text: "And a third headset, please." });
  expect((await digest(2)).text).toMatch(/First answer: +due by 11:30/);
  await reply(running.port, first.bytes, {
    from: "dana@msp.example",
    top: "redraft 1: thank her first",
  });
  // The transcript, then the new draft.
  const again = await digest(4);
  expect(again.text).toMatch(/One is urgent: #1\d* is P\d, its first answer was due at 10:00\./);
  await reply(running.port, again.bytes, { from: "dana@msp.example", top: "approve" });
  const sent = await running.mailFor("ana@contoso.example", 1);
  await running.idle();
  const before = running.mailsFor("dana@msp.example").length;
  await reply(running.port, sent.bytes, { from: "ana@contoso.example", top: "Could it be a red one?" });
  const { text } = await digest(before + 1);
  expect(text).toContain("red one");
  expect(text).not.toContain("First answer");
});
