import { afterEach, expect, test } from "vitest";
import { examineVectors } from "../../src/cli/doctor-model.ts";
import type { Config, OpenAiConfig } from "../../src/config.ts";
import type { Triage } from "../../src/desk/triage.ts";
import { embedArticles } from "../../src/steps/triage/embed-articles.ts";
import { importArticles } from "../../src/steps/admin/import-desk.ts";
import { countVectors } from "../../src/store/article-vectors.ts";
import { eventsOf } from "../../src/store/events.ts";
import { listMail } from "../../src/store/messages.ts";
import { allSpending } from "../../src/store/model-usage.ts";
import { requires } from "../skips.ts";
import { read, write } from "../support/mail-program.ts";
import {
  json,
  refusal,
  settingsFor,
  startModelServer,
  type Call,
  type ModelServer,
  type Reply,
} from "../support/model-server.ts";
import { freshDatabase } from "../support/postgres.ts";
import { draftAnswer, triageAnswer } from "../support/scripted-model.ts";
import { eventually, startTestDesk, type TestDesk, type TestDeskOptions } from "../support/test-desk.ts";

/** Articles found by what they mean, over real SMTP and a server that speaks OpenAI's protocol. */

let server: ModelServer;
const desks: TestDesk[] = [];
afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.close();
  await server.close();
});

/** What each number of a vector stands for; all texts have something in common, as with real models. */
const CONCEPTS = [/headset|hears? me|voice/i, /vpn|tunnel/i, /invoice|bill/i, /toner|printer/i, /parking/i];

function vectorOf(text: string): readonly number[] {
  return [0.5, ...CONCEPTS.map((concept) => (concept.test(text) ? 1 : 0))];
}

const asVectors = (call: Call, of = vectorOf): Reply => ({
  content: {
    data: (call.body.input as string[]).map((text, index) => ({ index, embedding: of(text) })),
    usage: { prompt_tokens: 10, total_tokens: 10 },
  },
});

const asLongerVectors = (call: Call): Reply => asVectors(call, (text) => [...vectorOf(text), 0, 0]);

const isAboutVectors = (call: Call): boolean => call.path.endsWith("/embeddings");

function answer(call: Call, vectors: (call: Call) => Reply = asVectors): Reply {
  if (isAboutVectors(call)) return vectors(call);
  return call.body.response_format.json_schema.name === "draft"
    ? json(draftAnswer({ body: "We are looking into it." }))
    : json(triageAnswer());
}

async function start(
  openai: Partial<OpenAiConfig> = {},
  rest: Omit<TestDeskOptions, "assistant"> = {},
): Promise<TestDesk> {
  const assistant: Config["assistant"] = {
    engine: "openai",
    shadow: null,
    openai: settingsFor(server, { embeddingsModel: "small-vectors", ...openai }),
  };
  const desk = await startTestDesk({ ...rest, assistant });
  desks.push(desk);
  return desk;
}

const ARTICLES = [
  {
    title: "Headset stays silent in Teams",
    body: "Choose the headset under Settings, Devices.",
    clientId: null,
  },
  {
    title: "Toner is ordered by the desk",
    body: "Each printer reports its toner by itself.",
    clientId: null,
  },
  { title: "Parking at the head office", body: "Guests book parking at the reception.", clientId: null },
];

async function importAll(
  desk: TestDesk,
  articles: readonly { title: string; body: string; clientId: number | null }[],
) {
  await importArticles(
    desk.desk,
    articles.map((one) => ({ ...one, source: `${one.title}.md` })),
    "alex@msp.example",
  );
}

/** No word of it stands in any article. */
const silent = {
  from: "li@fabrikam.example",
  name: "Li Chen",
  subject: "Colleagues complain",
  text: "Hello,\n\nwhenever I ring somebody nobody hears me.\n\nLi",
};

async function triaged(desk: TestDesk, count = 1): Promise<readonly Triage[]> {
  const found = await eventually(async () => {
    const mails = (await listMail(desk.desk.database.reader, { limit: 50 })).filter(
      (one) => one.triage !== null,
    );
    return mails.length >= count ? mails : undefined;
  }, 30_000);
  return (found ?? []).flatMap((one) => one.triage ?? []);
}

const waiting = async (desk: TestDesk): Promise<number> =>
  (await countVectors(desk.desk.database.reader, "small-vectors")).waiting;

const titles = (triage: Triage | undefined): readonly string[] =>
  (triage?.articles ?? []).map((article) => article.title);

const databases = [
  { name: "SQLite", open: async (): Promise<TestDeskOptions> => ({}) },
  ...(requires("postgres")
    ? [
        {
          name: "PostgreSQL",
          open: async (): Promise<TestDeskOptions> => ({ databaseUrl: await freshDatabase() }),
        },
      ]
    : []),
];

test.each(databases)(
  "on $name a question that shares no word with the article is answered by it, and never without vectors",
  async ({ open }) => {
    server = await startModelServer((call) => answer(call));
    const desk = await start({}, await open());
    await importAll(desk, ARTICLES);
    await desk.idle();
    expect(await waiting(desk)).toBe(0);
    // All four in two calls at the most: the desk's own one, then the import's three.
    expect(server.calls.filter(isAboutVectors).length).toBeLessThanOrEqual(2);
    await write(desk.port, silent);
    await desk.idle();
    const [triage] = await triaged(desk);
    expect(titles(triage)).toEqual(["Headset stays silent in Teams"]);
    expect(triage?.lookUp).toBeUndefined();
    const digest = await read(
      desk.relay.mails.findLast((mail) => (mail.to[0] ?? "").endsWith("@msp.example"))?.bytes ??
        Buffer.alloc(0),
    );
    expect(digest.text).toContain("Headset stays silent in Teams");

    const without = await start({ embeddingsModel: null }, await open());
    await importAll(without, ARTICLES);
    await write(without.port, silent);
    await without.idle();
    expect(titles((await triaged(without))[0])).toEqual([]);
  },
);

test("no reply goes out alone with an article that a model chose, but with one whose words the mail uses", async () => {
  // The template's own draft: what a model writes is never let out alone.
  server = await startModelServer((call) =>
    call.body.response_format?.json_schema.name === "draft" ? { status: 500 } : answer(call),
  );
  const yaml = `
policies:
  - { action: reply, rung: conditional, maxError: 1, template: client/vpn }
`;
  const desk = await start({}, { yaml });
  await importAll(desk, ARTICLES);
  await desk.idle();
  await write(desk.port, silent);
  await desk.idle();
  expect((await triaged(desk))[0]?.articles).toMatchObject([{ byMeaningAlone: true }]);
  expect(desk.mailsFor(silent.from)).toEqual([]);
  const asked = desk.relay.mails.find((mail) => (mail.to[0] ?? "").endsWith("@msp.example"));
  expect((await read(asked?.bytes ?? Buffer.alloc(0))).text).toContain("Found by its meaning.");
  await write(desk.port, {
    ...silent,
    subject: "Headset stays silent in Teams",
    text: "Hello,\n\nmy headset stays silent in Teams, whatever I choose under devices.\n\nLi",
  });
  const sent = await read((await desk.mailFor(silent.from)).bytes);
  expect(sent.text).toContain("Choose the headset under Settings");
}, 60_000);

test("29 · what leaves for a vector holds no secret, and no other client's article is found by it", async () => {
  server = await startModelServer((call) => answer(call));
  const desk = await start();
  const { id: contoso } = (await desk.desk.database
    .reader("clients")
    .where({ name: "Contoso" })
    .first("id")) as { id: number };
  await importAll(desk, [
    ...ARTICLES.slice(1),
    { title: "Headset of Contoso", body: "Their headset password is Winter24!x", clientId: contoso },
    // Enough of them to fill what is looked at first.
    ...Array.from({ length: 120 }, (_, n) => ({
      title: `Headset note ${n}`,
      body: "Voice.",
      clientId: contoso,
    })),
  ]);
  await desk.idle();
  await write(desk.port, { ...silent, text: "Nobody hears me. My password is Summer24!x, try it yourself." });
  await desk.idle();
  expect(titles((await triaged(desk))[0])).toEqual([]);
  await importAll(desk, [
    { title: "Silent microphone", body: "The voice goes to the wrong device.", clientId: null },
  ]);
  await desk.idle();
  await write(desk.port, { ...silent, subject: "Still" });
  await desk.idle();
  expect(titles((await triaged(desk, 2))[0])).toEqual(["Silent microphone"]);
  const told = JSON.stringify(server.calls.map((call) => call.body as unknown));
  expect(told).toContain("try it yourself");
  expect(told).not.toMatch(/Summer24|Winter24|fabrikam/);
}, 60_000);

test("58 · a model of vectors that is silent costs two seconds, then words do alone and the log says why", async () => {
  server = await startModelServer((call) => answer(call));
  const desk = await start();
  await importAll(desk, ARTICLES);
  await desk.idle();
  server.answer((call) => answer(call, () => ({ silent: true })));
  const begun = performance.now();
  await write(desk.port, {
    ...silent,
    subject: "Our headset stays silent",
    text: "The headset is silent in Teams.",
  });
  const [triage] = await triaged(desk);
  expect(performance.now() - begun).toBeLessThan(10_000);
  expect(titles(triage)).toEqual(["Headset stays silent in Teams"]);
  expect(triage?.lookUp).toBe(
    "Articles were looked up by words alone: small-vectors gave no vector: no answer within 2 s.",
  );
  await desk.idle();
  const events = await eventsOf(desk.desk.database.reader, ["ticket:1"]);
  expect(events.find((one) => one.kind === "message.triaged")?.evidence["lookUp"]).toBe(triage?.lookUp);
});

test("articles wait while the model is away or the day's cap is reached, and lose nothing by it", async () => {
  server = await startModelServer((call) => answer(call, () => ({ status: 503 })));
  const lines: string[] = [];
  const desk = await start({ maxCostPerDay: 0.001 }, { onLog: (line) => void lines.push(line) });
  await importAll(desk, ARTICLES);
  const warned = await eventually(
    () => lines.find((line) => line.includes("articles wait for their vectors")),
    30_000,
  );
  expect(JSON.parse(warned ?? "{}")).toMatchObject({ model: "small-vectors", code: "failing", made: 0 });
  expect(await waiting(desk)).toBe(4);
  expect(await examineVectors(desk.open.config, desk)).toMatchObject({
    verdict: "wrong",
    detail: expect.stringContaining(
      "found by their words alone; 0 of 4 articles have one, 4 wait.",
    ) as string,
  });
  server.answer((call) => answer(call));
  await embedArticles(desk.desk, { check: false });
  expect(await waiting(desk)).toBe(0);
  const { spentMicros } = await allSpending(desk.desk.database.reader);
  expect(spentMicros).toBeGreaterThan(0);
  // More than is left of the cap: not even asked.
  await importAll(desk, [{ title: "Long", body: "parking ".repeat(2000), clientId: null }]);
  const calls = server.calls.length;
  await embedArticles(desk.desk, { check: false });
  expect(server.calls).toHaveLength(calls);
  expect(await waiting(desk)).toBe(1);
  expect(lines.some((line) => line.includes('"code":"budget"'))).toBe(true);
}, 60_000);

test("a text that the model refuses is found out, noted, and holds up no other", async () => {
  server = await startModelServer((call) =>
    answer(call, () =>
      (call.body.input as string[]).some((text) => text.includes("Toner"))
        ? refusal(400, "This input cannot be embedded")
        : asVectors(call),
    ),
  );
  const desk = await start();
  await importAll(desk, ARTICLES);
  await desk.idle();
  const counts = () => countVectors(desk.desk.database.reader, "small-vectors");
  expect(await counts()).toEqual({ articles: 4, waiting: 0, refused: 1 });
  const calls = server.calls.length;
  await embedArticles(desk.desk, { check: false });
  expect(server.calls).toHaveLength(calls);
  expect(await examineVectors(desk.open.config, desk)).toEqual({
    verdict: "look",
    detail: expect.stringMatching(
      /^small-vectors at \S+ answers in \d+ ms with 6 numbers; 3 of 4 articles have one, 1 refused by it and found by words alone$/,
    ) as string,
  });
  // Once it reads otherwise it is sent again.
  await importAll(desk, [
    { ...(ARTICLES[1] ?? { title: "", clientId: null }), body: "Ink comes by itself." },
  ]);
  await desk.idle();
  expect(await counts()).toMatchObject({ waiting: 0, refused: 1 });
  expect(server.calls.length).toBeGreaterThan(calls);
});

test("a model that was changed under its name is noticed by a mail, and all articles are made anew", async () => {
  server = await startModelServer((call) => answer(call));
  const desk = await start();
  await importAll(desk, ARTICLES);
  await desk.idle();
  server.answer((call) => answer(call, asLongerVectors));
  await write(desk.port, silent);
  await desk.idle();
  const [first] = await triaged(desk);
  expect(first?.lookUp).toMatch(/vectors of 8 numbers, the articles' 6/);
  expect(await waiting(desk)).toBe(0);
  await write(desk.port, { ...silent, subject: "Again" });
  await desk.idle();
  const [second] = await triaged(desk, 2);
  expect([titles(second), second?.lookUp]).toEqual([["Headset stays silent in Teams"], undefined]);
}, 60_000);

test("an article that only changed hands is not sent again", async () => {
  server = await startModelServer((call) => answer(call));
  const desk = await start();
  await importAll(desk, ARTICLES);
  await desk.idle();
  const calls = server.calls.length;
  const { id } = (await desk.desk.database.reader("clients").where({ name: "Contoso" }).first("id")) as {
    id: number;
  };
  await importAll(desk, [{ ...(ARTICLES[0] ?? { title: "", body: "" }), clientId: id }]);
  await desk.idle();
  expect(await waiting(desk)).toBe(0);
  expect(server.calls).toHaveLength(calls);
  await write(desk.port, silent);
  await desk.idle();
  expect(titles((await triaged(desk))[0])).toEqual([]);
});
