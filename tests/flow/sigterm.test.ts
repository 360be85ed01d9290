import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDatabase } from "../../src/store/open-database.ts";
import { listReleases } from "../../src/store/releases.ts";
import { reply, write } from "../support/mail-program.ts";
import { startRelay, type Relay } from "../support/relay.ts";
import { hangUp } from "../support/smtp.ts";
import { DESK_YAML, eventually } from "../support/test-desk.ts";

/** The real command, stopped as a service manager stops it, while a reply to a client is on the wire. */

const MAIN = resolve("src/main.ts");
const CLIENT = "ana@contoso.example";
/** Longer than an idle desk takes to stop. */
const SLOW_RELAY_MS = 2000;

let folder: string;
let relay: Relay;
let isLeaving = false;
const children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "countersign-sigterm-"));
  isLeaving = false;
  relay = await startRelay({
    mood(at, recipient) {
      if (recipient !== CLIENT || at !== "dot") return null;
      isLeaving = true;
      return { at, delay: SLOW_RELAY_MS };
    },
  });
  await writeFile(join(folder, "desk.yaml"), DESK_YAML);
  await writeFile(
    join(folder, "countersign.yaml"),
    `desk: { name: Northwind Support, address: support@desk.example, review_address: review@desk.example }
intake: [{ smtp: { host: 127.0.0.1, port: 0 } }]
relay: { host: 127.0.0.1, port: ${relay.port}, secure: false }
web: { port: 0 }
review: { identity: [token], digest_every: 0s, hold: 0s }
log: { format: json }
`,
  );
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await relay.close();
  await rm(folder, { recursive: true, force: true });
});

function run(...args: string[]): { readonly child: ChildProcess; readonly said: () => string } {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return { child, said: () => text };
}

async function start() {
  const started = run("start");
  const port = await eventually(() => /SMTP intake listens on port (\d+)/.exec(started.said())?.[1], 30_000);
  if (port === undefined) throw new Error(`it did not start: ${started.said()}`);
  return { ...started, port: Number(port) };
}

/** Its exit code; a signal that ended it is none. */
async function stop(child: ChildProcess): Promise<number | null> {
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const [code] = (await ended) as [number | null];
  return code;
}

test(
  "69 · SIGTERM while a reply is on the wire: it is finished and written down, and the next start sends nothing twice",
  { timeout: 120_000 },
  async () => {
    await once(run("import", "desk.yaml", "--as", "alex@msp.example").child, "exit");
    const first = await start();
    await write(first.port, { from: CLIENT, name: "Ana Ruiz", subject: "VPN drops", text: "My VPN drops." });
    const digest = await eventually(() => relay.mails.find(({ to }) => to[0] === "dana@msp.example"), 30_000);
    await reply(first.port, digest?.bytes ?? Buffer.alloc(0), { from: "dana@msp.example", top: "approve" });
    expect(await eventually(() => (isLeaving ? true : undefined), 30_000)).toBe(true);
    hangUp(first.port);
    expect(await stop(first.child), first.said()).toBe(0);
    const toClient = (): number => relay.mails.filter(({ to }) => to[0] === CLIENT).length;
    expect(toClient()).toBe(1);

    const second = await start();
    const database = await openDatabase(`sqlite:${join(folder, "data", "countersign.sqlite")}`);
    expect(await listReleases(database.db, { limit: 5 })).toMatchObject([{ status: "accepted" }]);
    await database.close();
    expect(await stop(second.child), second.said()).toBe(0);
    expect(toClient()).toBe(1);
  },
);
