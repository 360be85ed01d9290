import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-eval-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function evalTriage(...args: string[]): Promise<{ code: number; out: string; errors: string }> {
  const child = spawn(process.execPath, [resolve("src/main.ts"), "eval", "triage", ...args], { cwd: folder });
  let [out, errors] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  return { code, out, errors };
}

const save = (name: string, rows: readonly unknown[]): Promise<void> =>
  writeFile(
    join(folder, name),
    rows.map((row) => (typeof row === "string" ? row : JSON.stringify(row))).join("\n"),
  );

const MAILS = [
  ["vpn tunnel drops", "Network", "P2"],
  ["printer paper jam", "Printing", "P4"],
  ["password locked again", "Accounts", "P3"],
] as const;

const rows = (times: number): unknown[] =>
  Array.from({ length: times * MAILS.length }, (_, at) => {
    const [subject, queue, priority] = MAILS[at % MAILS.length]!;
    return { id: `m${at}`, subject, body: `please help, case ${at}`, labels: { queue, priority } };
  });

describe("eval triage", () => {
  it("learns, predicts each field, measures, and writes the predictions", async () => {
    await save("train.jsonl", rows(15));
    await save("test.jsonl", [
      ...rows(4),
      { id: "unlabelled", subject: "vpn" },
      { id: 7, subject: null, body: "" },
    ]);
    const { code, out, errors } = await evalTriage(
      "--train",
      "train.jsonl",
      "--test",
      "test.jsonl",
      "--predictions",
      "out.jsonl",
    );
    expect([code, errors]).toEqual([0, expect.stringContaining("queue: learning from 45 mails")]);
    expect(out).toContain("queue: 3 labels, 45 mails learned, 12 measured");
    expect(out).toMatch(/accuracy +1\.0000/);
    expect(out).toMatch(/alone at 5 % error/);
    const written = (await readFile(join(folder, "out.jsonl"), "utf8")).trim().split("\n");
    expect(written).toHaveLength(2 * 14);
    const first = JSON.parse(written[0]!) as Record<string, unknown>;
    expect(first).toMatchObject({ id: "m0", label: "priority", value: "P2" });
    expect(first.confidence).toBeGreaterThan(0.4);
    expect(JSON.parse(written.at(-1)!)).toMatchObject({ id: "7", label: "queue" });
  });

  it("takes a field with one label, and compressed rows", async () => {
    const one = rows(5).map((row) => ({ ...(row as object), labels: { type: "incident" } }));
    await writeFile(join(folder, "one.jsonl.gz"), gzipSync(one.map((row) => JSON.stringify(row)).join("\n")));
    const { code, out } = await evalTriage("--train", "one.jsonl.gz", "--test", "one.jsonl.gz");
    expect([code, out]).toEqual([0, expect.stringMatching(/type: 1 labels.*\n +accuracy +1\.0000/)]);
  });

  it.each([
    [
      "a broken line",
      ['{"id": 1, "subject": "a", "labels": {"queue": "x"}}', "{broken"],
      "bad.jsonl, line 2 is no JSON",
    ],
    ["a wrong type", ['{"id": 1, "subject": {"a": 1}}'], "bad.jsonl, line 1: subject is wrong"],
    ["no labels at all", ['{"id": 1, "subject": "a"}'], "bad.jsonl holds no labels"],
  ])("says file and line of %s", async (_, lines, words) => {
    await save("bad.jsonl", lines);
    const { code, errors } = await evalTriage("--train", "bad.jsonl", "--test", "bad.jsonl");
    expect([code, errors]).toEqual([1, expect.stringContaining(words)]);
  });

  it("names a file that is not there", async () => {
    const { code, errors } = await evalTriage("--train", "none.jsonl", "--test", "none.jsonl");
    expect([code, errors]).toEqual([1, expect.stringContaining("none.jsonl cannot be read")]);
  });
});
