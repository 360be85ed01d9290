import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { embeddedDefaults, type Config } from "../../src/config.ts";
import type { DeskChildMessage, DeskChildOptions, FailPointPass } from "./desk-child.ts";

export type { FailPointPass } from "./desk-child.ts";

const CHILD = fileURLToPath(new URL("./desk-child.ts", import.meta.url));

/** A desk that can be killed. Its folder outlives it: the next one opened there goes on with the same database. */
export interface DeskProcess {
  /** SMTP intake. */
  readonly port: number;
  /** What it passed so far, in order. */
  readonly passed: readonly FailPointPass[];
  /** Whether it has ended, by itself or by a signal. */
  ended(): boolean;
  /** Whether nothing waits, runs or is left to send. False once it has ended. */
  isQuiet(): Promise<boolean>;
  /** As SIGTERM would: finish what is under way, close. */
  stop(): Promise<void>;
  /** `kill -9`. */
  kill(): Promise<void>;
}

export interface DeskProcessOptions {
  readonly directory: string;
  readonly relayPort: number;
  /** In place of an SMTP port. */
  readonly intake?: Config["intake"];
  readonly killAt?: FailPointPass | null;
  /** A folder where Node keeps compiled modules between processes: half the time of a start. */
  readonly compileCache?: string;
}

/** A desk on SQLite under `directory`, without an undo window and with each digest at once. */
export function deskConfig(options: Pick<DeskProcessOptions, "directory" | "relayPort" | "intake">): Config {
  const defaults = embeddedDefaults(options.directory);
  return {
    ...defaults,
    desk: { ...defaults.desk, name: "Northwind Support" },
    intake: options.intake ?? [{ kind: "smtp", host: "127.0.0.1", port: 0, maxSizeBytes: 52_428_800 }],
    relay: { kind: "smtp", host: "127.0.0.1", port: options.relayPort, secure: false, auth: null },
    review: { ...defaults.review, holdMs: 0, digestEveryMs: 0 },
  };
}

/** Start one. `null` when it was killed, as it was told, before it was ready. Rejects with its reason when it did not start. */
export async function startDeskProcess(options: DeskProcessOptions): Promise<DeskProcess | null> {
  const argument: DeskChildOptions = { config: deskConfig(options), killAt: options.killAt ?? null };
  const child = fork(CHILD, [JSON.stringify(argument)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    execArgv: [],
    env: {
      ...process.env,
      ...(options.compileCache === undefined ? {} : { NODE_COMPILE_CACHE: options.compileCache }),
    },
  });
  const exit = once(child, "exit");
  const passed: FailPointPass[] = [];
  const heard = new Set<(message: DeskChildMessage) => void>();
  child.on("message", (message) => {
    const said = message as DeskChildMessage;
    if (said.kind === "passed") passed.push({ name: said.name, nth: said.nth });
    for (const hear of heard) hear(said);
  });
  /** The next message that fits; `null` when it ends first. */
  const next = async <K extends DeskChildMessage["kind"]>(
    ...kinds: readonly K[]
  ): Promise<Extract<DeskChildMessage, { kind: K }> | null> => {
    const { promise, resolve } = Promise.withResolvers<Extract<DeskChildMessage, { kind: K }> | null>();
    const hear = (message: DeskChildMessage): void => {
      if ((kinds as readonly string[]).includes(message.kind))
        resolve(message as Extract<DeskChildMessage, { kind: K }>);
    };
    heard.add(hear);
    void exit.then(() => resolve(null));
    return promise.finally(() => heard.delete(hear));
  };
  // A test run that dies takes its desks along.
  const endWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", endWithUs);
  void exit.then(() => process.off("exit", endWithUs));

  const ready = await next("ready", "failed");
  if (ready === null) return null;
  if (ready.kind === "failed") {
    await exit;
    throw new Error(ready.reason);
  }
  return {
    port: ready.port,
    passed,
    ended: () => hasEnded(child),
    async isQuiet() {
      if (hasEnded(child)) return false;
      const answer = next("quiet");
      child.send("quiet?", () => undefined);
      return (await answer)?.isQuiet ?? false;
    },
    async stop() {
      if (!hasEnded(child)) child.send("stop", () => undefined);
      await exit;
    },
    async kill() {
      child.kill("SIGKILL");
      await exit;
    },
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
