/**
 * `npm test`: run every test that this machine can run, say what was left out and why, how many of the threats are held,
 * and end with one plain line `N passed, N failed, N skipped`. A threat that no test names is a failure. Arguments go to
 * vitest: `npm test -- tests/mail`; the threats are then not counted.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, existsSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SKIPS_FILE_VARIABLE } from "./skips.ts";
import { readThreats, threatTable, type TestReport } from "./threat-table.ts";

interface Skip {
  readonly what: string;
  readonly reason: string;
}

/** The part of vitest's JSON report that is counted here. */
interface Report extends TestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numFailedTestSuites: number;
  readonly testResults: readonly (TestReport["testResults"][number] & { readonly status: string })[];
}

const project = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "countersign-tests-"));
const skipsFile = join(folder, "skips.jsonl");
const reportFile = join(folder, "report.json");

const vitest = join(project, "node_modules/vitest/vitest.mjs");
const args = [
  "run",
  // Most test files wait for sockets and child programs: one more than the cores keeps them busy.
  `--maxWorkers=${availableParallelism() + 1}`,
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${reportFile}`,
  ...process.argv.slice(2),
];
const child = spawn(process.execPath, [vitest, ...args], {
  cwd: project,
  stdio: "inherit",
  env: {
    ...process.env,
    [SKIPS_FILE_VARIABLE]: skipsFile,
    // Many tests start desks as programs of their own: what one has compiled, the next need not.
    NODE_COMPILE_CACHE: join(folder, "compiled"),
  },
});
// A terminal sends ctrl-C to vitest too: wait for it to clean up.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("close", (code) => {
  const report = readReport();
  for (const { what, reason } of readSkips()) console.log(`skipped: ${what}: ${reason}`);
  const threatsHeld = report === undefined || process.argv.length > 2 || tellThreats(report);
  if (report) {
    // A file that could not be loaded has no tests to count, and is a failure all the same.
    const unloaded = report.testResults.filter(
      (f) => f.status === "failed" && f.assertionResults.length === 0,
    ).length;
    const failed = report.numFailedTests + unloaded;
    const skipped = report.numPendingTests + report.numTodoTests;
    console.log(`${report.numPassedTests} passed, ${failed} failed, ${skipped} skipped`);
  } else {
    console.log("vitest ended without a report: 0 passed, 1 failed, 0 skipped");
  }
  rmSync(folder, { recursive: true, force: true });
  process.exitCode = code === 0 && !threatsHeld ? 1 : (code ?? 1);
});

/** Whether every threat has a test, and none a red one. */
function tellThreats(report: Report): boolean {
  const { faults, summary } = threatTable(readThreats(), report);
  for (const fault of faults) console.log(fault);
  console.log(summary);
  return faults.length === 0;
}

function readReport(): Report | undefined {
  return existsSync(reportFile) ? (JSON.parse(readFileSync(reportFile, "utf8")) as Report) : undefined;
}

/** Each missing program once, however many files asked for it. */
function readSkips(): readonly Skip[] {
  if (!existsSync(skipsFile)) return [];
  const lines = [...new Set(readFileSync(skipsFile, "utf8").split("\n").filter(Boolean))];
  return lines.map((line) => JSON.parse(line) as Skip);
}
