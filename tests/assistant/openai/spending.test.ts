import { afterEach, expect, test } from "vitest";
import { contextOf, mail } from "../support.ts";
import { triageAnswer } from "../../support/scripted-model.ts";
import { json, refusal, startModelServer, type ModelServer } from "../../support/model-server.ts";
import { hostedOver, memoryPurse } from "./support.ts";

let server: ModelServer;
afterEach(() => server.close());

const message = mail({ subject: "VPN drops", newText: "The VPN drops." });
const today = new Date().toISOString().slice(0, 10);
/** A call of the test costs 1000 × 1 + 200 × 2 millionths; before it is made, its prompt and longest answer are counted. */
const CALL = 1400;

test("the day's cap is never passed, however many ask at once, and the review says why the local assistant answered", async () => {
  server = await startModelServer(() => json(triageAnswer()));
  const purse = memoryPurse();
  const hosted = hostedOver(server.url, {
    purse,
    settings: { maxCostPerDay: 0.02 },
    asking: { concurrency: 64 },
  });
  const triages = await Promise.all(
    Array.from({ length: 40 }, () => hosted.engine.triage(message, contextOf())),
  );
  const paid = triages.filter((triage) => triage.engine === "openai").length;
  expect(paid).toBeGreaterThan(0);
  expect(paid).toBeLessThan(40);
  expect(server.calls).toHaveLength(paid);
  expect(purse.spent.get(today)).toBe(paid * CALL);
  expect(paid * CALL).toBeLessThanOrEqual(20_000);
  expect(triages.find((triage) => triage.engine === "local")?.fallback).toMatch(
    /the day's cap \(assistant\.openai\.max_cost_per_day, 0\.02\) is reached/,
  );
  // A full purse is not the service's fault: it is not left alone for it.
  expect(hosted.rests).toEqual([]);
});

test("what was refused costs nothing; what was cut off, or has no usage, counts in full", async () => {
  server = await startModelServer(() => refusal(401, "no"));
  const purse = memoryPurse();
  const spent = (): number => purse.spent.get(today) ?? 0;
  const settings = { maxCostPerDay: 1 };
  await hostedOver(server.url, { purse, settings }).engine.triage(message, contextOf());
  expect(spent()).toBe(0);

  server.answer(() => ({ ...json(triageAnswer()), usage: null }));
  await hostedOver(server.url, { purse, settings }).engine.triage(message, contextOf());
  const unknown = spent();
  expect(unknown).toBeGreaterThan(CALL);

  server.answer(() => ({ silent: true }));
  await hostedOver(server.url, { purse, settings, asking: { deadlineMs: 300 } }).engine.triage(
    message,
    contextOf(),
  );
  await expect.poll(spent).toBe(unknown * 2);

  // An answer that nobody can use is paid for as well.
  server.answer(() => json({ nonsense: true }));
  await hostedOver(server.url, { purse, settings }).engine.triage(message, contextOf());
  expect(spent()).toBe(unknown * 2 + CALL);
});

test("a usage that cannot be true is none", async () => {
  server = await startModelServer(() => ({
    ...json(triageAnswer()),
    usage: { prompt_tokens: -5, completion_tokens: 1 },
  }));
  const purse = memoryPurse();
  await hostedOver(server.url, { purse, settings: { maxCostPerDay: 1 } }).engine.triage(message, contextOf());
  expect(purse.spent.get(today)).toBeGreaterThan(CALL);
});
