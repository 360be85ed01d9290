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
