import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

async function npmEval(...args: string[]): Promise<{ code: number; out: string; errors: string }> {
  const child = spawn(process.execPath, ["eval/run.ts", ...args]);
  let [out, errors] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  return { code, out, errors };
}

describe("npm run eval", () => {
  it("says what to do where the data is missing, or a section is unknown", async () => {
    const missing = await npmEval("--data", "no/such/folder");
    expect([missing.code, missing.errors]).toEqual([
      2,
      expect.stringContaining("There is no folder no/such/folder"),
    ]);
    const unknown = await npmEval("--data", ".", "--only", "weather");
    expect([unknown.code, unknown.errors]).toEqual([2, expect.stringContaining("knows no weather")]);
  });

  it("leaves out, by name, what a folder has no data for", async () => {
    const folder = await mkdtemp(join(tmpdir(), "countersign-eval-"));
    const { code, out, errors } = await npmEval("--data", folder);
    await rm(folder, { recursive: true });
    expect([code, errors]).toEqual([0, expect.stringContaining("triage-clean is left out")]);
    expect(out).toContain("| what | reference | aim | measured |");
  });
});
