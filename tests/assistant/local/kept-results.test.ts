import { expect, it } from "vitest";
import { keepingResults } from "../../../src/assistant/local/kept-results.ts";

it("asks once for each text, and again for one that has made room for others", () => {
  const asked: string[] = [];
  const lengthOf = keepingResults(2, (text) => {
    asked.push(text);
    return { length: text.length };
  });
  expect(lengthOf("one")).toBe(lengthOf("one"));
  expect(
    [lengthOf("three"), lengthOf("one"), lengthOf("fifteen"), lengthOf("one")].map(({ length }) => length),
  ).toEqual([5, 3, 7, 3]);
  expect(asked).toEqual(["one", "three", "fifteen", "one"]);
});
