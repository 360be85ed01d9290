/**
 * `npm run threats`: the table of threats.yaml, each with the tests that hold it and how they ended. Runs the test files
 * that name a threat, or reads vitest's JSON report of an earlier run: `npm run threats -- --report FILE`. With
 * `--titles` every test is named. Exits 1 where a threat has no test or a red one.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { formatTable, readThreats, threatTable, type TestReport } from "./threat-table.ts";

const project = fileURLToPath(new URL("..", import.meta.url));
const { values } = parseArgs({
  options: { report: { type: "string" }, titles: { type: "boolean", default: false } },
});
const report = values.report === undefined ? await runThreatTests() : readReport(values.report);
const { rows, faults, summary } = threatTable(readThreats(), report);
console.log(formatTable(rows));
if (values.titles)
  for (const row of rows)
    for (const test of row.tests)
      console.log(`${String(row.number).padStart(2)}  ${test.status}  ${test.file}: ${test.title}`);
for (const fault of faults) console.log(fault);
console.log(summary);
process.exitCode = faults.length > 0 ? 1 : 0;

function readReport(file: string): TestReport {
  return JSON.parse(readFileSync(file, "utf8")) as TestReport;
}

async function runThreatTests(): Promise<TestReport> {
  const folder = mkdtempSync(join(tmpdir(), "countersign-threats-"));
  try {
    const file = join(folder, "report.json");
    const args = [
      join(project, "node_modules/vitest/vitest.mjs"),
      "run",
      `--maxWorkers=${availableParallelism() + 1}`,
      "--reporter=dot",
      "--reporter=json",
      `--outputFile.json=${file}`,
      ...filesThatNameThreats(),
    ];
    const child = spawn(process.execPath, args, { cwd: project, stdio: "inherit" });
    process.on("SIGINT", () => {});
    await new Promise((resolve) => child.on("close", resolve));
    return readReport(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Test files with a threat's number in a title, their own or one of a suite that they share. */
function filesThatNameThreats(): readonly string[] {
  const texts = new Map(
    readdirSync(join(project, "tests"), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => [`tests/${path}`, readFileSync(join(project, "tests", path), "utf8")]),
  );
  const naming = [...texts].filter(([, text]) => /["'`]\d{1,2}(?:, ?\d{1,2})* · /.test(text));
  const shared = naming.map(([path]) => basename(path)).filter((name) => !name.endsWith(".test.ts"));
  return [...texts]
    .filter(
      ([path, text]) =>
        path.endsWith(".test.ts") &&
        (naming.some(([one]) => one === path) || shared.some((name) => text.includes(`/${name}"`))),
    )
    .map(([path]) => path);
}
