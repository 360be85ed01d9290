import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addWorkingTime, isWithin, parseHours, workingTimeBetween } from "../../src/desk/calendar.ts";

const BERLIN = "Europe/Berlin";
const HOUR = 3_600_000;
const OFFICE = parseHours("Mon-Fri 08:00-17:00");

describe("parseHours", () => {
  test.each([
    ["Mon-Fri 08:00-17:00", "0 480-1020, 1 480-1020, 2 480-1020, 3 480-1020, 4 480-1020"],
    ["mon 8:00-12:00, sat 09:00-12:30", "0 480-720, 5 540-750"],
    ["Mon, Wed 08:00-12:00", "0 480-720, 2 480-720"],
    ["Mon 08:00-12:00, 13:00-17:00", "0 480-720, 0 780-1020"],
    ["Sat-Mon 10:00-11:00", "0 600-660, 5 600-660, 6 600-660"],
    ["Monday 00:00-24:00", "0 0-1440"],
    ["Fri 20:00-06:00", "4 1200-1440, 5 0-360"],
    ["Sun 20:00-06:00", "0 0-360, 6 1200-1440"],
    ["Tue 20:00-00:00", "1 1200-1440"],
    ["Mon 08:00-12:00, Mon 11:00-13:00", "0 480-780"],
    ["Mon 08:00-12:00, Mon 12:00-13:00", "0 480-780"],
  ])("%s", (text, expected) => {
    const hours = parseHours(text);
    expect(hours.always).toBe(false);
    expect(hours.spans.map((span) => `${span.weekday} ${span.from}-${span.to}`).join(", ")).toBe(expected);
  });

  test("nothing means always", () => {
    expect(parseHours("  ")).toEqual({ always: true, spans: [] });
  });

  test.each([
    ["Mon-Fri", "days without a time"],
    ["08:00-17:00", '"08:00-17:00"'],
    ["Mon-Fri 8-17", '"8-17"'],
    ["Mon-Fri 08:00-25:00", '"08:00-25:00"'],
    ["Mon-Fri 08:60-17:00", '"08:60-17:00"'],
    ["Mon-Fri 08:00-08:00", '"08:00-08:00"'],
    ["Mon-Fri 24:00-08:00", '"24:00-08:00"'],
    ["Mon-Fri 08:00-12:00-13:00", '"08:00-12:00-13:00"'],
    ["Mo-Fr 08:00-17:00", '"Mo-Fr"'],
    ["Mon-Wed-Fri 08:00-17:00", '"Mon-Wed-Fri"'],
    ["Mon 08:00-12:00,, Tue 08:00-12:00", "an empty part"],
    ["always", '"always"'],
    ["Mon 08:00-12:00 13:00-17:00", '"13:00-17:00"'],
  ])("%s cannot be read, and says where", (text, part) => {
    expect(() => parseHours(text)).toThrow(`cannot be read at ${part}; write days and times such as`);
  });
});

describe("isWithin", () => {
  test.each([
    ["2026-03-10T06:59:59Z", false],
    ["2026-03-10T07:00:00Z", true],
    ["2026-03-10T15:59:59Z", true],
    ["2026-03-10T16:00:00Z", false],
    ["2026-03-14T10:00:00Z", false],
    // Summer time: an hour earlier in UTC.
    ["2026-07-07T06:00:00Z", true],
    ["2026-07-07T15:00:00Z", false],
  ])("%s in Berlin office hours: %s", (instant, open) => {
    expect(isWithin(OFFICE, new Date(instant), BERLIN)).toBe(open);
  });

  test("a stretch over midnight ends on the next day", () => {
    const night = parseHours("Mon-Fri 20:00-06:00");
    expect(isWithin(night, new Date("2026-03-14T05:59:00Z"), "UTC")).toBe(true);
    expect(isWithin(night, new Date("2026-03-14T06:00:00Z"), "UTC")).toBe(false);
    expect(isWithin(night, new Date("2026-03-14T20:30:00Z"), "UTC")).toBe(false);
  });
});

describe("62 · addWorkingTime", () => {
  test.each([
    ["Mon-Fri 08:00-17:00", "2026-03-10T07:00:00Z", 4, "2026-03-10T11:00:00.000Z"],
    ["Mon-Fri 08:00-17:00", "2026-03-10T15:00:00Z", 2, "2026-03-11T08:00:00.000Z"],
    ["Mon-Fri 08:00-17:00", "2026-03-13T15:30:00Z", 1, "2026-03-16T07:30:00.000Z"],
    ["Mon-Fri 08:00-17:00", "2026-03-14T12:00:00Z", 9, "2026-03-16T16:00:00.000Z"],
    // The weekend loses an hour; office hours do not.
    ["Mon-Fri 08:00-17:00", "2026-03-27T15:00:00Z", 2, "2026-03-30T07:00:00.000Z"],
    // Round the clock, 24 hours are 24 hours, also on the day that has 23.
    ["Mon-Sun 00:00-24:00", "2026-03-28T12:00:00Z", 24, "2026-03-29T12:00:00.000Z"],
    ["", "2026-03-28T12:00:00Z", 24, "2026-03-29T12:00:00.000Z"],
    // A night shift over the change is an hour shorter in spring and an hour longer in autumn.
    ["Sat 22:00-06:00", "2026-03-28T21:00:00Z", 7, "2026-03-29T04:00:00.000Z"],
    ["Sat 22:00-06:00", "2026-10-24T20:00:00Z", 9, "2026-10-25T05:00:00.000Z"],
    // Leap day.
    ["Tue 08:00-09:00", "2028-02-29T06:00:00Z", 1, "2028-02-29T08:00:00.000Z"],
  ])("%s from %s, %i hours end at %s", (hours, from, count, end) => {
    expect(addWorkingTime(parseHours(hours), new Date(from), count * HOUR, BERLIN).toISOString()).toBe(end);
  });

  test("a spring stretch inside the skipped hour is no time at all", () => {
    const gap = parseHours("Sun 02:00-03:00");
    expect(
      workingTimeBetween(gap, new Date("2026-03-28T00:00:00Z"), new Date("2026-03-30T00:00:00Z"), BERLIN),
    ).toBe(0);
  });

  test("too much for the hours is refused, not endless", () => {
    expect(() =>
      addWorkingTime(parseHours("Mon 08:00-08:01"), new Date("2026-03-10T00:00:00Z"), 1e12, "UTC"),
    ).toThrow("three years");
  });

  test("what was added lies between, in any zone, at any time of the year", () => {
    const zones = [BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"];
    const hours = [
      "Mon-Fri 08:00-17:00",
      "Sat-Mon 22:00-06:00",
      "Mon-Sun 00:00-24:00",
      "Wed 02:00-03:00",
    ].map(parseHours);
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.constantFrom(...hours),
        fc.date({ min: new Date("2025-01-01"), max: new Date("2027-12-31"), noInvalidDate: true }),
        fc.integer({ min: 1, max: 10 * HOUR }),
        (zone, week, from, time) => {
          const end = addWorkingTime(week, from, time, zone);
          expect(workingTimeBetween(week, from, end, zone)).toBe(time);
        },
      ),
      { numRuns: 200 },
    );
  });
});
