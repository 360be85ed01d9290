import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { createServer } from "node:net";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/program.ts";

const MAIN = resolve("src/main.ts");
const PEOPLE =
  "technicians: [{ name: Kim Osei, email: kim@msp.example, role: admin }]\nqueues: [{ name: Desk, default: true }]\n";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-cli-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(...args: string[]): Promise<{ readonly code: number; readonly said: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  return { code, said };
}

it.each([...COMMANDS.keys()])("%s takes --config, each of its commands too", async (name) => {
  const command = await COMMANDS.get(name)?.();
  const leaves = command === undefined ? [] : command.commands.length === 0 ? [command] : command.commands;
  expect(leaves.length).toBeGreaterThan(0);
  for (const leaf of leaves)
    expect(
      leaf.options.map((option) => option.long),
      leaf.name(),
    ).toContain("--config");
});

describe("exit codes and what is said", () => {
  it.each([
    [["frobnicate"], "unknown command 'frobnicate'"],
    [["import", "desk.yaml"], "--as"],
    [["audit", "export"], "--ticket"],
    [["token", "create"], "--name"],
    [["token", "create", "--name", "x", "--role", "king"], "viewer"],
  ])("2 for %j", async (args, words) => {
    const { code, said } = await run(...args);
    expect([code, said]).toEqual([2, expect.stringContaining(words)]);
    expect(said).toContain("Run the command with --help");
  });

  it("a whole sentence is followed by its cause in brackets", async () => {
    const { code, said } = await run("doctor", "--config", "none.yaml");
    expect(code).toBe(2);
    expect(said).toContain("Name an existing file with --config. (ENOENT");
  });

  it.each([
    ["empty.yaml", "", "empty.yaml: the file is empty; it accepts a map with the keys desk,"],
    [
      "folder.yaml",
      'database: { url: "sqlite:note.txt/desk.sqlite" }\n',
      "in a folder that it may write: EEXIST",
    ],
    ["other.yaml", 'database: { url: "sqlite:note.txt" }\n', "a file of the desk's own"],
  ])("%s: what is wrong and what to do, once", async (name, settings, words) => {
    await writeFile(
      join(folder, "note.txt"),
      "a text that is no database, longer than a page's head\n".repeat(50),
    );
    const desk =
      "desk: { name: N, address: s@desk.example, review_address: r@desk.example }\nintake: [{ smtp: { port: 0 } }]\nrelay: { capture: true }\n";
    await writeFile(join(folder, name), settings === "" ? "" : desk + settings);
    const { code, said } = await run("audit", "verify", "--config", name);
    expect(code).not.toBe(0);
    expect(said).toContain(words);
    expect(said).not.toMatch(/(SQLITE_\w+|ENOENT|EEXIST)[^]*\1|\n\s+at /);
  });

  it("what a file of JSON lines lacks is said by name", async () => {
    await writeFile(join(folder, "pairs.jsonl"), '{"a":"x","b":"y"}\n');
    const { said } = await run("eval", "related", "--pairs", "pairs.jsonl");
    expect(said).toContain('pairs.jsonl, line 1: "label" is missing');
    const gone = await run("eval", "triage", "--train", "gone.jsonl", "--test", "gone.jsonl");
    expect(gone.said.match(/ENOENT/g)).toHaveLength(1);
  });

  it("an author must be a technician whom the desk knows or the file brings in", async () => {
    await writeFile(join(folder, "desk.yaml"), PEOPLE);
    await writeFile(join(folder, "note.md"), "# Note\n\ntext\n");
    const early = await run("import", "note.md", "--as", "kim@msp.example");
    expect(early).toMatchObject({ code: 1, said: expect.stringContaining("no technician yet") });
    const stranger = await run("import", "desk.yaml", "--as", "eve@elsewhere.example");
    expect(stranger).toMatchObject({ code: 1, said: expect.stringContaining("There are: kim@msp.example") });
    expect(await run("import", "desk.yaml", "note.md", "--as", "Kim@msp.example")).toMatchObject({ code: 0 });
  });

  it("a port that is taken is named, with what to do", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    await writeFile(
      join(folder, "countersign.yaml"),
      `desk: { name: D, address: s@desk.example, review_address: r@desk.example }
intake: [{ smtp: { host: 127.0.0.1, port: ${port} } }]
relay: { capture: true }
web: { port: 0 }
`,
    );
    const { code, said } = await run("start");
    server.close();
    expect([code, said]).toEqual([1, expect.stringContaining(`Port ${port} is taken by another program`)]);
  });
});
