import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HashCounts } from "../../../src/desk/search/hash-counts.ts";

describe("a number for each hash", () => {
  it("is what a map would hold, also where many lie at one place and many are gone again", () => {
    const hash = fc.oneof(
      fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      fc.integer({ min: 0, max: 5 }).map((at) => at * 4096),
      fc.integer({ min: 1020, max: 1030 }),
    );
    const acts = fc.array(fc.tuple(hash, fc.integer({ min: 0, max: 3 })), { maxLength: 3000, size: "max" });
    fc.assert(
      fc.property(acts, (all) => {
        const [counts, map] = [new HashCounts(), new Map<number, number>()];
        for (const [key, value] of all) {
          counts.set(key, value);
          map.set(key, value);
        }
        for (const [key, value] of map) expect(counts.get(key)).toBe(value);
        expect(counts.get(7_777_777)).toBe(map.get(7_777_777) ?? 0);
      }),
      { numRuns: 30 },
    );
  });
});
