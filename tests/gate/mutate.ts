/**
 * `npm run mutate`: switch off each check of the gate in turn, and see the tests turn red. Exits 1 where a mutant survives.
 * Words after it choose mutants by name: `npm run mutate -- signature`.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mutants, untouched, type Mutant } from "./mutants.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "countersign-mutants-"));
const words = process.argv.slice(2);
const chosen = mutants.filter((mutant) => words.every((word) => mutant.name.includes(word)));

interface Run {
  readonly failed: number;
  readonly passed: number;
  readonly output: string;
}

/** The tests of one mutant. */
async function run(mutant: Mutant): Promise<Run> {
  const file = join(folder, `${mutants.indexOf(mutant)}.json`);
  const child = spawn(
    process.execPath,
    [
      join(project, "node_modules/vitest/vitest.mjs"),
      "run",
      "--config=tests/gate/mutation.config.ts",
      "--reporter=json",
      `--outputFile.json=${file}`,
    ],
    { cwd: project, env: { ...process.env, MUTANT: mutant.name }, stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await new Promise((resolve) => child.on("close", resolve));
  try {
    const { numFailedTests, numPassedTests } = JSON.parse(readFileSync(file, "utf8")) as {
      numFailedTests: number;
      numPassedTests: number;
    };
    return { failed: numFailedTests, passed: numPassedTests, output };
  } catch {
    return { failed: 0, passed: 0, output };
  }
}

const sound = await run(untouched);
if (sound.failed > 0 || sound.passed === 0)
  throw new Error(`the tests are not green to begin with: ${sound.failed} failed\n${sound.output}`);

const waiting = [...chosen];
const survivors: string[] = [];
async function work(): Promise<void> {
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
    const { failed, passed, output } = await run(mutant);
    // A mutant that keeps its tests from running at all proves nothing.
    if (passed + failed === 0) throw new Error(`${mutant.name}: its tests did not run\n${output}`);
    if (failed === 0) survivors.push(mutant.name);
    console.log(`${failed > 0 ? "red     " : "SURVIVES"} ${mutant.name}`);
  }
}
await Promise.all(Array.from({ length: availableParallelism() }, () => work()));
rmSync(folder, { recursive: true, force: true });

console.log(`${chosen.length} checks switched off, ${chosen.length - survivors.length} turned a test red`);
for (const name of survivors) console.log(`survives: ${name}`);
process.exitCode = survivors.length === 0 && chosen.length > 0 ? 0 : 1;
