import { describe, expect, it } from "vitest";
import { VectorBuilder } from "../../../src/assistant/learning/sparse-vector.ts";

describe("a vector that is gathered", () => {
  it("adds up what comes twice, in the order of first arrival", () => {
    const builder = new VectorBuilder();
    for (const index of [7, 0, 7, 65_535, 7, 0]) builder.add(index, 1);
    const { indices, values } = builder.build((count) => count * 10);
    expect([...indices]).toEqual([7, 0, 65_535]);
    expect([...values]).toEqual([30, 20, 10]);
  });

  it("takes more than was expected, and indices that crowd one place", () => {
    const builder = new VectorBuilder(2);
    for (let round = 0; round < 2; round += 1)
      for (let index = 0; index < 5000; index += 1) builder.add(index * 64, index);
    const { indices, values } = builder.build();
    expect(indices.length).toBe(5000);
    expect(indices[4999]).toBe(4999 * 64);
    expect(values.every((value, at) => value === 2 * at)).toBe(true);
  });
});
