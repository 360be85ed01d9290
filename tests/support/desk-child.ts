/**
 * A desk in a process of its own, to be killed: `fork(desk-child.ts, [JSON of DeskChildOptions])`. It tells its parent
 * what it passes, and ends itself with SIGKILL where it is told to. Started by desk-process.ts.
 */
import pino from "pino";
import { startIntakes } from "../../src/cli/intakes.ts";
import { openDesk } from "../../src/cli/open-desk.ts";
import type { Config } from "../../src/config.ts";
import { startWorker } from "../../src/worker.ts";

export interface FailPointPass {
  readonly name: string;
  /** From 1: which time this place is passed in one process. */
  readonly nth: number;
}

export interface DeskChildOptions {
  readonly config: Config;
  readonly killAt: FailPointPass | null;
}

export type DeskChildMessage =
  | { readonly kind: "ready"; readonly port: number }
  | { readonly kind: "failed"; readonly reason: string }
  | ({ readonly kind: "passed" } & FailPointPass)
  | { readonly kind: "quiet"; readonly isQuiet: boolean };

const options = JSON.parse(process.argv[2] ?? "") as DeskChildOptions;
const passes = new Map<string, number>();
const tell = (message: DeskChildMessage): void => void process.send?.(message);
// A parent that dies takes this desk along.
process.on("disconnect", () => process.exit());

try {
  const open = await openDesk(options.config, pino({ level: process.env["TEST_LOG"] ?? "silent" }), {
    failPoint: (name) => {
      const nth = (passes.get(name) ?? 0) + 1;
      passes.set(name, nth);
      const { killAt } = options;
      if (killAt !== null && killAt.name === name && killAt.nth === nth) process.kill(process.pid, "SIGKILL");
      tell({ kind: "passed", name, nth });
    },
  });
  const worker = await startWorker(open.desk);
  const intakes = await startIntakes(open, { backoff: { least: 50, most: 200 } });
  const { db } = open.desk.database;
  process.on("message", (message) => {
    if (message === "quiet?") void isQuiet().then((quiet) => tell({ kind: "quiet", isQuiet: quiet }));
    if (message === "stop") void stop();
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
