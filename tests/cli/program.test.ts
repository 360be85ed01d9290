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
