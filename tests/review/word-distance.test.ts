import * as fc from "fast-check";
import { expect, test } from "vitest";
import { wordDistance } from "../../src/review/word-distance.ts";

test.each([
  ["the same", "Please restart it once.", "Please restart it once.", 0],
  ["other line ends", "Please restart\nit once.", "Please  restart it\r\nonce.", 0],
  ["one word of four", "Please restart it once.", "Please restart it twice.", 0.25],
  ["a sentence more", "Please restart it.", "Please restart it. Call me then.", 1 / 3],
  ["nothing in common", "one two", "three four", 1],
  ["nothing before", "", "three four", 1],
  ["nothing at all", "", " \n", 0],
])("%s", (_, before, after, distance) => {
  expect(wordDistance(before, after)).toBeCloseTo(distance, 10);
});

test("is a share, the same both ways", () => {
  const words = fc.array(fc.constantFrom("a", "b", "c", "d")).map((list) => list.join(" "));
  fc.assert(
    fc.property(words, words, (one, other) => {
      const distance = wordDistance(one, other);
      expect(distance).toBeGreaterThanOrEqual(0);
      expect(distance).toBeLessThanOrEqual(1);
      expect(wordDistance(other, one)).toBeCloseTo(distance, 10);
    }),
  );
});
