import { describe, expect, it } from "vitest";
import { createAsking, type ModelHealth } from "../../src/assistant/hosted/asking.ts";
import { ModelFailure, type FailureCode } from "../../src/assistant/hosted/model-failure.ts";
import { lookAtModel, MODEL_AFTER_MS, modelObservation } from "../../src/cli/model-watch.ts";

const NOW = new Date("2026-03-02T10:00:00Z");
const HOUR = 3_600_000;
const NOTHING: ModelHealth = { away: null, spent: null, answeredAgoMs: null };
const AWAY = { detail: "the server answered 503", needsPerson: false, restsForMs: 1000 };
const CAP = "the day's cap is reached";

describe("what is seen of a hosted model", () => {
  it.each<[string, ModelHealth, "nothing" | "works" | "trouble" | "urgent"]>([
    ["nobody has asked it", NOTHING, "nothing"],
    ["it answered just now", { ...NOTHING, answeredAgoMs: 1000 }, "works"],
    [
      "it answered long ago, and another process may know better",
      { ...NOTHING, answeredAgoMs: HOUR },
      "nothing",
    ],
    ["it is left alone", { ...NOTHING, away: AWAY, answeredAgoMs: HOUR }, "trouble"],
    ["its key is refused", { ...NOTHING, away: { ...AWAY, needsPerson: true } }, "urgent"],
    ["the day's cap is reached", { ...NOTHING, spent: { detail: CAP, agoMs: HOUR } }, "urgent"],
    [
      "a small question found room since",
      { ...NOTHING, spent: { detail: CAP, agoMs: HOUR }, answeredAgoMs: 1000 },
      "urgent",
    ],
    ["that was yesterday", { ...NOTHING, spent: { detail: CAP, agoMs: 11 * HOUR } }, "works"],
    [
      "that was yesterday, and it is away",
      { ...NOTHING, away: AWAY, spent: { detail: CAP, agoMs: 11 * HOUR } },
      "trouble",
    ],
  ])("%s", (_, health, expected) => {
    const seen = modelObservation(health, NOW);
    const verdict =
      seen === null
        ? "nothing"
        : seen.trouble === null
          ? "works"
          : seen.trouble.urgent
            ? "urgent"
            : "trouble";
    expect(verdict).toBe(expected);
    if (seen !== null) expect(seen).toMatchObject({ part: "model", kind: "model", afterMs: MODEL_AFTER_MS });
  });
});

const failing = (code: FailureCode) => () => Promise.reject(new ModelFailure(code, `it was ${code}`));

describe("the health of the questions", () => {
  it("is away from the fifth failure in a row until an answer", async () => {
    const asking = createAsking({ deadlineMs: 1000, concurrency: 2 });
    for (let count = 0; count < 4; count += 1)
      await asking.ask("triage", failing("failing")).catch(() => undefined);
    expect(asking.health().away).toBeNull();
    await asking.ask("triage", failing("failing")).catch(() => undefined);
    expect(asking.health().away).toMatchObject({ detail: "it was failing", needsPerson: false });
    expect(asking.health().away?.restsForMs).toBeGreaterThan(29_000);
  });

  it("is a person's matter at once where the key is refused", async () => {
    const asking = createAsking({ deadlineMs: 1000, concurrency: 2 });
    await asking.ask("draft", failing("refused-key")).catch(() => undefined);
    expect(asking.health().away).toMatchObject({ needsPerson: true });
  });

  it("tells of the cap and of answers, and takes neither for the other", async () => {
    const asking = createAsking({ deadlineMs: 1000, concurrency: 2 });
    await asking.ask("draft", failing("budget")).catch(() => undefined);
    await asking.ask("triage", () => Promise.resolve("fine"));
    expect(asking.health()).toMatchObject({ away: null, spent: { detail: "it was budget" } });
    expect(asking.health().answeredAgoMs).toBeLessThan(1000);
  });
});

describe("a look", () => {
  const desk = { clock: () => NOW } as Parameters<typeof lookAtModel>[0]["desk"];

  it("tries a model whose rest is over, and not before", async () => {
    let health: ModelHealth = { ...NOTHING, away: { ...AWAY, restsForMs: 1 } };
    let probes = 0;
    const model = {
      health: () => health,
      probe() {
        probes += 1;
        health = { ...NOTHING, answeredAgoMs: 0 };
        return Promise.resolve();
      },
    };
    expect(await lookAtModel({ desk, model })).toMatchObject({ trouble: { detail: AWAY.detail } });
    expect(probes).toBe(0);
    health = { ...NOTHING, away: { ...AWAY, restsForMs: 0 } };
    expect(await lookAtModel({ desk, model })).toMatchObject({ trouble: null });
    expect(probes).toBe(1);
  });

  it("is none without a hosted model", async () => {
    expect(await lookAtModel({ desk, model: null })).toBeNull();
  });
});
