import { describe, expect, it } from "vitest";
import { Blend, BlendStep, type Trial } from "../../../src/assistant/learning/blend.ts";
import { SeededRandom } from "../../../src/assistant/learning/seeded-random.ts";

/** Trials of two candidates, of which the second sign alone knows the right one, nine times in ten. */
function trials(size: number): Trial[] {
  const random = new SeededRandom(5);
  return Array.from({ length: size }, () => {
    const right = random.below(2);
    const told = random.below(10) === 0 ? 1 - right : right;
    const signs = [0, 1].flatMap((each) => [random.next() - 0.5, each === told ? 1 : 0, 0, 0, 0, 0]);
    return { signs: Float32Array.from(signs), right };
  });
}

function fitted(cases: readonly Trial[]): Blend {
  let blend = new Blend();
  for (let round = 0; round < 5; round += 1) {
    const step = new BlendStep(blend);
    for (const each of cases) step.add(each);
    blend = step.taken();
  }
  return blend;
}

describe("a blend of signs", () => {
  it("finds the sign that tells, and how much it may be believed", () => {
    const blend = fitted(trials(2000));
    const [first] = blend.chances(Float32Array.from([0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    expect(first).toBeGreaterThan(0.87);
    expect(first).toBeLessThan(0.93);
    expect(Math.abs(blend.weights[0]!)).toBeLessThan(0.3);
  });

  it("keeps to its belief where nothing was tried", () => {
    expect(fitted([]).weights).toEqual(new Blend().weights);
  });
});
