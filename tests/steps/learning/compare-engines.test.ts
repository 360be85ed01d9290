import { expect, test } from "vitest";
import { agreements, duels, wilson } from "../../../src/steps/learning/compare-engines.ts";
import type { SettledPrediction } from "../../../src/store/predictions.ts";

const said = (messageId: number, engine: string, agreed: boolean): SettledPrediction => ({
  messageId,
  field: "category",
  engine,
  version: "1",
  value: "vpn",
  confidence: 0.8,
  score: null,
  agreed,
});
const SETTLED = [
  said(1, "local", true),
  said(2, "local", true),
  said(3, "local", false),
  said(4, "local", true),
  said(1, "openai", true),
  said(2, "openai", false),
  said(3, "openai", true),
];

test("agreement for each engine, with what it said of itself", () => {
  const [local, openai] = agreements(SETTLED);
  expect(local).toMatchObject({ engine: "local", decided: 4, agreed: 3 });
  expect(local?.confidence).toBeCloseTo(0.8);
  expect(openai).toMatchObject({ engine: "openai", decided: 3, agreed: 2 });
});

test("two engines are held against each other on what both judged", () => {
  expect(duels(SETTLED)).toEqual([
    { field: "category", engines: ["local", "openai"], both: 3, onlyFirst: 1, onlySecond: 1 },
  ]);
});

// Wilson's interval as tables give it.
test.each([
  [0, 0, 0, 1],
  [0, 10, 0, 0.278],
  [5, 10, 0.237, 0.763],
  [95, 100, 0.888, 0.978],
])("%d of %d lies between %d and %d", (agreed, count, low, high) => {
  const [below, above] = wilson(agreed, count);
  expect(below).toBeCloseTo(low, 2);
  expect(above).toBeCloseTo(high, 2);
});
