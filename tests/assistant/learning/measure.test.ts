import { describe, expect, it } from "vitest";
import {
  accuracy,
  calibrationError,
  coverage,
  macroF1,
  type Answered,
} from "../../../src/assistant/learning/measure.ts";

const answer = (predicted: string, right: string, confidence = 0.9, expectedError = 0.1): Answered => ({
  predicted,
  right,
  confidence,
  expectedError,
});

describe("measuring predictions", () => {
  it("counts labels alike for macro-F1, and answers alike for accuracy", () => {
    const answers = [answer("a", "a"), answer("a", "a"), answer("a", "a"), answer("a", "b")];
    expect(accuracy(answers)).toBe(0.75);
    expect(macroF1(answers)).toBeCloseTo((6 / 7 + 0) / 2);
  });

  it("finds confidence that says more than comes true", () => {
    const answers = [
      answer("a", "a", 0.9),
      answer("a", "b", 0.9),
      answer("a", "a", 0.4),
      answer("a", "b", 0.4),
    ];
    expect(calibrationError(answers)).toBeCloseTo((0.8 + 0.2) / 4);
    expect(calibrationError([answer("a", "a", 1)])).toBe(0);
  });

  it("acts within the limit alone", () => {
    const answers = [answer("a", "a", 1, 0.01), answer("a", "b", 1, 0.05), answer("a", "b", 1, 0.06)];
    expect(coverage(answers, 0.05)).toEqual({ share: 2 / 3, error: 0.5 });
    expect(coverage(answers, 0)).toEqual({ share: 0, error: 0 });
  });

  it("has an answer for nothing", () => {
    expect([accuracy([]), macroF1([]), calibrationError([])]).toEqual([0, 0, 0]);
  });
});
