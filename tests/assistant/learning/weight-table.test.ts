import { describe, expect, it } from "vitest";
import { packVector } from "../../../src/assistant/learning/packed-vector.ts";
import { SeededRandom } from "../../../src/assistant/learning/seeded-random.ts";
import { WeightTable } from "../../../src/assistant/learning/weight-table.ts";

const BUCKETS = 4096;

/** Vectors all over the buckets, so that rows of several blocks are used. */
function vectors(count: number) {
  const random = new SeededRandom(5);
  return Array.from({ length: count }, () =>
    packVector({
      indices: Uint32Array.from({ length: 12 }, () => random.below(BUCKETS)),
      values: Float32Array.from({ length: 12 }, () => random.next() - 0.5),
    }),
  );
}

describe("the weights of features", () => {
  it("score as a full table of numbers does, also after room was made for more labels", () => {
    const table = new WeightTable(BUCKETS);
    const plain = Array.from({ length: 10 }, () => new Float64Array(BUCKETS + 1));
    const given = vectors(300);
    given.forEach((vector, at) => {
      const labels = at < 150 ? 3 : 10;
      table.reach(labels);
      table.shift(vector, Uint16Array.of(at % labels), 1, Float64Array.of(at / 300));
      const row = plain[at % labels]!;
      for (const code of vector.codes) row[code & 0x3ffff]! += (code >> 18) * vector.scale * (at / 300);
      row[BUCKETS]! += at / 300;
    });
    const scores = new Float64Array(table.stride);
    for (const vector of vectors(320)) {
      table.score(vector, scores);
      plain.forEach((row, label) => {
        let sum = row[BUCKETS]!;
        for (const code of vector.codes) sum += row[code & 0x3ffff]! * (code >> 18) * vector.scale;
        expect(scores[label]).toBeCloseTo(sum, 3);
      });
      const some = new Float64Array(2);
      table.scoreSome(vector, Uint16Array.of(9, 2), 2, some);
      expect(some[0]).toBeCloseTo(scores[9]!, 6);
      expect(some[1]).toBeCloseTo(scores[2]!, 6);
    }
  });

  it("are gone when cleared", () => {
    const table = new WeightTable(BUCKETS);
    const [vector] = vectors(1);
    table.shift(vector!, Uint16Array.of(1), 1, Float64Array.of(1));
    expect(table.weight(vector!.codes[0]! & 0x3ffff, 1)).not.toBe(0);
    table.clear();
    const scores = new Float64Array(table.stride);
    table.score(vector!, scores);
    expect([...scores]).toEqual([0, 0, 0, 0]);
  });
});
