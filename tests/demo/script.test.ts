/** `demo --script` as somebody runs it who has just cloned the repository: one command, and its exit code is the answer. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, it, type TestContext } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

describe.concurrent("demo --script", () => {
  it("plays through by itself, shows each mail, and says that the loop closed", async ({
    expect,
    onTestFinished,
  }) => {
    const temp = await folder(onTestFinished);
    const { code, output, errors } = await run(temp);
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(output).toContain("Ana Ruiz → Northwind Support  VPN drops every hour, whole sales team affected");
    expect(output).toContain("Dana Wu · Northwind Support → Ana Ruiz");
    expect(output).toContain("11 of 11 scenes");
    expect(output.trimEnd().split("\n").at(-1)).toBe("The loop closed.");
    expect(output).not.toContain("✗");
    // No terminal, no colours.
    expect(output).not.toContain("\u001b");
    expect(await leftOvers(temp)).toEqual([]);
  }, 200_000);

  it("says what did not happen, and fails, where an approval releases nothing", async ({
    expect,
    onTestFinished,
  }) => {
    const temp = await folder(onTestFinished);
    const hook = await breaking(
      temp,
      "steps/delivery/release.ts",
      "holdUntil = new Date(",
      "holdUntil = new Date(3_600_000 + ",
    );
    const { code, output } = await run(temp, hook);
    expect(code).toBe(1);
    expect(output).toContain("This did not happen: Ana Ruiz got a reply on #1001.");
    expect(output).toContain("The loop did not close. What did not happen:");
    expect(output).toContain(
      "ana@contoso.example should have one reply on #1001 (approved as drafted) and has 0.",
    );
    expect(output).not.toContain("The loop closed.");
    expect(await leftOvers(temp)).toEqual([]);
  }, 200_000);

  it("notices a word of the review in a client's mail", async ({ expect, onTestFinished }) => {
    const temp = await folder(onTestFinished);
    const marked = "renderMarkdown(`${content.body}\\n\\n[[ end of draft 1 ]]`)";
    const { code, output } = await run(
      temp,
      await breaking(temp, "mail/compose/compose.ts", "renderMarkdown(content.body)", marked),
    );
    expect(code).toBe(1);
    expect(output).toContain("holds \\[\\[ (?:draft|end of draft)");
  }, 200_000);

  it("ends cleanly at Ctrl-C and leaves nothing behind", async ({ expect, onTestFinished }) => {
    const temp = await folder(onTestFinished);
    const child = start(temp);
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const waited = !output.includes("opened #");
      output += text;
      if (!waited || !output.includes("opened #")) return;
      // Twice, as under npm: the terminal tells both, and npm hands it on.
      child.kill("SIGINT");
      child.kill("SIGINT");
    });
    const [code] = (await once(child, "close")) as [number | null];
    expect(code).toBe(1);
    expect(output).toContain("Interrupted. The demo’s data is removed.");
    expect(await leftOvers(temp)).toEqual([]);
  }, 100_000);

  it("ends when nobody reads its output any more", async ({ expect, onTestFinished }) => {
    const temp = await folder(onTestFinished);
    const child = start(temp);
    child.stdout.once("data", () => child.stdout.destroy());
    await once(child, "close");
    expect(await leftOvers(temp)).toEqual([]);
  }, 100_000);
});

/** A place for the child's temporary data, so that what it leaves behind can be seen. */
async function folder(onTestFinished: TestContext["onTestFinished"]): Promise<string> {
  const temp = await mkdtemp(join(tmpdir(), "demo-test-"));
  onTestFinished(() => rm(temp, { recursive: true, force: true }));
  return temp;
}

function start(temp: string, hook?: string): ChildProcessByStdio<null, Readable, Readable> {
  const options = hook === undefined ? [] : ["--import", hook];
  return spawn(process.execPath, [...options, "src/main.ts", "demo", "--script"], {
    cwd: ROOT,
    env: { PATH: process.env["PATH"], TMPDIR: temp, TZ: "Europe/Berlin" },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

interface Run {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

async function run(temp: string, hook?: string): Promise<Run> {
  const child = start(temp, hook);
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output, errors };
}

/** A hook for the child that changes one source file on its way in, as a developer's slip would. */
async function breaking(temp: string, file: string, from: string, to: string): Promise<string> {
  const path = join(temp, "break.mjs");
  const [end, searched, put] = [`/src/${file}`, from, to].map((text) => JSON.stringify(text));
  await writeFile(
    path,
    `import { registerHooks } from "node:module";
    registerHooks({
      load(url, context, next) {
        const loaded = next(url, context);
        if (!url.endsWith(${end})) return loaded;
        const source = String(loaded.source);
        if (!source.includes(${searched})) throw new Error("there is nothing to break in " + url);
        return { ...loaded, source: source.replace(${searched}, () => ${put}) };
      },
    });`,
  );
  return pathToFileURL(path).href;
}

async function leftOvers(temp: string): Promise<readonly string[]> {
  return (await readdir(temp)).filter((name) => name.startsWith("countersign-demo-"));
}
