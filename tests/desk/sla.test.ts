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

test.each([
  ["no change", "2026-03-10T14:00:00Z", "2026-03-10T15:00:00.000Z", "2026-03-11T12:00:00.000Z"],
  // The weekend between loses an hour; office hours do not.
  [
    "the change to summer time",
    "2026-03-27T15:30:00Z",
    "2026-03-27T16:30:00.000Z",
    "2026-03-30T12:30:00.000Z",
  ],
  ["the change back", "2026-10-23T15:30:00Z", "2026-10-26T07:30:00.000Z", "2026-10-26T14:30:00.000Z"],
  // 2028: a Tuesday, with a whole working day before 1 March.
  ["leap day", "2028-02-28T16:30:00Z", "2028-02-29T07:30:00.000Z", "2028-02-29T14:30:00.000Z"],
  ["leap day itself", "2028-02-29T16:30:00Z", "2028-03-01T07:30:00.000Z", "2028-03-01T14:30:00.000Z"],
  ["no leap day in 2027", "2027-02-28T16:30:00Z", "2027-03-01T08:00:00.000Z", "2027-03-01T15:00:00.000Z"],
  ["the turn of the year", "2026-12-31T16:30:00Z", "2027-01-01T07:30:00.000Z", "2027-01-01T14:30:00.000Z"],
])(
  "62 · %s: opened %s, answered by %s, solved by %s in Berlin's office hours",
  (_, opened, respond, resolve) => {
    const level = { ...GOLD, hours: "Mon-Fri 08:00-18:00" };
    const berlin = slaClock(level, "P2", new Date(opened), 0, "Europe/Berlin");
    expect([berlin.respondBy?.toISOString(), berlin.resolveBy?.toISOString()]).toEqual([respond, resolve]);
  },
);

test("62 · a clock that was put back shows no promise as missed that is not", () => {
  const opened = new Date("2026-03-10T10:00:00Z");
  expect(slaState(new Date("2026-03-10T11:00:00Z"), opened, new Date("2026-03-10T08:00:00Z"))).toBe(
    "on-track",
  );
});
