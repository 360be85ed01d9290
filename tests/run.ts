/**
 * `npm test`: run every test that this machine can run, say what was left out and why, how many of the threats are held,
 * and end with one plain line `N passed, N failed, N skipped`. A threat that no test names is a failure. Arguments go to
 * vitest: `npm test -- tests/mail`; the threats are then not counted.
 */
import { spawn, type ChildProcess } from "node:child_process";
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
let child = start(process.argv.slice(2));
// A terminal sends ctrl-C to vitest too: wait for it to clean up.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("close", (code) => {
  const report = readReport();
  const lost = code === 0 || report === undefined ? [] : lostFiles(report);
  if (report === undefined || lost.length === 0) return finish(report, code);
  // No test failed, but a process of tests was ended by a signal, as by a crash in a native module. Said, and tried once.
  console.log(`ended by a signal, with no test failed; once more: ${lost.join(", ")}`);
  child = start(lost);
  child.on("close", (again) => {
    const second = readReport();
    finish(second === undefined ? undefined : joined(report, second, lost), again);
  });
});

/** Runs vitest with these arguments; the report is in `reportFile` afterwards. */
function start(rest: readonly string[]): ChildProcess {
  return spawn(
    process.execPath,
    [
      vitest,
      "run",
      // Most test files wait for sockets and child programs: one more than the cores keeps them busy.
      `--maxWorkers=${availableParallelism() + 1}`,
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${reportFile}`,
      ...rest,
    ],
    {
      cwd: project,
      stdio: "inherit",
      env: {
        ...process.env,
        [SKIPS_FILE_VARIABLE]: skipsFile,
        // Many tests start desks as programs of their own: what one has compiled, the next need not.
        NODE_COMPILE_CACHE: join(folder, "compiled"),
      },
    },
  );
}

/** Files whose tests did not come to an end, where no test at all failed. */
function lostFiles({ numFailedTests, testResults }: Report): readonly string[] {
  if (numFailedTests > 0) return [];
  return testResults
    .filter((file) => file.assertionResults.length > 0 && file.assertionResults.some(isUnfinished))
    .map((file) => file.name);
}

const isUnfinished = ({ status }: { readonly status: string }): boolean =>
  status !== "passed" && status !== "failed";

/** The first report with what the second run says of the files that were lost. */
function joined(first: Report, second: Report, lost: readonly string[]): Report {
  const testResults = [
    ...first.testResults.filter(({ name }) => !lost.includes(name)),
    ...second.testResults,
  ];
  const count = (status: string): number =>
    testResults.flatMap((file) => file.assertionResults).filter((test) => test.status === status).length;
  const [numPassedTests, numFailedTests] = [count("passed"), count("failed")];
  const all = testResults.flatMap((file) => file.assertionResults).length;
  return {
    ...second,
    testResults,
    numPassedTests,
    numFailedTests,
    numTodoTests: 0,
    numPendingTests: all - numPassedTests - numFailedTests,
  };
}

function finish(report: Report | undefined, code: number | null): void {
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
}

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
