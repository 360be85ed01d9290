import { expect, it } from "vitest";
import { SIGNS } from "../../../src/assistant/learning/blend.ts";
import { Grounds } from "../../../src/assistant/learning/grounds.ts";
import { Lately } from "../../../src/assistant/learning/lately.ts";
import { lookAt } from "../../../src/assistant/learning/look.ts";

const sure = Float64Array.of(0.9, 0.1);

it("says nothing before anything was decided, nor where all comes as expected", () => {
  const lately = new Lately();
  expect(lately.more(3)).toBe(0);
  for (let time = 0; time < 100; time += 1) lately.note(time % 10 === 0 ? 1 : 0, [0, 1], sure);
  expect(Math.abs(lately.more(0))).toBeLessThan(0.1);
  expect(Math.abs(lately.more(1))).toBeLessThan(0.1);
});

it("expects a label that came more often than expected, until it comes as it should", () => {
  const lately = new Lately();
  for (let time = 0; time < 40; time += 1) lately.note(time % 4 === 0 ? 2 : 0, [0, 1], sure);
  expect(lately.more(2)).toBeGreaterThan(1);
  expect(lately.more(1)).toBeLessThan(-0.5);
  for (let time = 0; time < 400; time += 1) lately.note(0, [0], Float64Array.of(1));
  expect(lately.more(2)).toBeCloseTo(0, 1);
});

it("takes no single decision for a change", () => {
  const lately = new Lately();
  lately.note(5, [0, 1], sure);
  expect(lately.more(5)).toBeLessThan(0.5);
});

it("goes on where it stood", () => {
  const lately = new Lately();
  for (let time = 0; time < 9; time += 1) lately.note(time % 3, [0, 1], sure);
  const { seen, expected } = lately.state;
  expect(new Lately(seen, expected).more(2)).toBe(lately.more(2));
});

it("speaks for a label in what comes, and not in a history that is gone over at once", () => {
  const grounds = Grounds.create();
  const look = lookAt({ subject: "printer jam", body: "the tray is empty", facts: [] });
  for (const label of ["Network", "Printing"]) grounds.learn(look, label, 1);
  const reading = grounds.read(look);
  const spoken = (admits?: () => boolean): number[] => {
    const { labels, signs } = grounds.candidates(
      reading,
      grounds.linear.scores(reading.vector),
      null,
      admits,
    );
    const at = labels.indexOf(grounds.numberOf("Printing")) * SIGNS.length;
    return [...signs.subarray(at, at + SIGNS.length)].slice(SIGNS.indexOf("lately"));
  };
  expect(spoken()).toEqual([0]);
  for (let time = 0; time < 5; time += 1) grounds.lately.note(1, [0, 1], sure);
  expect(spoken()[0]).toBeGreaterThan(0.5);
  expect(spoken(() => true)).toEqual([0]);
});
