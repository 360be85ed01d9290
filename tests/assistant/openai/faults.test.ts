import { afterEach, describe, expect, test } from "vitest";
import { contextOf, mail, requestOf } from "../support.ts";
import { draftAnswer, triageAnswer } from "../../support/scripted-model.ts";
import { json, refusal, startModelServer, type ModelServer, type Reply } from "../../support/model-server.ts";
import { hostedOver } from "./support.ts";

/** Over real HTTP: whatever a model does, the local engine answers in its place, in time, and says why. */

let server: ModelServer;
afterEach(() => server.close());

const message = mail({
  subject: "VPN drops",
  newText: "Hello,\n\nthe VPN drops every hour. canary-words\n\nAna",
});

const faults: readonly (readonly [what: string, reply: Reply, code: string, why: RegExp])[] = [
  ["says nothing", { silent: true }, "late", /no answer within 400 ms/],
  ["begins an answer and stops", { silent: true, afterHead: true }, "late", /no answer within 400 ms/],
  ["hangs up", { hangUp: true }, "unreachable", /cannot be reached/],
  ["fails", { status: 500, body: { error: { message: "you said canary-words" } } }, "failing", /status 500/],
  ["refuses the key", refusal(401, "Incorrect API key: key-1"), "refused-key", /api_key/],
  ["knows no such model", refusal(404, "no model small"), "not-found", /assistant\.openai\.model/],
  ["rejects the question", refusal(400, "canary-words are not nice"), "rejected", /status 400/],
  ["is asked too much", { status: 429, headers: { "retry-after": "60" } }, "limited", /status 429/],
  [
    "answers 2 MB",
    { content: JSON.stringify({ x: "y".repeat(2_000_000) }) },
    "too-long",
    /longer than 400 kB/,
  ],
  ["answers an HTML page", { raw: "<html>canary-words</html>" }, "not-json", /OpenAI-compatible/],
  ["answers an empty object", { raw: "{}" }, "not-json", /no choice/],
  ["answers null", { raw: "null" }, "not-json", /OpenAI-compatible/],
  ["answers no text", { content: null }, "not-json", /no text/],
  ["answers broken JSON", { content: '{"type": {"value": "inc' }, "not-json", /not JSON/],
  ["answers prose", { content: "I think it is the VPN of canary-words" }, "not-json", /not JSON/],
  ["answers another shape", json({ category: "vpn" }), "wrong-shape", /another shape \(type/],
  [
    "answers a confidence of 7",
    json(triageAnswer({ spam: { value: false, confidence: 7, because: "" } })),
    "wrong-shape",
    /spam\.confidence/,
  ],
  [
    "makes up a queue",
    json(triageAnswer({ queue: { value: "Hackers", confidence: 1, because: "" } })),
    "wrong-shape",
    /queue\.value/,
  ],
  ["declines", { content: null, refusal: "I cannot help with canary-words" }, "declined", /declined/],
  ["is held back by its filter", { content: "", finish: "content_filter" }, "declined", /filter/],
  ["is cut off", { content: '{"type":', finish: "length" }, "cut-off", /cut off/],
];

describe("58 · a server that", () => {
  test.each(faults)("%s", async (_, reply, code, why) => {
    server = await startModelServer(() => reply);
    const { engine, fallbacks, outcomes } = hostedOver(server.url, {
      asking: { deadlineMs: code === "late" ? 400 : 8000 },
    });
    const begun = performance.now();
    const triage = await engine.triage(message, contextOf());
    expect(performance.now() - begun).toBeLessThan(code === "late" ? 2500 : 8000);
    expect(triage).toMatchObject({ engine: "local", category: { value: "vpn" } });
    expect(triage.fallback).toMatch(/^openai gave no usable triage, so the local assistant answered: /);
    expect(triage.fallback).toMatch(why);
    expect(outcomes).toEqual([`triage ${code}`]);
    expect(JSON.stringify([fallbacks, triage.fallback])).not.toMatch(/canary|key-1/);
    // A service that failed this mail is not asked again about it.
    const calls = server.calls.length;
    const draft = await engine.draft(requestOf(triage, message, contextOf()));
    expect(draft.body).toMatch(/^Hi Ana,/);
    expect(draft.fallback).toBe(triage.fallback);
    expect(server.calls).toHaveLength(calls);
  });

  test.each<[string, Reply, "answers" | "fails"]>([
    ["answers the small question", json({ sum: 5 }), "answers"],
    ["answers it wrongly: it works all the same", json({ sum: 6 }), "answers"],
    ["is still away", { status: 503 }, "fails"],
  ])("%s", async (_, reply, expected) => {
    server = await startModelServer(() => reply);
    const { model } = hostedOver(server.url);
    const patience = { signal: AbortSignal.timeout(3000), endsAt: performance.now() + 3000 };
    const probed = await model.probe?.(patience).then(
      () => "answers",
      () => "fails",
    );
    expect(probed).toBe(expected);
  });

  test("does not listen", async () => {
    server = await startModelServer(() => ({ silent: true }));
    const { url } = server;
    await server.close();
    const { engine } = hostedOver(url, { asking: { deadlineMs: 1000 } });
    expect((await engine.triage(message, contextOf())).fallback).toMatch(
      /cannot be reached \(ECONNREFUSED\)/,
    );
  });

  test("redirects: the key and the words go nowhere else", async () => {
    const other = await startModelServer(() => json(triageAnswer()));
    server = await startModelServer(() => ({
      status: 307,
      headers: { location: `${other.url}/chat/completions` },
    }));
    const { engine } = hostedOver(server.url, { asking: { deadlineMs: 1000 } });
    expect((await engine.triage(message, contextOf())).engine).toBe("local");
    expect(other.calls).toEqual([]);
    await other.close();
  });

  test("answers the draft wrongly: the triage stands, the local text is shown with the reason", async () => {
    server = await startModelServer((call) =>
      call.body.response_format.json_schema.name === "draft" ? json({ body: "" }) : json(triageAnswer()),
    );
    const { engine, outcomes } = hostedOver(server.url);
    const triage = await engine.triage(message, contextOf());
    const draft = await engine.draft(requestOf(triage, message, contextOf()));
    expect(triage.engine).toBe("openai");
    expect(draft.fallback).toMatch(/no usable draft.*another shape \(body/);
    expect(draft.body).toMatch(/^Hi Ana,/);
    expect(outcomes).toEqual(["triage ok", "draft wrong-shape"]);
  });
});

describe("retries", () => {
  test("a failure that passes is asked again within the deadline", async () => {
    server = await startModelServer((_, count) => (count < 3 ? { status: 503 } : json(triageAnswer())));
    const { engine } = hostedOver(server.url);
    expect((await engine.triage(message, contextOf())).engine).toBe("openai");
    expect(server.calls).toHaveLength(3);
  });

  test("Retry-After is honoured, in seconds and in milliseconds", async () => {
    server = await startModelServer((_, count) =>
      count === 1
        ? { status: 429, headers: { "retry-after": "1" } }
        : count === 2
          ? { status: 429, headers: { "retry-after-ms": "300" } }
          : json(triageAnswer()),
    );
    const { engine } = hostedOver(server.url);
    expect((await engine.triage(message, contextOf())).engine).toBe("openai");
    const [first = 0, second = 0, third = 0] = server.calls.map((call) => call.at);
    expect(second - first).toBeGreaterThanOrEqual(990);
    expect(third - second).toBeGreaterThanOrEqual(290);
    expect(third - second).toBeLessThan(900);
  });

  test("what will not pass is asked once", async () => {
    server = await startModelServer(() => refusal(401, "no"));
    const { engine } = hostedOver(server.url);
    await engine.triage(message, contextOf());
    expect(server.calls).toHaveLength(1);
  });

  test("a service in trouble gets a fifth more calls, not three times as many", async () => {
    server = await startModelServer(() => ({ status: 500 }));
    const hosted = hostedOver(server.url, { asking: { deadlineMs: 3000 } });
    for (let round = 0; round < 40; round += 1) {
      const asked = hosted.model.triage(
        {
          subject: "",
          text: "",
          earlier: [],
          attachments: [],
          sender: "client",
          automatic: false,
          queues: [{ name: "A", skills: [] }],
          categories: ["a"],
        },
        { signal: AbortSignal.timeout(100), endsAt: performance.now() + 10_000 },
      );
      await asked.catch(() => undefined);
    }
    expect(server.calls.length).toBeLessThanOrEqual(40 + 10 + 8);
  });
});

describe("a failing service", () => {
  test("is left alone after five failures, and a config fault at once", async () => {
    server = await startModelServer(() => ({ raw: "{}" }));
    const { engine, outcomes, rests } = hostedOver(server.url);
    for (let count = 0; count < 8; count += 1) await engine.triage(message, contextOf());
    expect(server.calls).toHaveLength(5);
    expect(outcomes.slice(5)).toEqual(["triage resting", "triage resting", "triage resting"]);
    expect(rests).toEqual([expect.stringMatching(/left alone: .* tried again in 30 s/)]);

    server.answer(() => refusal(401, "no"));
    const other = hostedOver(server.url);
    await other.engine.triage(message, contextOf());
    await other.engine.triage(message, contextOf());
    expect(server.calls).toHaveLength(6);
  });

  test("mails that make it decline do not bring it to rest", async () => {
    server = await startModelServer(() => ({ content: null, refusal: "no" }));
    const { engine } = hostedOver(server.url);
    for (let count = 0; count < 8; count += 1) await engine.triage(message, contextOf());
    expect(server.calls).toHaveLength(8);
  });

  test("takes no more than its concurrency at once, and nobody waits without end", async () => {
    server = await startModelServer(async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return json(triageAnswer());
    });
    const { engine, outcomes } = hostedOver(server.url, { asking: { concurrency: 2 } });
    const triages = await Promise.all(Array.from({ length: 14 }, () => engine.triage(message, contextOf())));
    expect(server.most).toBe(2);
    expect(triages.every((triage) => triage.category.value === "vpn")).toBe(true);
    // Two at once and eight in line; the rest is answered without it.
    expect(outcomes.filter((outcome) => outcome === "triage busy")).toHaveLength(4);
    expect(outcomes.filter((outcome) => outcome === "triage ok")).toHaveLength(10);
  });
});

describe("servers of other makes", () => {
  const fenced = `Sure.\n\`\`\`json\n${JSON.stringify(triageAnswer())}\n\`\`\``;
  test.each([
    ["knows no schema", "json_schema is not supported", "json_object"],
    ["knows no response_format at all", "unknown field: response_format", "text"],
  ])("one that %s is asked in an older way, and the next time at once", async (_, words, format) => {
    server = await startModelServer(({ body }) =>
      body.response_format?.type === "json_schema" ||
      (format === "text" && body.response_format !== undefined)
        ? refusal(400, words)
        : { content: fenced },
    );
    const { engine, model } = hostedOver(server.url, { settings: { apiKey: "" } });
    expect((await engine.triage(message, contextOf())).engine).toBe("openai");
    expect(model.chat.dialect().format).toBe(format);
    const calls = server.calls.length;
    await engine.triage(message, contextOf());
    expect(server.calls).toHaveLength(calls + 1);
    // No key is set: none is sent.
    expect(server.calls.every((call) => call.authorization === null)).toBe(true);
  });

  test("one that wants max_tokens, or no temperature, gets it", async () => {
    server = await startModelServer(({ body }) =>
      body.temperature !== undefined
        ? refusal(400, "Unsupported value: 'temperature' does not support 0 with this model.", "temperature")
        : body.max_completion_tokens !== undefined
          ? refusal(422, "max_completion_tokens: extra inputs are not permitted")
          : json(triageAnswer()),
    );
    const { engine, model } = hostedOver(server.url);
    expect((await engine.triage(message, contextOf())).engine).toBe("openai");
    expect(model.chat.dialect()).toEqual({ format: "json_schema", limit: "max_tokens", temperature: false });
    expect(server.calls.at(-1)?.body.max_tokens).toBeGreaterThan(500);
    expect(server.calls[0]?.authorization).toBe("Bearer key-1");
  });

  test("one that thinks aloud, and writes known words in other letters, is understood", async () => {
    const answer = triageAnswer({ queue: { value: "network ", confidence: 0.8, because: "x" } });
    server = await startModelServer(() => ({
      content: `<think>A {vpn} mail?</think>\n${JSON.stringify(answer)}`,
    }));
    const { engine } = hostedOver(server.url);
    expect((await engine.triage(message, contextOf())).queue.value).toBe("Network");
  });
});

test("embeddings come as floats, in order, without secrets", async () => {
  server = await startModelServer(({ body }) => ({
    content: {
      data: body.input
        .map((text: string, index: number) => ({ index, embedding: [text.length, index] }))
        .toReversed(),
      usage: { prompt_tokens: 3, total_tokens: 3 },
    },
  }));
  const { engine } = hostedOver(server.url);
  const vectors = await engine.embeddings?.embed(["one", "the password is Summer24!x", ""]);
  expect(vectors?.map((vector) => vector[1])).toEqual([0, 1, 2]);
  expect(vectors?.[0]).toBeInstanceOf(Float32Array);
  expect(server.calls[0]?.body).toMatchObject({ model: "vectors", encoding_format: "float" });
  expect(JSON.stringify(server.calls[0]?.body)).not.toContain("Summer24");
  server.answer(() => ({ content: { data: [{ index: 0, embedding: [1] }] } }));
  await expect(engine.embeddings?.embed(["a", "b"])).rejects.toThrow(/no vector for each text/);
});

test("a draft is the model's between the desk's greeting and signature", async () => {
  server = await startModelServer((call) =>
    call.body.response_format.json_schema.name === "draft"
      ? json(
          draftAnswer({
            body: "Hello Ana,\n\nSwitch fast rekey off.\n\nKind regards\nDana Wu\nNorthwind Support",
          }),
        )
      : json(triageAnswer()),
  );
  const { engine, model } = hostedOver(server.url);
  const triage = await engine.triage(message, contextOf());
  const draft = await engine.draft(requestOf(triage, message, contextOf()));
  expect(draft.body).toMatch(
    /^Hi Ana,\n\nSwitch fast rekey off\.\n\n(?:Kind regards\n)?Dana Wu\nNorthwind Support$/,
  );
  expect(draft).toMatchObject({ template: "client/vpn", author: `openai ${model.version}` });
  expect(draft.unsourced).toEqual(["Switch fast rekey off."]);
});
