import { describe, expect, test } from "vitest";
import { parseUntil } from "../../src/desk/until.ts";

/** Tuesday, 11:00 in Berlin. */
const NOW = new Date("2026-03-10T10:00:00Z");

describe("62 · parseUntil", () => {
  test.each([
    ["15:00", "2026-03-10T14:00:00.000Z"],
    ["9:00", "2026-03-11T08:00:00.000Z"],
    ["11:00", "2026-03-11T10:00:00.000Z"],
    ["3pm", "2026-03-10T14:00:00.000Z"],
    ["12am", "2026-03-10T23:00:00.000Z"],
    ["12pm", "2026-03-10T11:00:00.000Z"],
    ["3:30 pm", null],
    ["3:30pm", "2026-03-10T14:30:00.000Z"],
    ["tomorrow", "2026-03-11T08:00:00.000Z"],
    ["Tomorrow at 9:30", "2026-03-11T08:30:00.000Z"],
    ["today 18:00", "2026-03-10T17:00:00.000Z"],
    ["today 8:00", null],
    ["monday 9", "2026-03-16T08:00:00.000Z"],
    ["friday um 14 Uhr", "2026-03-13T13:00:00.000Z"],
    ["monday", "2026-03-16T08:00:00.000Z"],
    ["tuesday", "2026-03-17T08:00:00.000Z"],
    ["next Friday 14:00", "2026-03-13T13:00:00.000Z"],
    ["2h", "2026-03-10T12:00:00.000Z"],
    ["in 45m", "2026-03-10T10:45:00.000Z"],
    ["3d", "2026-03-13T10:00:00.000Z"],
    ["1w", "2026-03-17T10:00:00.000Z"],
    ["2026-12-01 08:00", "2026-12-01T07:00:00.000Z"],
    ["2026-07-01", "2026-07-01T07:00:00.000Z"],
    // 02:30 does not exist on 29 March in Berlin; it is read as 03:30.
    ["2026-03-29 02:30", "2026-03-29T01:30:00.000Z"],
    // 02:30 comes twice on 25 October; the first is meant.
    ["2026-10-25 02:30", "2026-10-25T00:30:00.000Z"],
    ["2026-02-30", null],
    ["2026-13-01", null],
    ["2025-12-01", null],
    ["2030-01-01", null],
    ["9999h", null],
    ["0m", null],
    ["25:00", null],
    ["10:75", null],
    ["13pm", null],
    ["monday 25", null],
    ["15", null],
    ["whenever", null],
    ["tomorrow 9:00 please", null],
    ["monday tuesday", null],
    ["in", null],
    ["", null],
  ])("%s is %s", (text, expected) => {
    expect(parseUntil(text, NOW, "Europe/Berlin")?.toISOString() ?? null).toBe(expected);
  });
});
