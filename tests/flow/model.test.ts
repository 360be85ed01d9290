import { afterEach, expect, test } from "vitest";
import type { Config } from "../../src/config.ts";
import { importArticles } from "../../src/steps/import-desk.ts";
import { draftsOf } from "../../src/store/drafts.ts";
import { eventsOf } from "../../src/store/events.ts";
import { listMail } from "../../src/store/messages.ts";
import { daySpending } from "../../src/store/model-usage.ts";
import { listTickets } from "../../src/store/tickets.ts";
import { requires } from "../skips.ts";
import { read, reply, write } from "../support/mail-program.ts";
import { json, startModelServer, type Call, type ModelServer, type Reply } from "../support/model-server.ts";
import { freshDatabase } from "../support/postgres.ts";
import { draftAnswer, triageAnswer } from "../support/scripted-model.ts";
import { startTestDesk, type TestDesk } from "../support/test-desk.ts";

/** A desk that is set to a model, over real SMTP and HTTP. */

let server: ModelServer;
const desks: TestDesk[] = [];
afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.close();
  await server.close();
});

const well = (call: Call): Reply =>
  call.body.response_format.json_schema.name === "draft"
    ? json(draftAnswer({ body: "Please switch fast rekey off in the VPN client." }))
    : json(triageAnswer({ impact: { value: "medium", confidence: 0.7, because: "the till" } }));

async function start(
  options: Parameters<typeof startTestDesk>[0] & { openai?: object } = {},
): Promise<TestDesk> {
  const { openai, ...rest } = options;
  const assistant: Config["assistant"] = {
    engine: "openai",
    shadow: null,
    openai: {
      baseUrl: server.url,
      model: "small",
      apiKey: "",
      timeoutMs: 20_000,
      maxCostPerDay: null,
      priceInput: 1,
      priceOutput: 2,
      concurrency: 4,
      embeddingsModel: null,
      ...openai,
    },
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
