import { describe, expect, test } from "vitest";
import { formatTable, readThreats, threatNumbers, threatTable, type TestReport } from "./threat-table.ts";

const threats = readThreats();

/** A report in which a test of each title ended so. */
function reportOf(tests: Readonly<Record<string, string>>, around: readonly string[] = []): TestReport {
  return {
    testResults: [
      {
        name: "/desk/tests/flow/one.test.ts",
        assertionResults: Object.entries(tests).map(([title, status]) => ({
          ancestorTitles: around,
          title,
          status,
        })),
      },
    ],
  };
}

test.each<[string, readonly number[]]>([
  ["17 · the same approval twice", [17]],
  ["4, 7 · a signature that does not count", [4, 7]],
  ["4,7 · the same", [4, 7]],
  ["17 the same approval twice", []],
  ["17 - the same", []],
  ["threat 17: the same", []],
  ["404 and 500 speak plainly", []],
  ["the same approval twice (17 · times)", []],
  ["3 mails", []],
])("numbers of %j", (title, numbers) => {
  expect(threatNumbers(title)).toEqual(numbers);
});

describe("the table", () => {
  test("has the threats from 1 to 70, and only that of runbooks is for later", () => {
    expect(threats.map((threat) => threat.number)).toEqual(
      Array.from({ length: 70 }, (_, index) => index + 1),
    );
    expect(threats.filter((threat) => threat.later).map((threat) => threat.number)).toEqual([66]);
  });

  test("names a threat without a test, one with a red test, and a number that is none", () => {
    const all = Object.fromEntries(threats.map((threat) => [`${threat.number} · x`, "passed"]));
    expect(threatTable(threats, reportOf(all))).toMatchObject({
      faults: [],
      summary: "threats: 70 of 70 held",
    });
    const { "36 · x": _, ...missing } = all;
    expect(threatTable(threats, reportOf(missing)).faults).toEqual([
      expect.stringMatching(/^threat 36 .*no test names it$/),
    ]);
    const red = threatTable(threats, reportOf({ ...all, "36 · y": "failed" }));
    expect(red.faults).toEqual([expect.stringMatching(/^threat 36 .*flow\/one\.test\.ts: "36 · y" failed$/)]);
    expect(red.summary).toBe("threats: 69 of 70 held, 1 failed");
    expect(threatTable(threats, reportOf({ ...all, "71 · z": "passed" })).faults).toEqual([
      expect.stringMatching(/71 · z/),
    ]);
  });

  test("one for later needs no test, and counts once it has one", () => {
    expect(threatTable(threats, reportOf({})).rows[65]?.result).toBe("later");
    expect(threatTable(threats, reportOf({ "66 · x": "failed" })).rows[65]?.result).toBe("failed");
  });

  test("a describe lends its number; a skipped test holds nothing and fails nothing", () => {
    const { rows } = threatTable(
      threats,
      reportOf({ "a line": "skipped", "7 · another": "passed" }, ["28 · smuggling"]),
    );
    const of = (number: number) => rows.find((row) => row.number === number);
    expect(of(28)).toMatchObject({ result: "passed", tests: [{ status: "skipped" }, { status: "passed" }] });
    expect(of(7)).toMatchObject({ result: "passed", tests: [{ title: "28 · smuggling > 7 · another" }] });
    expect(threatTable(threats, reportOf({ "7 · x": "skipped" })).rows[6]?.result).toBe("skipped");
    expect(formatTable(rows)).toMatch(/^28 +SMTP smuggling +passed +flow\/one\.test\.ts \(2\)$/m);
  });
});
