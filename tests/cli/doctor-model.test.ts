import { afterAll, beforeAll, expect, test } from "vitest";
import { examineModel } from "../../src/cli/doctor-model.ts";
import type { OpenAiConfig } from "../../src/config.ts";
import { json, refusal, startModelServer, type ModelServer } from "../support/model-server.ts";
import { startTestDesk, type TestDesk } from "../support/test-desk.ts";

let server: ModelServer;
let desk: TestDesk;
beforeAll(async () => {
  server = await startModelServer(() => json({ sum: 5 }));
  desk = await startTestDesk({ worker: false });
});
afterAll(async () => {
  await desk.close();
  await server.close();
});

const openai = (): OpenAiConfig => ({
  baseUrl: server.url,
  model: "small",
  apiKey: "key-1",
  timeoutMs: 1000,
  maxCostPerDay: 5,
  priceInput: 1,
  priceOutput: 2,
  priceEmbeddings: 1,
  concurrency: 4,
  embeddingsModel: null,
});
const examine = (settings: OpenAiConfig | null) =>
  examineModel(
    { assistant: { engine: settings === null ? "local" : "openai", openai: settings, shadow: null } },
    desk,
  );

test("says that it answers, how long it takes, and what it cost", async () => {
  expect(await examine(openai())).toEqual({
    verdict: "ok",
    detail: expect.stringMatching(
      /^small at http:\/\/127\.0\.0\.1:\d+\/v1 answers in \d+ ms, by schema; today 0\.0014 of 5 is spent$/,
    ) as string,
  });
  expect(await examine({ ...openai(), maxCostPerDay: null, priceInput: 0, priceOutput: 0 })).toMatchObject({
    detail: expect.stringContaining("without prices nothing is counted") as string,
  });
  expect(await examine(null)).toEqual({ verdict: "ok", detail: "the local assistant: it needs no model" });
});

test.each([
  [() => refusal(401, "bad key-1"), /refused the key.*assistant\.openai\.api_key\. Until it answers/],
  [() => refusal(404, "x"), /status 404\).*base_url ends as the service says/],
  [() => ({ silent: true }) as const, /no answer within 1 s\. Raise assistant\.openai\.timeout/],
  [() => ({ raw: "<html>" }), /Is assistant\.openai\.base_url the address of the API/],
  [() => ({ hangUp: true }) as const, /cannot be reached.*Check assistant\.openai\.base_url/],
])("%s is wrong, with what to do", async (reply, says) => {
  server.answer(reply);
  const { verdict, detail } = await examine(openai());
  expect(verdict).toBe("wrong");
  expect(detail).toMatch(says);
  expect(detail).not.toContain("key-1");
});

test("a model that cannot do a small sum as asked is looked at", async () => {
  server.answer(() => json({ sum: "five" }));
  expect(await examine(openai())).toMatchObject({
    verdict: "look",
    detail: expect.stringContaining("a larger model") as string,
  });
});
