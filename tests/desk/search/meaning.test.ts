import { describe, expect, it } from "vitest";
import { fused, meaningOf } from "../../../src/desk/search/meaning.ts";

describe("how much nearer than usual", () => {
  it.each([
    ["half of the way from the usual to the same", 0.6, 0.2, 50, 0.5],
    ["of a model to which all texts are alike", 0.9, 0.8, 50, 0.5],
    ["the usual", 0.2, 0.2, 50, 0],
    ["less than the usual", 0.1, 0.2, 50, 0],
    ["the same", 1, 0.2, 50, 1],
    ["of too few to know what is usual", 0.9, 0.2, 2, 0],
    ["of a model that says the same of all", 1, 1, 50, 0],
  ])("%s", (_, cosine, mean, vectors, expected) => {
    expect(meaningOf(cosine, mean, vectors)).toBeCloseTo(expected, 6);
  });
});

describe("words and meaning together", () => {
  it("put first what both speak for, and lose nothing that one of them found", () => {
    const byWords = [
      { id: 1, score: 0.5 },
      { id: 2, score: 0.4 },
    ];
    const byMeaning = [
      { id: 2, score: 0.4 },
      { id: 3, score: 0.45 },
      { id: 4, score: 0 },
    ];
    const found = fused(byWords, byMeaning);
    expect(found.map(({ id }) => id)).toEqual([2, 1, 3]);
    expect(found[0]).toEqual({ id: 2, score: expect.closeTo(0.64, 6) as number, meaning: 0.4 });
    expect(found[1]).toMatchObject({ meaning: 0 });
  });

  it("leave the words' order as it is where a model tells next to nothing", () => {
    const byWords = Array.from({ length: 20 }, (_, id) => ({ id, score: 0.6 - id * 0.02 }));
    const noise = byWords.map(({ id }) => ({ id, score: id % 2 === 0 ? 0.01 : 0 }));
    expect(fused(byWords, noise).map(({ id }) => id)).toEqual(byWords.map(({ id }) => id));
  });

  it("take a score of more than 1 for certain", () => {
    expect(fused([{ id: 1, score: 1.4 }], [{ id: 2, score: 0.9 }])).toEqual([
      { id: 1, score: 1, meaning: 0 },
      { id: 2, score: expect.closeTo(0.9, 6) as number, meaning: 0.9 },
    ]);
  });
});
