import { describe, expect, it } from "vitest";
import { errorBound } from "../../../src/assistant/learning/error-bound.ts";

describe("the bound of an error rate", () => {
  // Values of the beta distribution's 0.9 quantile with (errors + 1, decisions - errors).
  it.each([
    [0, 10, 0.2057],
    [0, 45, 0.0499],
    [1, 50, 0.0758],
    [5, 100, 0.0908],
    [50, 1000, 0.06],
  ])("with %i errors in %i is %f", (errors, decisions, bound) => {
    expect(errorBound(errors, decisions)).toBeCloseTo(bound, 3);
  });

  it("is 1 where nothing is known, or nothing was right", () => {
    expect(errorBound(0, 0)).toBe(1);
    expect(errorBound(3, 3)).toBe(1);
  });
});
