import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DraftPrediction } from "../../src/cli/eval-drafts.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-eval-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function evalDrafts(...args: string[]): Promise<{ readonly code: number; readonly said: string }> {
  const child = spawn(process.execPath, [resolve("src/main.ts"), "eval", "drafts", ...args], { cwd: folder });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  return { code, said };
}

const predictions = async (file: string): Promise<readonly DraftPrediction[]> =>
  (await readFile(join(folder, file), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as DraftPrediction);

describe("countersign eval drafts", () => {
  it("drafts for the demo's mails: every one has an answer, a reason to have none, and sources", async () => {
    const { code, said } = await evalDrafts(
      "--mails",
      resolve("src/demo/data/mails"),
      "--predictions",
      "demo.jsonl",
    );
    expect(code).toBe(0);
    expect(said).toMatch(/^mails {2,}12, of them 2 automatic and 1 spam$/m);
    expect(said).toMatch(/^drafts in the client's language {2,}9 of 9 \(100 %\)$/m);
    const rows = await predictions("demo.jsonl");
    expect(
      rows.filter((row) => row.left === "").flatMap((row) => [...row.warnings, ...row.unsourced]),
    ).toEqual([]);
    for (const row of rows) expect(row.body === "").toBe(row.left !== "");
    for (const row of rows.filter((one) => one.left === "")) expect(row.sources.length).toBeGreaterThan(2);
  });

  it("takes whatever a mail may hold: nothing, a megabyte, mojibake, a picture alone, twelve languages", async () => {
    const mails: readonly Partial<Record<"id" | "subject" | "body", string>>[] = [
      { id: "empty", subject: "", body: "" },
      { id: "huge", subject: "Log", body: "The printer does not print. ".repeat(40_000) },
      { id: "mojibake", subject: "Ã¼ber", body: "KÃ¶nnen Sie â€žmirâ€œ helfen? ï¿½ï¿½ï¿½" },
      { id: "questions", body: "Why? ".repeat(500) },
      { id: "en", body: "Hello, the printer does not print." },
      { id: "de", body: "Guten Tag, der Drucker druckt nicht. Können Sie helfen?" },
      { id: "fr", body: "Bonjour, l'imprimante n'imprime plus. Pouvez-vous nous aider ?" },
      { id: "es", body: "Hola, la impresora no imprime. ¿Pueden ayudarnos?" },
      { id: "it", body: "Buongiorno, la stampante non stampa. Potete aiutarci?" },
      { id: "nl", body: "Goedemorgen, de printer werkt niet. Kunt u ons helpen?" },
      { id: "pt", body: "Bom dia, a impressora não imprime. Podem ajudar?" },
      { id: "pl", body: "Dzień dobry, drukarka nie drukuje. Proszę o pomoc." },
      { id: "ja", body: "プリンターで印刷できません。助けてください。" },
      { id: "zh", body: "打印机无法打印。请帮忙。" },
      { id: "ar", body: "الطابعة لا تعمل. هل يمكنكم المساعدة؟" },
      { id: "ru", body: "Принтер не печатает. Помогите, пожалуйста." },
    ];
    await writeFile(join(folder, "bad.jsonl"), mails.map((one) => JSON.stringify(one)).join("\n"));
    const { code, said } = await evalDrafts("--mails", "bad.jsonl", "--predictions", "out.jsonl");
    expect([code, said]).toEqual([0, expect.stringContaining("16, of them 0 automatic")]);
    const rows = await predictions("out.jsonl");
    expect(rows.map((row) => row.id)).toEqual(mails.map((one) => one.id));
    for (const row of rows.filter((one) => one.left === "")) {
      expect(row.body).toMatch(/^(?:Hi|Guten Tag|Bonjour|Hola|Buongiorno|Olá|Beste) \S[^]*Support$/);
      expect(row.body.length).toBeLessThan(3000);
      expect(row.unsourced).toEqual([]);
      // What is not in the client's language is said to the reviewer.
      const foreign = !["en", "de", "fr", "es", "it", "nl", "pt"].includes(row.language);
      expect([
        row.id,
        row.warnings.some((text) => /^There is no template in|^The client's language could/.test(text)),
      ]).toEqual([row.id, foreign]);
    }
  });

  it.each([
    [["--mails", "nowhere"], "--mails nowhere: there is no such file or folder"],
    [["--mails", "broken.jsonl"], "broken.jsonl:2: no JSON"],
    [["--mails", "empty.jsonl"], 'empty.jsonl:1: a map with "subject" and "body" is wanted'],
  ])("2 for %j", async (args, words) => {
    await writeFile(join(folder, "broken.jsonl"), '{"body":"x"}\n{');
    await writeFile(join(folder, "empty.jsonl"), "{}\n");
    const { code, said } = await evalDrafts(...args);
    expect([code, said]).toEqual([2, expect.stringContaining(words)]);
  });
});
