import { mkdtemp, rm } from "node:fs/promises";
import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import type { Logger } from "pino";
import { parseConfig, type Config } from "../config.ts";
import { createMailboxes } from "../demo/mailboxes.ts";
import { openPostOffice } from "../demo/outgoing.ts";
import { startDemoPage } from "../demo/page.ts";
import { playersOf } from "../demo/people.ts";
import { startDemoRelay } from "../demo/relay.ts";
import type { Stage } from "../demo/stage.ts";
import { playScript } from "../demo/script/play.ts";
import { showPage } from "../demo/show-page.ts";
import { takesUnusedConfig } from "./config-option.ts";
import { importDemoData } from "./demo-data.ts";
import { createLog } from "./log.ts";
import { openDesk } from "./open-desk.ts";
import { runDesk } from "./run-desk.ts";

/** A visitor wants to see the hold and the gathering happen; the script must not wait for them long. */
const TIMES = { page: { hold: 20, digestEvery: 10 }, script: { hold: 4, digestEvery: 4 } } as const;

interface DemoOptions {
  readonly script?: boolean;
  readonly port: number;
}

export function demoCommand(): Command {
  return takesUnusedConfig(new Command("demo"))
    .description(
      "a desk with everything embedded, a dozen support mails, and a page to play both sides; nothing leaves this machine",
    )
    .option("--script", "play it through without a page, show each mail, and exit 0 only if the loop closed")
    .option("--port <port>", "the page's port; 0 is any free one", portIn, 0)
    .action((options: DemoOptions) => demo(options));
}

/** Put everything up in a folder of its own, play, and leave nothing behind: also after Ctrl-C, and after a failure. */
async function demo(options: DemoOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-demo-"));
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  // Also a second one: npm hands Ctrl-C on to a child that the terminal has told already.
  process.on("SIGINT", interrupt);
  // The reader of a pipe went away (`demo --script | head`): nobody looks any more.
  process.stdout.on("error", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    await onStage(folder, options, interrupted.signal);
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
    process.stdout.off("error", interrupt);
    await rm(folder, { recursive: true, force: true });
  }
}

async function onStage(folder: string, options: DemoOptions, interrupted: AbortSignal): Promise<void> {
  const script = options.script === true;
  const times = script ? TIMES.script : TIMES.page;
  const mailboxes = createMailboxes(() => new Date());
  const relay = await startDemoRelay(mailboxes);
  const closing: (() => Promise<void> | void)[] = [() => relay.close()];
  try {
    const config = demoConfig(folder, { relayPort: relay.port, webPort: await freePort(), ...times });
    const log = demoLog();
    const open = await openDesk(config, log);
    const running = await runDesk(open, log);
    closing.push(() => running.close());
    const { desk } = open;
    await importDemoData(desk);
    const post = openPostOffice(running.smtpPorts[0] ?? 0, mailboxes, desk);
    closing.push(() => post.close());
    const stage: Stage = {
      desk,
      mailboxes,
      post,
      players: await playersOf(desk),
      consoleUrl: running.webPort === null ? null : config.web.url,
      holdSeconds: times.hold,
      digestSeconds: times.digestEvery,
      say: (text) => void process.stdout.write(`${text}\n`),
    };
    if (script) {
      if (!(await playScript(stage, interrupted))) process.exitCode = 1;
      return;
    }
    const page = await startDemoPage(stage, { port: options.port });
    closing.push(() => page.close());
    await showPage(stage, page.url, interrupted);
  } finally {
    for (const close of closing.toReversed()) await close();
  }
}

function portIn(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new InvalidArgumentError("a port is wanted, such as 4000; 0 is any free one.");
  return port;
}

/** As an operator would write it; only the times are shorter than any desk would have them. */
function demoConfig(
  folder: string,
  parts: {
    readonly relayPort: number;
    readonly webPort: number;
    readonly hold: number;
    readonly digestEvery: number;
  },
): Config {
  const yaml = `
desk:
  name: Northwind Support
  address: support@desk.example
  review_address: review@desk.example
  timezone: ${Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC"}
intake:
  - smtp: { host: 127.0.0.1, port: 0 }
relay: { host: 127.0.0.1, port: ${parts.relayPort}, secure: false }
database: { url: "sqlite:desk.sqlite" }
web: { host: 127.0.0.1, port: ${parts.webPort}, url: "http://127.0.0.1:${parts.webPort}" }
review: { digest_every: ${parts.digestEvery}s, hold: ${parts.hold}s, identity: [token] }
log: { level: error, format: pretty }
`;
  return parseConfig(yaml, {
    name: "the demo's configuration",
    file: join(folder, "countersign.yaml"),
    env: {},
  });
}

/** The desk's own log would drown the story; what goes wrong is shown. */
function demoLog(): Logger {
  return createLog({ level: "error", format: "pretty" });
}

/** The console's address stands in mails, so its port must be known before it is taken. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return address !== null && typeof address === "object" ? address.port : 0;
}
