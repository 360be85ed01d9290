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

  it("stays as it is where it is short", () => {
    const lexicon = new Lexicon(BUCKETS);
    const parts = partsOf("the printer is jammed");
    const vector = lexicon.vectorOf(parts);
    expect(weightiest(vector, lexicon, 0)).toBe(vector);
  });
});
