import { afterEach, expect, test } from "vitest";
import { sweep } from "../../src/steps/sweep.ts";
import { releasesOf } from "../../src/store/releases.ts";
import { listTickets } from "../../src/store/tickets.ts";
import { read, reply, write } from "../support/mail-program.ts";
import { startHeldDesk } from "../support/held-desk.ts";
import { startTestDesk, type TestDesk } from "../support/test-desk.ts";

/** A question changes hands: the next person signs, and time that passes brings somebody else. */

let running: TestDesk;
afterEach(() => running.close());

const VPN = {
  from: "ana@contoso.example",
  name: "Ana Ruiz",
  subject: "VPN drops every hour",
  text: "My VPN disconnects every hour.",
};

async function textOf(address: string, count: number): Promise<string> {
  return (await read((await running.mailFor(address, count)).bytes)).text;
}

test("rerouted to a colleague: the draft is in the colleague's name, and approving it does not route it back", async () => {
  running = await startTestDesk();
  await write(running.port, VPN);
  const first = await running.mailFor("dana@msp.example", 1);
  await reply(running.port, first.bytes, { from: "dana@msp.example", top: "reroute 1 to Kim" });
  const second = await running.mailFor("kim@msp.example", 1);
  const asked = (await read(second.bytes)).text;
  expect(asked).toContain("Kim Sato\nNorthwind Support\n[[ end of draft 1 ]]");
  expect(asked).not.toMatch(/Approve also: .*Route to/);
  await reply(running.port, second.bytes, { from: "kim@msp.example", top: "approve" });
  const mail = await read((await running.mailFor("ana@contoso.example", 1)).bytes);
  expect(mail.from[0]?.name).toBe("Kim Sato · Northwind Support");
  expect(mail.text).not.toContain("Dana");
  await running.idle();
  const [ticket] = await listTickets(running.desk.database.reader, { limit: 1 });
  expect(ticket).toMatchObject({ assigneeId: 2, queue: "Service Desk" });
});

test("nobody answers: one reminder that can be answered, then the next in line is asked", async () => {
  let now = Date.now();
  running = await startTestDesk({ open: { clock: () => new Date(now) } });
  await write(running.port, VPN);
  const first = await running.mailFor("dana@msp.example", 1);
  await running.idle();
  now += 4.1 * 60 * 60 * 1000;
  await sweep(running.desk);
  await sweep(running.desk);
  const reminder = await running.mailFor("dana@msp.example", 2);
  expect((await read(reminder.bytes)).text).toContain("still waits");
  expect(running.mailsFor("dana@msp.example")).toHaveLength(2);
  now += 4 * 60 * 60 * 1000;
  await sweep(running.desk);
  await running.idle();
  const next = running.relay.mails.filter((mail) => mail.to[0] !== "dana@msp.example");
  expect(next).toHaveLength(1);
  await reply(running.port, first.bytes, { from: "dana@msp.example", top: "approve" });
  expect(await textOf("dana@msp.example", 3)).toMatch(/no longer current: the next in line was asked/);
  expect(running.mailsFor("ana@contoso.example")).toHaveLength(0);
});

test("a reply to the reminder counts", async () => {
  let now = Date.now();
  running = await startTestDesk({ open: { clock: () => new Date(now) } });
  await write(running.port, VPN);
  await running.mailFor("dana@msp.example", 1);
  await running.idle();
  now += 4.1 * 60 * 60 * 1000;
  await sweep(running.desk);
  await reply(running.port, (await running.mailFor("dana@msp.example", 2)).bytes, {
    from: "dana@msp.example",
    top: "approve",
  });
  await running.mailFor("ana@contoso.example", 1);
  expect(
    (await releasesOf(running.desk.database.reader, 1)).map((release) => release.authorisation.kind),
  ).toEqual(["decision"]);
});

test("an expired digest releases nothing, and what waits is asked again", async () => {
  let now = Date.now();
  running = await startTestDesk({ open: { clock: () => new Date(now) } });
  await write(running.port, VPN);
  const first = await running.mailFor("dana@msp.example", 1);
  await running.idle();
  now += 73 * 60 * 60 * 1000;
  await reply(running.port, first.bytes, { from: "dana@msp.example", top: "approve" });
  expect(await textOf("dana@msp.example", 2)).toMatch(/expired/);
  expect(running.mailsFor("ana@contoso.example")).toHaveLength(0);
  await sweep(running.desk);
  await running.idle();
  expect(running.relay.mails.length).toBeGreaterThan(2);
});

test("pause calls back an acknowledgement that is still held; what a person released goes", async () => {
  const held = await startHeldDesk({
    yaml: `
policies:
  - { action: acknowledge, rung: supervised, maxError: 0.9, template: client/acknowledge }
`,
  });
  running = held;
  await write(running.port, {
    from: "li@fabrikam.example",
    subject: "VPN drops",
    text: "My VPN drops every hour.",
  });
  const digest = await running.mailFor("dana@msp.example", 1);
  await reply(running.port, digest.bytes, { from: "dana@msp.example", top: "approve" });
  // The answer says that it is held: the approval is through.
  await running.mailFor("dana@msp.example", 2);
  await running.desk.database.db("settings").insert({ name: "paused", value: "1" });
  await held.holdIsOver();
  await running.mailFor("li@fabrikam.example", 1);
  await running.idle();
  const releases = await releasesOf(running.desk.database.reader, 1);
  expect(releases.map((release) => [release.authorisation.kind, release.status])).toEqual([
    ["grant", "cancelled"],
    ["decision", "accepted"],
  ]);
  expect(running.mailsFor("li@fabrikam.example")).toHaveLength(1);
});

test("after a stop or a reject, redraft brings another draft that can be approved by mail", async () => {
  const held = await startHeldDesk();
  running = held;
  await write(running.port, VPN);
  const first = await running.mailFor("dana@msp.example", 1);
  await reply(running.port, first.bytes, { from: "dana@msp.example", top: "approve" });
  await running.mailFor("dana@msp.example", 2);
  await reply(running.port, first.bytes, { from: "dana@msp.example", top: "stop" });
  expect(await textOf("dana@msp.example", 3)).toMatch(/Stopped.*redraft 1/s);
  await reply(running.port, first.bytes, {
    from: "dana@msp.example",
    top: "redraft 1: say we will call her today",
  });
  const texts = await Promise.all([4, 5].map((count) => textOf("dana@msp.example", count)));
  const second = running
    .mailsFor("dana@msp.example")
    .slice(3)
    .find((_, index) => texts[index]?.includes("[[ draft 1"));
  if (second === undefined) throw new Error("no second digest");
  await reply(running.port, second.bytes, { from: "dana@msp.example", top: "reject: no" });
  await running.mailFor("dana@msp.example", 6);
  await reply(running.port, second.bytes, { from: "dana@msp.example", top: "redraft 1: shorter" });
  const later = await Promise.all([7, 8].map((count) => textOf("dana@msp.example", count)));
  const third = running
    .mailsFor("dana@msp.example")
    .slice(6)
    .find((_, index) => later[index]?.includes("[[ draft 1"));
  if (third === undefined) throw new Error("no third digest");
  await reply(running.port, third.bytes, { from: "dana@msp.example", top: "approve" });
  await running.mailFor("dana@msp.example", 9);
  await held.holdIsOver();
  await running.mailFor("ana@contoso.example", 1);
  await running.idle();
  expect(running.mailsFor("ana@contoso.example")).toHaveLength(1);
});

test("a digest request that was lost is made again", async () => {
  let now = Date.now();
  running = await startTestDesk({ worker: false, open: { clock: () => new Date(now) } });
  const { handleMessage } = await import("../../src/steps/handle.ts");
  await write(running.port, VPN);
  await handleMessage(running.desk, 1);
  await running.desk.database.db("jobs").del();
  now += 45_000;
  await sweep(running.desk);
  expect(await running.desk.database.db("jobs").select("kind", "key")).toEqual([
    { kind: "send-digest", key: "technician-1" },
  ]);
});

test("a draft that would hold a marker line is shown without it, and the digest comes", async () => {
  running = await startTestDesk();
  await running.desk.database.db("articles").update({
    body: "VPN drops.\n\n1. Open the client.\n[[ end of draft 1 ]]\n2. Switch it off.",
  });
  await write(running.port, VPN);
  const digest = (await read((await running.mailFor("dana@msp.example", 1)).bytes)).text;
  expect(digest.match(/end of draft 1/g)).toHaveLength(1);
});

const part = (type: string, name: string) =>
  `--b\nContent-Type: ${type}; name="${name}"\nContent-Disposition: attachment; filename="${name}"\n\nx\n`;

test("what the client attached is named in the digest", async () => {
  running = await startTestDesk();
  await write(running.port, {
    ...VPN,
    headers: { "Content-Type": "multipart/mixed; boundary=b" },
    text: `--b\nContent-Type: text/plain\n\nMy VPN drops, see the log.\n${part("text/plain", "vpn.log")}${part("image/png", "screen.png")}--b--`,
  });
  const digest = (await read((await running.mailFor("dana@msp.example", 1)).bytes)).text;
  expect(digest).toContain("Attached: vpn.log, screen.png");
});
