import { afterEach, expect, test } from "vitest";
import type { Config, OpenAiConfig } from "../../src/config.ts";
import { importArticles } from "../../src/steps/admin/import-desk.ts";
import { draftsOf } from "../../src/store/drafts.ts";
import { eventsOf } from "../../src/store/events.ts";
import { listMail } from "../../src/store/messages.ts";
import { daySpending } from "../../src/store/model-usage.ts";
import { recordPredictions, settlePredictions } from "../../src/store/predictions.ts";
import { listTickets } from "../../src/store/tickets.ts";
import { requires } from "../skips.ts";
import { read, reply, write } from "../support/mail-program.ts";
import {
  json,
  settingsFor,
  startModelServer,
  type Call,
  type ModelServer,
  type Reply,
} from "../support/model-server.ts";
import { freshDatabase } from "../support/postgres.ts";
import { draftAnswer, triageAnswer } from "../support/scripted-model.ts";
import { startTestDesk, type TestDesk, type TestDeskOptions } from "../support/test-desk.ts";

/** A desk that is set to a model, over real SMTP and HTTP. */

let server: ModelServer;
const desks: TestDesk[] = [];
const STAFF = /@msp\.example$/;
afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.close();
  await server.close();
});

const well = (call: Call): Reply =>
  call.body.response_format.json_schema.name === "draft"
    ? json(draftAnswer({ body: "Please switch fast rekey off in the VPN client." }))
    : json(triageAnswer({ impact: { value: "medium", confidence: 0.7, because: "the till" } }));

async function start(
  options: Omit<TestDeskOptions, "assistant"> & {
    openai?: Partial<OpenAiConfig>;
    assistant?: Partial<Config["assistant"]>;
  } = {},
): Promise<TestDesk> {
  const { openai, assistant: set, ...rest } = options;
  const assistant: Config["assistant"] = {
    engine: "openai",
    shadow: null,
    openai: settingsFor(server, openai),
    ...set,
  };
  const desk = await startTestDesk({ ...rest, assistant });
  desks.push(desk);
  return desk;
}

const li = { from: "li@fabrikam.example", name: "Li Chen" };
const vpn = { ...li, subject: "VPN drops", text: "Hello,\n\nmy VPN drops every hour at the till.\n\nLi" };

test("its draft is reviewed, approved and sent between the desk's greeting and signature", async () => {
  server = await startModelServer(well);
  const desk = await start();
  await write(desk.port, vpn);
  await desk.idle();
  const digest = desk.relay.mails.findLast((mail) => (mail.to[0] ?? "").endsWith("@msp.example"));
  const shown = await read(digest?.bytes ?? Buffer.alloc(0));
  expect(shown.text).toContain("Please switch fast rekey off in the VPN client.");
  expect(shown.text).not.toContain("local assistant answered");
  await reply(desk.port, digest?.bytes ?? Buffer.alloc(0), { from: digest?.to[0] ?? "", top: "approve" });
  const sent = await read((await desk.mailFor("li@fabrikam.example")).bytes);
  expect(sent.text).toMatch(
    /^Hi Li,\s+Please switch fast rekey off in the VPN client\.\s+\S+ \S+\s+Northwind Support/,
  );
  const [message] = (await listMail(desk.desk.database.reader, { limit: 10 })).filter(
    (one) => one.triage !== null,
  );
  expect(message?.triage).toMatchObject({ engine: "openai", impact: { value: "medium" } });
  // One call for the triage, one for the draft.
  expect(server.calls).toHaveLength(2);
  expect(JSON.stringify(server.calls.map((call) => call.body))).not.toMatch(/Li Chen|fabrikam|Dana/);
});

test("58 · a silent model costs one deadline, then nothing: every mail is answered, and says why", async () => {
  server = await startModelServer(() => ({ silent: true }));
  const desk = await start({ openai: { timeoutMs: 1000, concurrency: 8 } });
  const begun = performance.now();
  for (let count = 0; count < 12; count += 1)
    await write(desk.port, { ...vpn, subject: `VPN drops ${count}` });
  await desk.idle(60_000);
  expect(performance.now() - begun).toBeLessThan(40_000);
  const { reader } = desk.desk.database;
  const tickets = await listTickets(reader, { limit: 50 });
  expect(tickets).toHaveLength(12);
  for (const ticket of tickets) {
    const [draft] = await draftsOf(reader, ticket.id);
    expect(draft?.content.body).toMatch(/^Hi Li,/);
    const triaged = (await eventsOf(reader, [`ticket:${ticket.id}`])).find(
      (one) => one.kind === "message.triaged",
    );
    expect(triaged?.sentence).toMatch(
      /local assistant answered: (?:no answer within 1 s|it failed again and again)/,
    );
    expect(triaged?.evidence["fallback"]).toBeTypeOf("string");
  }
  // Five or a few more were asked; the others were not made to wait.
  expect(server.calls.length).toBeLessThan(12);
});

test("29 · canaries in notes and in another client's tickets and articles are in no question and no draft", async () => {
  server = await startModelServer(well);
  const desk = await start();
  const fabrikam = (await desk.desk.database.reader("clients").where({ name: "Fabrikam" }).first("id")) as {
    id: number;
  };
  await importArticles(
    desk.desk,
    [
      {
        title: "VPN of Fabrikam drops",
        source: "f.md",
        body: "When the VPN drops: canary-article.",
        clientId: fabrikam.id,
      },
    ],
    "alex@msp.example",
  );
  for (let count = 0; count < 5; count += 1)
    await write(desk.port, {
      ...li,
      subject: `VPN drops canary-subject-${count}`,
      text: `My VPN drops at the till. canary-body-${count}`,
    });
  await desk.idle(60_000);
  const digest = desk.relay.mails.findLast((mail) => (mail.to[0] ?? "").endsWith("@msp.example"));
  await reply(desk.port, digest?.bytes ?? Buffer.alloc(0), {
    from: digest?.to[0] ?? "",
    top: "note 1: canary-note",
  });
  await desk.idle();
  expect(server.calls.some((call) => call.text.includes("canary-article"))).toBe(true);
  const before = server.calls.length;
  for (let count = 0; count < 10; count += 1)
    await write(desk.port, {
      from: "ana@contoso.example",
      subject: `VPN drops ${count}`,
      text: "My VPN drops at the till since the update.",
    });
  await desk.idle(60_000);
  const asked = server.calls.slice(before);
  expect(asked).toHaveLength(20);
  for (const call of asked) expect(JSON.stringify(call.body)).not.toContain("canary");
  for (const ticket of await listTickets(desk.desk.database.reader, { limit: 50 }))
    if (ticket.requesterAddress === "ana@contoso.example")
      expect(JSON.stringify(await draftsOf(desk.desk.database.reader, ticket.id))).not.toContain("canary");
}, 120_000);

test.skipIf(!requires("postgres"))(
  "two workers share the day's cap, and a restart keeps it",
  async () => {
    server = await startModelServer(well);
    const databaseUrl = await freshDatabase();
    // Room for some calls of 0.0014 each; before each is made, its greatest cost is set aside.
    const openai = { maxCostPerDay: 0.03, concurrency: 16 };
    const first = await start({ databaseUrl, openai });
    const second = await start({ databaseUrl, openai, relay: first.relay, directory: first.directory });
    for (let count = 0; count < 20; count += 1)
      await write((count % 2 === 0 ? first : second).port, { ...vpn, subject: `VPN drops ${count}` });
    await first.idle(60_000);
    await second.idle(60_000);
    const today = new Date().toISOString().slice(0, 10);
    const spent = await daySpending(first.desk.database.reader, today);
    expect(spent.spentMicros).toBe(server.calls.length * 1400);
    expect(spent.spentMicros).toBeLessThanOrEqual(30_000);
    expect(server.calls.length).toBeGreaterThan(5);
    const mails = (await listMail(first.desk.database.reader, { limit: 50 })).filter(
      (one) => one.triage !== null,
    );
    expect(mails).toHaveLength(20);
    expect(mails.some((mail) => mail.triage?.fallback?.includes("cap"))).toBe(true);
    await second.close();
    desks.pop();
    const again = await start({
      databaseUrl,
      openai: { ...openai, maxCostPerDay: spent.spentMicros / 1_000_000 },
      relay: first.relay,
      directory: first.directory,
    });
    const before = server.calls.length;
    await write(again.port, { ...vpn, subject: "VPN drops again" });
    await again.idle(60_000);
    expect(server.calls.length).toBeLessThanOrEqual(before + 2);
  },
  180_000,
);

const CHOSEN = ["type", "category", "queue", "impact", "urgency"] as const;

test("in the shadow it decides nothing, and what it says is held against the person's word", async () => {
  server = await startModelServer(well);
  const desk = await start({ assistant: { engine: "local", shadow: "openai" } });
  await write(desk.port, vpn);
  await desk.idle();
  const { reader } = desk.desk.database;
  const [draft] = await draftsOf(reader, 1);
  expect(draft?.author).toMatch(/^local /);
  const digest = desk.relay.mails.findLast((mail) => STAFF.test(mail.to[0] ?? ""));
  await reply(desk.port, digest?.bytes ?? Buffer.alloc(0), { from: digest?.to[0] ?? "", top: "approve" });
  await desk.idle();
  const rows = (await reader("predictions").where({ field: "category" })) as Record<string, unknown>[];
  expect(rows).toHaveLength(2);
  for (const row of rows) expect(row).toMatchObject({ value: "vpn", actual: "vpn" });
  expect(rows.find((row) => row["engine"] === "openai")).toMatchObject({ score: 0.9, confidence: 0.85 });
  // A draft in the shadow would be paid for and read by nobody.
  expect(server.calls).toHaveLength(1);
});

test("its confidence becomes what people found of it, for this model alone", async () => {
  server = await startModelServer(well);
  let later = 0;
  const desk = await start({ open: { clock: () => new Date(Date.now() + later) } });
  const newest = async () => (await listMail(desk.desk.database.reader, { limit: 1 }))[0];
  await write(desk.port, vpn);
  await desk.idle();
  const first = await newest();
  expect(first?.triage?.category).toMatchObject({ confidence: 0.85, expectedError: 1, decisions: 0 });
  const { db } = desk.desk.database;
  for (const [version, count, right] of [
    [first?.triage?.version ?? "", 40, true],
    ["another model", 60, false],
  ] as const)
    for (let one = 0; one < count; one += 1) {
      const [{ id }] = (await db("messages")
        .insert({ status: "filed", direction: "in", source: "smtp", received_at: new Date().toISOString() })
        .returning("id")) as [{ id: number }];
      const now = new Date().toISOString();
      const said = { field: "category", value: "vpn", confidence: 0.85, score: 0.9 } as const;
      await recordPredictions(db, { messageId: id, engine: "openai", version }, [said], now);
      await settlePredictions(
        db,
        id,
        [{ field: "category", label: right ? "vpn" : "email", refuted: false }],
        null,
        now,
      );
    }
  later = 61_000;
  await write(desk.port, { ...vpn, subject: "VPN drops again" });
  await desk.idle();
  const category = (await newest())?.triage?.category;
  expect(category?.decisions).toBe(40);
  expect(category?.expectedError).toBeCloseTo(0.056, 2);
  expect(category?.confidence).toBeGreaterThan(0.93);
  expect(CHOSEN.filter((field) => first?.triage?.[field].expectedError !== 1)).toEqual([]);
});
