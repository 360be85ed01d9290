import { describe, expect, test } from "vitest";
import { isLowerPriority, priorityOf, raiseForVip } from "../../src/desk/priority.ts";

describe("priorityOf", () => {
  test.each([
    ["high", "high", "P1"],
    ["high", "medium", "P2"],
    ["high", "low", "P3"],
    ["medium", "high", "P2"],
    ["medium", "medium", "P3"],
    ["medium", "low", "P4"],
    ["low", "high", "P3"],
    ["low", "medium", "P4"],
    ["low", "low", "P4"],
  ] as const)("impact %s, urgency %s is %s", (impact, urgency, priority) => {
    expect(priorityOf(impact, urgency)).toBe(priority);
  });
});

describe("raiseForVip", () => {
  test.each([
    ["P4", true, "P3"],
    ["P3", true, "P2"],
    ["P2", true, "P2"],
    ["P1", true, "P1"],
    ["P4", false, "P4"],
    ["P3", false, "P3"],
  ] as const)("%s with vip %s is %s", (priority, vip, raised) => {
    expect(raiseForVip(priority, vip)).toBe(raised);
  });
});

test.each([
  ["P3", "P2", true],
  ["P2", "P2", false],
  ["P1", "P2", false],
  ["P4", "P1", true],
] as const)("isLowerPriority: %s after %s is %s", (to, from, lower) => {
  expect(isLowerPriority(to, from)).toBe(lower);
});
