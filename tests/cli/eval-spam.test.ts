import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-eval-spam-"));
  await writeFile(join(folder, "train.jsonl"), rows(0, 40).join("\n"));
  await writeFile(join(folder, "test.jsonl"), rows(40, 52).join("\n"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const offers = ["watches", "loans", "pills", "degrees", "leads"];
const matters = ["printer", "laptop", "mailbox", "tunnel", "screen"];

/** One spam and one honest mail for each number. */
function rows(from: number, to: number): readonly string[] {
  return Array.from({ length: to - from }, (_, step) => {
    const at = from + step;
    const spam = `From: offer${at}@mail${at}.example\nSubject: GREAT ${offers[at % 5]}\n\nOrder cheap ${offers[(at + 2) % 5]} now at http://192.0.2.${at}/ before day ${"ab".repeat(at)}`;
    const honest = `From: Kim Osei <kim@client${at}.example>\nTo: support@northwind.example\nMessage-ID: <${at}@client${at}.example>\nSubject: ${matters[at % 5]}\n\nHello, the ${matters[(at + 1) % 5]} of ${"cd".repeat(at)} does not work, can you help?`;
    return [
      JSON.stringify({ id: `s${at}`, raw: spam, spam: true }),
      JSON.stringify({ id: `h${at}`, raw: honest, spam: false }),
    ];
  }).flat();
}

async function evalSpam(...args: string[]): Promise<{ code: number; out: string; errors: string }> {
  const child = spawn(process.execPath, [resolve("src/main.ts"), "eval", "spam", ...args], { cwd: folder });
  let [out, errors] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  return { code, out, errors };
}

describe("eval spam", () => {
  it("learns, judges, writes a line a mail, and says how good it was", async () => {
    const { code, out } = await evalSpam(
      "--train",
      "train.jsonl",
      "--test",
      "test.jsonl",
      "--predictions",
      "out.jsonl",
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^24 mails, of which 12 spam\nham flagged {4}0\.00 % \(0 of 12;/);
    expect(out).toMatch(/spam caught {4}(?:9|10)\d\.\d\d %/);
    const lines = (await readFile(join(folder, "out.jsonl"), "utf8")).trim().split("\n");
    const first = JSON.parse(lines[0] ?? "") as Record<string, unknown>;
    expect(lines).toHaveLength(24);
    expect(first).toMatchObject({ id: "s40", spam: true, edge: false });
    expect(first["confidence"]).toBe(first["chance"]);
  });

  it("splits one collection by itself", async () => {
    const { code, out } = await evalSpam("--data", "train.jsonl", "--splits", "1");
    expect(code).toBe(0);
    expect(out).toContain("AUC ");
  });

  it.each([
    [["--train", "train.jsonl"], 2, "Name --train and --test, or --data alone."],
    [["--data", "none"], 2, "none cannot be read"],
    [["--data", "train.jsonl", "--splits", "0"], 2, "a number from 1 to 100"],
  ])("%j", async (args, code, says) => {
    const result = await evalSpam(...args);
    expect(result.errors).toContain(says);
    expect(result.code).toBe(code);
  });
});
