import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { evalCommand } from "../../src/cli/eval.ts";
import { runCommands } from "../../src/cli/run-commands.ts";
import { searchFigures } from "../../src/cli/trial-search.ts";

let folder: string;
let [out, errors] = ["", ""];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-eval-"));
  vi.spyOn(process.stdout, "write").mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, "write").mockImplementation((text) => ((errors += String(text)), true));
});
afterEach(() => ([out, errors] = ["", ""]));
afterAll(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

const run = (...args: string[]): Promise<number> =>
  runCommands(["node", "countersign", "eval", ...args], [evalCommand()]);
const save = async (name: string, rows: readonly unknown[]): Promise<string> => {
  await writeFile(join(folder, name), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return join(folder, name);
};

describe("eval lookup", () => {
  it("asks articles of a folder, measures those with a known answer, and writes every answer", async () => {
    const articles = join(folder, "kb");
    await mkdir(join(articles, "net"), { recursive: true });
    await writeFile(join(articles, "net", "vpn.md"), "# VPN drops\n\nReinstall the adapter.\n");
    await writeFile(join(articles, "print.md"), "# Printer jams\n\nOpen tray two.\n");
    const queries = await save("queries.jsonl", [
      { id: "q1", query: "my vpn adaptr drops", relevant: ["kb/net/vpn.md"] },
      { id: "q2", subject: "tray", body: "it jams", relevant: "kb/print.md" },
      { id: "q3", query: "nothing of the kind" },
    ]);
    const predictions = join(folder, "out.jsonl");
    expect(
      await run("lookup", "--articles", articles, "--queries", queries, "--predictions", predictions),
    ).toBe(0);
    expect(out).toContain("2 articles, 3 queries, 2 of them with a right answer");
    expect(out).toMatch(/countersign +hit@1 1\.000 {2}hit@5 1\.000 {2}MRR 1\.000/);
    expect(out).toMatch(/BM25 alone +hit@1 /);
    const lines = (await readFile(predictions, "utf8")).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      { id: "q1", hits: [{ source: "kb/net/vpn.md", score: expect.any(Number) as number }] },
      { id: "q2", hits: [{ source: "kb/print.md", score: expect.any(Number) as number }] },
      { id: "q3", hits: [] },
    ]);
  });

  it("says which line of which file cannot be read", async () => {
    const articles = await save("articles.jsonl", [
      { source: "a", title: "A", body: "b" },
      { title: "no source" },
    ]);
    const queries = await save("q.jsonl", [{ query: "a" }]);
    expect(await run("lookup", "--articles", articles, "--queries", queries)).toBe(2);
    expect(errors).toContain("articles.jsonl, line 2");
    expect(errors).toContain("source (or id) is missing");
  });
});

describe("eval related", () => {
  it("tells pairs apart and finds each other's partner", async () => {
    const pairs = await save("pairs.jsonl", [
      {
        label: "duplicate",
        a: "Outlook asks for the password again",
        b: "Password asked for again by Outlook",
      },
      { label: "duplicate", a: "Printer jams in tray two", b: "Tray two of the printer: paper jams" },
      { label: "non-duplicate", a: "New laptop for a trainee", b: "The server room is hot" },
    ]);
    const predictions = join(folder, "pairs-out.jsonl");
    expect(await run("related", "--pairs", pairs, "--predictions", predictions)).toBe(0);
    expect(out).toContain("3 pairs, 2 of them duplicates: told apart with AUC 1.000, accuracy 1.000");
    expect(out).toMatch(/among second texts \(3\)\n +countersign +hit@1 1\.000/);
    expect(out).toMatch(/among all texts \(6\)\n +countersign +hit@1 1\.000/);
    const labels = (await readFile(predictions, "utf8")).match(/"label":"[^"]+"/g);
    expect(labels).toEqual(['"label":"duplicate"', '"label":"duplicate"', '"label":"non-duplicate"']);
  });
});

it("figures of a search count what was not found", () => {
  expect(searchFigures([1, 4, null, 9], [4, 1, 2, 3])).toEqual({
    questions: 4,
    hit1: 0.25,
    hit5: 0.5,
    meanReciprocalRank: (1 + 0.25 + 1 / 9) / 4,
    medianMs: 3,
    p99Ms: 4,
  });
});
