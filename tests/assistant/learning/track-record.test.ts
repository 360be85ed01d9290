import { describe, expect, it } from "vitest";
import { SeededRandom } from "../../../src/assistant/learning/seeded-random.ts";
import { TrackRecord, type Outcome } from "../../../src/assistant/learning/track-record.ts";

/** Two candidates; the separator is right three times in four, and nine times in ten where something near was decided so. */
function outcomes(count: number, seed = 3): Outcome[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => {
    const near = random.below(2);
    const right = random.next() < (near === 1 ? 0.9 : 0.6) ? 0 : 1;
    return { signs: signsOf(near), right, familiarity: 0.5 + near + random.next(), label: right };
  });
}

const signsOf = (near: number): Float32Array =>
  Float32Array.of(0.8, 0.5, near, -1, 0, 0, -0.8, 0.2, 0, -1, 0, 0);

describe("what came true of predictions", () => {
  it("says how sure one may be by what speaks for the best candidate", () => {
    const record = new TrackRecord(outcomes(3000));
    expect(record.judge(signsOf(1), 2).confidence).toBeCloseTo(0.9, 1);
    expect(record.judge(signsOf(0), 1).confidence).toBeCloseTo(0.6, 1);
    expect(record.judge(signsOf(1), 2).expected.error).toBeLessThan(0.13);
    expect(record.judge(signsOf(0), 1).expected.error).toBeGreaterThan(0.2);
  });

  it("comes to the same outcome by outcome as at once", () => {
    const record = new TrackRecord();
    for (const outcome of outcomes(3000)) record.add(outcome);
    const whole = new TrackRecord(outcomes(3000));
    for (const near of [0, 1]) {
      const [one, other] = [record.judge(signsOf(near), 1 + near), whole.judge(signsOf(near), 1 + near)];
      expect(one.confidence).toBeCloseTo(other.confidence, 2);
      expect(one.expected.error).toBeCloseTo(other.expected.error, 1);
    }
  });

  it.each([10, 17, 250, 405, 1500, 1590, 7003])("goes on as it would have after %i outcomes", (count) => {
    const record = new TrackRecord();
    for (const outcome of outcomes(count)) record.add(outcome);
    const back = TrackRecord.restore([...record.outcomes], record.progress);
    for (const outcome of outcomes(200, 4)) {
      expect(back.judge(signsOf(1), 1)).toEqual(record.judge(signsOf(1), 1));
      record.add(outcome);
      back.add(outcome);
    }
    expect(back.progress).toEqual(record.progress);
  });

  it("keeps no more than the latest", () => {
    const record = new TrackRecord();
    for (const outcome of outcomes(7500)) record.add(outcome);
    expect(record.outcomes.length).toBeLessThan(6600);
    expect(record.judge(signsOf(1), 2).expected.decisions).toBeLessThanOrEqual(6000);
  });
});
