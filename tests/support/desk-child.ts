/**
 * A desk in a process of its own, to be killed: `fork(desk-child.ts, [JSON of DeskChildOptions])`. It tells its parent
 * what it passes, and ends or stops itself where it is told to. Started by desk-process.ts.
 */
import pino from "pino";
import { startIntakes } from "../../src/cli/intakes.ts";
import { openDesk } from "../../src/cli/open-desk.ts";
import type { Config } from "../../src/config.ts";
import { startWorker } from "../../src/worker.ts";
import { NO_STARTER } from "./no-starter.ts";

export interface FailPointPass {
  readonly name: string;
  /** From 1: which time this place is passed in one process. */
  readonly nth: number;
}

export interface DeskChildOptions {
  readonly config: Config;
  readonly killAt: FailPointPass | null;
  /** The desk's clock is this much ahead of the machine's, in milliseconds. */
  readonly aheadMs: number;
}

/** What the parent may say besides `quiet?` and `stop`. */
export type DeskChildOrder =
  | { readonly kind: "kill at"; readonly name: string; readonly nth: number }
  /** SIGSTOP at the next pass of this place; `null`: no more. */
  | { readonly kind: "hold at"; readonly name: string | null };

export type DeskChildMessage =
  | { readonly kind: "ready"; readonly port: number }
  | { readonly kind: "failed"; readonly reason: string }
  | ({ readonly kind: "passed" } & FailPointPass)
  /** The last word before SIGKILL or SIGSTOP. */
  | ({ readonly kind: "killed" | "held" } & FailPointPass)
  | { readonly kind: "quiet"; readonly isQuiet: boolean };

const options = JSON.parse(process.argv[2] ?? "") as DeskChildOptions;
const passes = new Map<string, number>();
const tell = (message: DeskChildMessage): void => void process.send?.(message);
let { killAt } = options;
let holdAt: string | null = null;

function pass(name: string): void {
  const nth = (passes.get(name) ?? 0) + 1;
  passes.set(name, nth);
  if (killAt !== null && killAt.name === name && killAt.nth === nth) {
    tell({ kind: "killed", name, nth });
    process.kill(process.pid, "SIGKILL");
  }
  if (holdAt === name) {
    holdAt = null;
    tell({ kind: "held", name, nth });
    process.kill(process.pid, "SIGSTOP");
  }
  tell({ kind: "passed", name, nth });
}

function obey(order: DeskChildOrder): void {
  if (order.kind === "hold at") holdAt = order.name;
  // From now on: what was passed before the order came does not count.
  else killAt = { name: order.name, nth: (passes.get(order.name) ?? 0) + order.nth };
}

// A parent that dies takes this desk along.
process.on("disconnect", () => process.exit());

try {
  const open = await openDesk(options.config, pino({ level: process.env["TEST_LOG"] ?? "silent" }), {
    starter: NO_STARTER,
    failPoint: pass,
    clock: () => new Date(Date.now() + options.aheadMs),
  });
  const worker = await startWorker(open.desk);
  const intakes = await startIntakes(open, { backoff: { least: 50, most: 200 } });
  const { db } = open.desk.database;
  process.on("message", (message) => {
    if (message === "quiet?") void isQuiet().then((quiet) => tell({ kind: "quiet", isQuiet: quiet }));
    if (message === "stop") void stop();
    if (typeof message === "object") obey(message as DeskChildOrder);
  });
  tell({ kind: "ready", port: intakes.smtpPorts[0] ?? 0 });

  /** Nothing waits, runs, or is left to send. Failed jobs are quiet too: the test looks at them. */
  async function isQuiet(): Promise<boolean> {
    const jobs = await open.desk.queue.counts();
    const mails = await db("outbox").where({ status: "queued" });
    const releases = await db("releases").whereIn("status", [
      "held",
      "ready",
      "claimed",
      "started",
      "deferred",
    ]);
    return jobs.every(({ state }) => state === "failed") && mails.length === 0 && releases.length === 0;
  }

  async function stop(): Promise<void> {
    await intakes.close();
    await worker.stop();
    await open.close();
    process.disconnect();
  }
} catch (error) {
  const failed: DeskChildMessage = { kind: "failed", reason: String(error) };
  process.send?.(failed, () => process.exit(1));
}
