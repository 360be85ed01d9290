import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packVector, stepsOf } from "../../../src/assistant/learning/packed-vector.ts";

describe("a packed vector", () => {
  it("holds each value as the whole number of steps that is nearest, a half upwards", () => {
    const some = fc.array(
      fc.oneof(fc.float({ min: -4, max: 4, noNaN: true }), fc.constantFrom(-2.5, 0.5, -0.5, 0)),
    );
    fc.assert(
      fc.property(some, (all) => {
        // The largest makes a step of one.
        const values = Float32Array.from([8191, ...all]);
        const { codes, scale } = packVector({ indices: new Uint32Array(values.length), values });
        expect(scale).toBe(1);
        // A step has no negative nought.
        expect([...codes].map(stepsOf)).toEqual([...values].map((value) => Math.round(value) + 0));
      }),
    );
  });
});
