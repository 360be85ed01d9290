import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Lexicon, weightiest } from "../../../src/assistant/learning/lexicon.ts";
import { lookAt } from "../../../src/assistant/learning/look.ts";

const BUCKETS = 65_536;
const partsOf = (body: string) => lookAt({ subject: "", body, facts: [] }).parts;

describe("a long text", () => {
  const common = Array.from(
    { length: 300 },
    (_, at) => `word${String.fromCharCode(97 + (at % 26))}${"x".repeat(at % 11)}`,
  );
  const long = Array.from(
    { length: 400 },
    (_, at) =>
      `${String.fromCharCode(97 + (at % 26))}${"qz".repeat(1 + (at % 5))}${at % 7 === 0 ? "vpn" : "k"}`,
  );

  it("is some hundred features, of which the weightiest were met elsewhere", () => {
    const lexicon = new Lexicon(BUCKETS);
    const parts = partsOf([...long, ...common].join(" "));
    lexicon.count(parts);
    for (let time = 0; time < 5; time += 1) lexicon.count(partsOf(long.slice(0, 200).join(" ")));
    const whole = lexicon.vectorOf(parts);
    const kept = weightiest(whole, lexicon, 1);
    expect(whole.indices.length).toBeGreaterThan(600);
    expect(kept.indices.length).toBeLessThanOrEqual(500);
    expect([...kept.indices].every((index) => lexicon.metIn(index) > 1)).toBe(true);
    expect(kept.indices.length).toBeGreaterThan(100);
  });

  it("keeps the five hundred that weigh most, of equal ones those that come first", () => {
    const values = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 501, maxLength: 900, size: "max" });
    fc.assert(
      fc.property(values, (all) => {
        const lexicon = new Lexicon(BUCKETS);
        const vector = { indices: Uint32Array.from(all, (_, at) => at), values: Float32Array.from(all) };
        const none = { indices: new Uint32Array(), values: new Float32Array() };
        lexicon.count({ words: vector, subject: none, pieces: none, facts: none });
        const best = [...all.keys()].sort((a, b) => (all[b] ?? 0) - (all[a] ?? 0)).slice(0, 500);
        expect([...weightiest(vector, lexicon, 0).indices]).toEqual(best.sort((a, b) => a - b));
      }),
      { endOnFailure: true },
    );
  });

  it("stays as it is where it is short", () => {
    const lexicon = new Lexicon(BUCKETS);
    const parts = partsOf("the printer is jammed");
    const vector = lexicon.vectorOf(parts);
    expect(weightiest(vector, lexicon, 0)).toBe(vector);
  });
});
