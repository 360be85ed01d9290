import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

/** The attacks and faults of threats.yaml, each with the tests that hold it and how they ended. */

const FILE = fileURLToPath(new URL("threats.yaml", import.meta.url));

export interface Threat {
  readonly number: number;
  /** In a few words. */
  readonly title: string;
  /** It belongs to a part of the desk that is not built yet: no test is no failure. */
  readonly later: boolean;
}

export function readThreats(): readonly Threat[] {
  const { threats, later } = parse(readFileSync(FILE, "utf8")) as {
    readonly threats: Readonly<Record<string, string>>;
    readonly later: readonly number[];
  };
  return Object.entries(threats).map(([number, title]) => ({
    number: Number(number),
    title,
    later: later.includes(Number(number)),
  }));
}

/** The numbers that a title begins with: `17` of "17 · the same approval twice"; none of any other title. */
export function threatNumbers(title: string): readonly number[] {
  const numbers = /^(\d{1,2}(?:, ?\d{1,2})*) · /.exec(title)?.[1];
  return numbers === undefined ? [] : numbers.split(",").map(Number);
}

/** The part of vitest's JSON report that is read here. */
export interface TestReport {
  readonly testResults: readonly {
    /** The file's path. */
    readonly name: string;
    readonly assertionResults: readonly {
      /** Titles of the `describe`s around it, outermost first. */
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

interface NamedTest {
  /** Below tests/. */
  readonly file: string;
  readonly title: string;
  readonly status: "passed" | "failed" | "skipped";
}

interface ThreatRow extends Threat {
  readonly tests: readonly NamedTest[];
  readonly result: "passed" | "failed" | "skipped" | "none" | "later";
}

interface ThreatTable {
  readonly rows: readonly ThreatRow[];
  /** Sentences about what is not as it should be; empty when every threat is held. */
  readonly faults: readonly string[];
  /** One line: how many are held. */
  readonly summary: string;
}

export function threatTable(threats: readonly Threat[], report: TestReport): ThreatTable {
  const tests = new Map<number, NamedTest[]>();
  for (const file of report.testResults) {
    for (const one of file.assertionResults) {
      const titles = [...one.ancestorTitles, one.title];
      const test: NamedTest = {
        file: file.name.replace(/^.*\/tests\//, ""),
        title: titles.join(" > "),
        status: one.status === "passed" || one.status === "failed" ? one.status : "skipped",
      };
      for (const number of new Set(titles.flatMap(threatNumbers)))
        tests.set(number, [...(tests.get(number) ?? []), test]);
    }
  }
  const rows = threats.map((threat): ThreatRow => {
    const named = tests.get(threat.number) ?? [];
    return { ...threat, tests: named, result: resultOf(threat, named) };
  });
  const unknown = [...tests.keys()].filter((number) => !threats.some((threat) => threat.number === number));
  const faults = [
    ...rows.flatMap((row) =>
      row.result === "none"
        ? [`threat ${row.number} (${row.title}): no test names it`]
        : row.tests
            .filter((test) => test.status === "failed")
            .map((test) => `threat ${row.number} (${row.title}): ${test.file}: "${test.title}" failed`),
    ),
    ...unknown.map(
      (number) => `"${tests.get(number)?.[0]?.title}" names a threat that is not in threats.yaml`,
    ),
  ];
  const count = (result: ThreatRow["result"]): number => rows.filter((row) => row.result === result).length;
  const apart = (["failed", "none", "skipped", "later"] as const)
    .filter((result) => count(result) > 0)
    .map((result) => `, ${count(result)} ${WORDS[result]}`);
  return { rows, faults, summary: `threats: ${count("passed")} of ${rows.length} held${apart.join("")}` };
}

const WORDS = { failed: "failed", none: "without a test", skipped: "skipped", later: "for later" } as const;

function resultOf(threat: Threat, tests: readonly NamedTest[]): ThreatRow["result"] {
  if (tests.some((test) => test.status === "failed")) return "failed";
  if (tests.some((test) => test.status === "passed")) return "passed";
  if (tests.length > 0) return "skipped";
  return threat.later ? "later" : "none";
}

/** One line a threat: number, words, result, and where its tests are. */
export function formatTable(rows: readonly ThreatRow[]): string {
  const widest = Math.max(...rows.map((row) => row.title.length));
  return rows
    .map((row) => {
      const files = [...new Set(row.tests.map((test) => test.file))].map(
        (file) => `${file} (${row.tests.filter((test) => test.file === file).length})`,
      );
      const line = `${String(row.number).padStart(2)}  ${row.title.padEnd(widest)}  ${row.result.padEnd(7)}  ${files.join(", ")}`;
      return line.trimEnd();
    })
    .join("\n");
}
