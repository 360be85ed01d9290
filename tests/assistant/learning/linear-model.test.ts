import { describe, expect, it } from "vitest";
import { LinearModel, type LabelledVector } from "../../../src/assistant/learning/linear-model.ts";
import { SeededRandom } from "../../../src/assistant/learning/seeded-random.ts";

/** Points whose label is the sign of their first feature, with some others beside it. */
function points(size: number): LabelledVector[] {
  const random = new SeededRandom(3);
  return Array.from({ length: size }, () => {
    const side = random.next() < 0.5 ? -1 : 1;
    return {
      vector: {
        indices: new Uint32Array([0, 1 + random.below(20)]),
        values: new Float32Array([side * (0.3 + random.next()), random.next()]),
      },
      label: side > 0 ? "ham" : "spam",
    };
  });
}

/** Four labels that share some features, thirty examples of one after thirty of another. */
function rowsOfLabels(size: number, seed: number): LabelledVector[] {
  const random = new SeededRandom(seed);
  const pick = (from: number, among: number, count: number): number[] =>
    Array.from({ length: count }, () => from + random.below(among));
  return Array.from({ length: size }, (_, at) => {
    const label = Math.floor(at / 30) % 4;
    const indices = Uint32Array.from([...pick(label * 6, 10, 3), ...pick(40, 20, 4)]);
    return { vector: { indices, values: new Float32Array(7).fill(0.5) }, label: `queue ${label}` };
  });
}

const best = (model: LinearModel, row: LabelledVector): string => {
  const scores = model.scores(row.vector);
  return model.labels[scores.indexOf(Math.max(...scores))]!;
};

const weights = (model: LinearModel): readonly number[] => [0, 1].map((label) => model.weight(0, label));

describe("a linear model", () => {
  it("separates what can be separated", () => {
    const model = LinearModel.create({ buckets: 64 });
    model.fit(points(200));
    expect(points(200).every((row) => best(model, row) === row.label)).toBe(true);
  });

  it("comes to the same separators by updates as by learning anew", () => {
    const [whole, step] = [
      LinearModel.create({ buckets: 64, passes: 60 }),
      LinearModel.create({ buckets: 64, replay: 30 }),
    ];
    whole.fit(points(120));
    for (const row of points(120)) step.update(row.vector, row.label);
    const [a, b] = [weights(whole), weights(step)];
    const at = [whole.labels.indexOf("ham"), step.labels.indexOf("ham")] as const;
    expect(Math.abs(a[at[0]]! - b[at[1]]!)).toBeLessThan(0.1 * Math.abs(a[at[0]]!));
  });

  it("keeps near to them where the examples of one label come in a row", () => {
    const [whole, step] = [
      LinearModel.create({ buckets: 64, passes: 60 }),
      LinearModel.create({ buckets: 64 }),
    ];
    whole.fit(rowsOfLabels(120, 3));
    for (const row of rowsOfLabels(120, 3)) step.update(row.vector, row.label);
    const apart = rowsOfLabels(400, 9).map(({ vector }) => {
      const [a, b] = [whole.scores(vector), step.scores(vector)];
      return a.reduce((sum, score, label) => sum + Math.abs(score - b[label]!), 0) / a.length;
    });
    expect(apart.reduce((sum, one) => sum + one, 0) / apart.length).toBeLessThan(0.16);
  });

  it("forgets the oldest beyond its capacity", () => {
    const model = LinearModel.create({ buckets: 64, capacity: 50 });
    for (const row of points(80)) model.update(row.vector, row.label);
    const swapped = points(80).map((row) => ({ ...row, label: row.label === "ham" ? "spam" : "ham" }));
    for (const row of swapped) model.update(row.vector, row.label);
    expect(model.size).toBe(50);
    expect(swapped.every((row) => best(model, row) === row.label)).toBe(true);
  });

  it("takes many labels", () => {
    const model = LinearModel.create({ buckets: 256 });
    const rows = Array.from({ length: 400 }, (_, at) => ({
      vector: { indices: new Uint32Array([at % 100]), values: new Float32Array([1]) },
      label: `queue ${at % 100}`,
    }));
    for (const row of rows) model.update(row.vector, row.label);
    expect(rows.every((row) => best(model, row) === row.label)).toBe(true);
  });

  it("comes back from its bytes", () => {
    const model = LinearModel.create({ buckets: 64 });
    model.fit(points(100));
    const back = LinearModel.restore(model.serialise());
    for (const row of points(100)) {
      const [one, other] = [model.scores(row.vector), back.scores(row.vector)];
      expect(other[0]).toBeCloseTo(one[0]!, 3);
    }
  });
});
