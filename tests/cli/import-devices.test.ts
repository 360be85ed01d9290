import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestDesk, type TestDesk } from "../support/test-desk.ts";

let desk: TestDesk;
beforeAll(async () => {
  desk = await startTestDesk();
});
afterAll(() => desk?.close());

async function importing(csv: string): Promise<{ readonly code: number; readonly said: string }> {
  await writeFile(join(desk.directory, "devices.csv"), csv);
  const args = [resolve("src/main.ts"), "import", "devices.csv", "--as", "alex@msp.example"];
  const child = spawn(process.execPath, args, { cwd: desk.directory });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  return { code, said };
}

it("countersign import devices.csv: says what it added and refused, and nothing the second time", async () => {
  const csv =
    "name,client,contact,type\nLT-1,Contoso,ana@contoso.example,laptop\nLT-2,Contoso,who@contoso.example,laptop\nLT-3,Nobody,,\n";
  const first = await importing(csv);
  expect(first.code).toBe(1);
  expect(first.said).toContain("added    device LT-1 of Contoso\n");
  expect(first.said).toContain(
    "refused  device LT-2 of Contoso (line 3): who@contoso.example is no contact of Contoso\n",
  );
  expect(first.said).toMatch(
    /refused {2}devices\.csv:4: client holds "Nobody"; it accepts the name of a client: /,
  );
  const good = "name,client,contact,type\nLT-1,Contoso,ana@contoso.example,laptop\n";
  expect(await importing(good)).toEqual({
    code: 0,
    said: "0 added, 0 changed, 1 as they were, 0 refused.\n",
  });
});
