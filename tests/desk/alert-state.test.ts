import { describe, expect, it } from "vitest";
import { ALERT_STATES, isNews } from "../../src/desk/alert-state.ts";

describe("news of an alert", () => {
  it.each([
    ["problem", "problem", false],
    ["problem", "warning", true],
    ["problem", "recovery", true],
    ["warning", "warning", false],
    ["warning", "problem", false],
    ["warning", "recovery", true],
    ["recovery", "problem", true],
    ["recovery", "warning", true],
    ["recovery", "recovery", false],
  ] as const)("%s after %s: %s", (now, before, news) => {
    expect(isNews(now, before)).toBe(news);
  });

  it("is each state that is the first, but no acknowledgement", () => {
    expect(ALERT_STATES.filter((state) => isNews(state, null))).toEqual(["recovery", "warning", "problem"]);
    for (const before of ALERT_STATES) expect(isNews("info", before)).toBe(false);
  });
});
