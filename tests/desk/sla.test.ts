import { expect, test } from "vitest";
import { slaClock, slaState } from "../../src/desk/sla.ts";

const HOUR = 3_600_000;
const GOLD = {
  name: "gold",
  hours: "Mon-Fri 08:00-18:00",
  targets: { P1: { respondMs: HOUR / 4, resolveMs: 4 * HOUR }, P2: { respondMs: HOUR, resolveMs: 8 * HOUR } },
};
const OPENED = new Date("2026-03-13T16:00:00Z");

test("targets count open time only, and a pause moves the solution alone", () => {
  expect(slaClock(GOLD, "P2", OPENED, 0, "UTC")).toEqual({
    respondBy: new Date("2026-03-13T17:00:00Z"),
    resolveBy: new Date("2026-03-16T14:00:00Z"),
  });
  expect(slaClock(GOLD, "P2", OPENED, 2 * HOUR, "UTC")).toEqual({
    respondBy: new Date("2026-03-13T17:00:00Z"),
    resolveBy: new Date("2026-03-16T16:00:00Z"),
  });
});

test("no level, or no target for the priority, is no promise", () => {
  const none = { respondBy: null, resolveBy: null };
  expect(slaClock(null, "P1", OPENED, 0, "UTC")).toEqual(none);
  expect(slaClock(GOLD, "P4", OPENED, 0, "UTC")).toEqual(none);
});

test.each([
  ["2026-03-10T10:00:00Z", "on-track"],
  ["2026-03-10T10:47:59Z", "on-track"],
  ["2026-03-10T10:48:00Z", "due-soon"],
  ["2026-03-10T11:00:00Z", "missed"],
])("at %s an hour's promise is %s", (now, state) => {
  const opened = new Date("2026-03-10T10:00:00Z");
  expect(slaState(new Date("2026-03-10T11:00:00Z"), opened, new Date(now))).toBe(state);
  expect(slaState(null, opened, new Date(now))).toBe("none");
});
