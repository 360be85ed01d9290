import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventsOf } from "../../src/store/events.ts";
import { listMail } from "../../src/store/messages.ts";
import { sendMail } from "../support/smtp.ts";
import { eventually, startTestDesk, type TestDesk } from "../support/test-desk.ts";

const MAIN = resolve("src/main.ts");

let desk: TestDesk;
let id: number;
beforeAll(async () => {
  desk = await startTestDesk();
  await sendMail(desk.port, {
    from: "ana@contoso.example",
    to: "support@desk.example",
    raw: "Subject: who am I\n\nHelp.\n",
  });
  await desk.idle();
  const [message] = await listMail(desk.desk.database.reader, { limit: 1 });
  id = message?.id ?? 0;
});
afterAll(() => desk?.close());

async function quarantine(...args: string[]): Promise<{ readonly code: number; readonly said: string }> {
  const child = spawn(process.execPath, [MAIN, "quarantine", ...args], { cwd: desk.directory });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  return { code, said };
}

describe("countersign quarantine, beside a running desk", () => {
  it("lists what was put aside, with its reason", async () => {
    expect(await quarantine("list")).toEqual({
      code: 0,
      said: expect.stringMatching(/no sender {2}who am I\n.*from-missing: .*no readable From/) as string,
    });
  });

  it.each([
    [["retry", "1", "--as", "dana@msp.example"], "no active lead or admin here. There are: "],
    [["retry", "one", "--as", "alex@msp.example"], "a message's id is wanted"],
  ])("2 for %j", async (args, words) => {
    const { code, said } = await quarantine(...args);
    expect([code, said]).toEqual([2, expect.stringContaining(words)]);
  });

  it("lets one try again in a person's name; the running desk reads it", async () => {
    expect(await quarantine("retry", String(id), "--as", "Alex@msp.example")).toMatchObject({ code: 0 });
    const kinds = await eventually(async () => {
      const events = await eventsOf(desk.desk.database.reader, [`message:${id}`]);
      return events.filter(({ kind }) => kind === "message.filed").length === 2 ? events : undefined;
    }, 20_000);
    expect(kinds?.map(({ kind, actor }) => [kind, actor.id])).toEqual([
      ["message.received", "intake"],
      ["message.filed", "filing"],
      ["message.retried", "alex@msp.example"],
      ["message.filed", "filing"],
    ]);
  });
});
