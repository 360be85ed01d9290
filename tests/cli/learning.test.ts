import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventsOf } from "../../src/store/events.ts";
import { startTestDesk, type TestDesk } from "../support/test-desk.ts";

/** The commands around what is learned, beside a desk that runs. */
let desk: TestDesk;
beforeAll(async () => {
  desk = await startTestDesk();
});
afterAll(() => desk?.close());

async function run(...args: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
  const child = spawn(process.execPath, [resolve("src/main.ts"), ...args], { cwd: desk.directory });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  return { code, said };
}

const row = (id: number, category: string): string =>
  JSON.stringify({
    id: `old-${id}`,
    subject: `Franking machine ${id}`,
    body: "takes no credit",
    labels: { category },
  });
const AS = ["--as", "alex@msp.example"];
const known = (): string | undefined =>
  desk.desk.learner.models
    .get("category")
    ?.predict({ subject: "Franking machine", body: "takes no credit", facts: [] })?.label;

it("a history is learned by the desk that runs, once; a rebuild keeps it, a roll-back takes it back", async () => {
  const history = join(desk.directory, "history.jsonl");
  const rows = Array.from({ length: 12 }, (_, at) => row(at, at % 3 === 0 ? "printer" : "franking"));
  await writeFile(history, [...rows, "{oops"].join("\n"));
  const first = await run("import", "history.jsonl", ...AS);
  expect(first.code).toBe(1);
  expect(first.said).toContain("12 added, 0 changed, 0 as they were, 1 refused.\n");
  expect(first.said).toMatch(/refused {2}history\.jsonl:13: the line holds/);
  await desk.desk.learner.settled();
  expect(known()).toBe("franking");

  await writeFile(history, [...rows.slice(0, 11), row(11, "scanner")].join("\n"));
  const again = await run("import", "history.jsonl", ...AS);
  expect(again.said).toContain("0 added, 0 changed, 11 as they were, 1 refused.\n");
  expect(again.said).toContain("category is known as “franking”");

  const rebuilt = await run("model", "rebuild", ...AS);
  expect(rebuilt.said).toMatch(/Version \d+ is in use now, learned anew from 12 labels\./);
  const back = await run("model", "rollback", "0", ...AS);
  expect(back.said).toMatch(
    /12 labels no longer count\. To take this back: countersign model rollback \d+ --as/,
  );
  await desk.desk.learner.settled();
  expect(known()).toBeUndefined();
  const listed = await run("model", "list");
  expect(listed.said).toMatch(/12 labels {2}rebuild, by alex@msp\.example/);
  expect(listed.said).toMatch(
    /0 labels {2}back to version 0, by alex@msp\.example {2}\(in use;.*\n0 labels since\.\n$/,
  );
  const events = (await eventsOf(desk.desk.database.reader, ["desk"])).map((one) => one.kind);
  expect(events.filter((kind) => kind.startsWith("model."))).toEqual(["model.rebuilt", "model.rolled-back"]);
}, 300_000);
