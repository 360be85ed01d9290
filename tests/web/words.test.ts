import { expect, test } from "vitest";
import { hoursText } from "../../src/web/pages/words.ts";

test.each([
  [5, "5 min"],
  [60, "1 h"],
  [75, "1 h 15 min"],
  [1500, "25 h"],
])("%i minutes of work read %s", (minutes, text) => {
  expect(hoursText(minutes)).toBe(text);
});
