import { describe, expect, test } from "vitest";
import { parseHistoryFile } from "../../src/desk/history-file.ts";
import { describeProblem } from "../../src/desk/problem.ts";

const parse = (...lines: readonly (string | object)[]) =>
  parseHistoryFile(
    lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n"),
    "history.jsonl",
    ["Network", "Service Desk"],
  );

test("takes labels as people write them, and passes over what is not learned", () => {
  const { rows, problems } = parse(
    "\uFEFF" +
      JSON.stringify({
        id: 7,
        subject: "VPN",
        body: "drops",
        from: "Ana <ana@contoso.example>",
        labels: {
          queue: "network",
          category: " VPN ",
          type: "Incident",
          spam: false,
          priority: "P2",
          impact: null,
        },
      }),
    "",
    { id: "b", labels: { urgency: "high" } },
  );
  expect(problems).toEqual([]);
  expect(rows.map(({ id, labels }) => [id, labels])).toEqual([
    ["7", { type: "incident", category: "vpn", queue: "Network", spam: "false" }],
    ["b", { urgency: "high" }],
  ]);
});

describe("a bad line is left out, and said so", () => {
  test.each<[string, string | object, RegExp]>([
    ["no JSON", "{oops", /:1: the line holds "\{oops"/],
    ["a list", "[1]", /accepts a JSON object/],
    ["no id", { labels: { category: "vpn" } }, /:1: id is missing/],
    ["no labels", { id: "a", subject: "x" }, /labels is missing; it accepts at least one of type/],
    ["only labels that are not learned", { id: "a", labels: { priority: "P1" } }, /at least one of/],
    [
      "a queue that is none here",
      { id: "a", labels: { queue: "Netwrok" } },
      /labels.queue holds "Netwrok".*Network/,
    ],
    ["a type that is none", { id: "a", labels: { type: "problem" } }, /labels.type holds "problem"/],
    ["no address", { id: "a", from: "nobody", labels: { category: "x" } }, /from holds "nobody"/],
  ])("%s", (_, line, expected) => {
    const { rows, problems } = parse(line, { id: "good", labels: { category: "vpn" } });
    expect(rows.map((row) => row.id)).toEqual(["good"]);
    expect(problems.map(describeProblem).join("\n")).toMatch(expected);
  });

  test("an id that stands twice", () => {
    const row = { id: "a", labels: { category: "vpn" } };
    expect(parse(row, row).problems.map(describeProblem)[0]).toMatch(/line 1 has it/);
  });
});
