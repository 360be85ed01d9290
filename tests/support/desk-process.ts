import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { embeddedDefaults, type Config } from "../../src/config.ts";
import type { DeskChildMessage, DeskChildOptions, DeskChildOrder, FailPointPass } from "./desk-child.ts";

export type { FailPointPass } from "./desk-child.ts";

const CHILD = fileURLToPath(new URL("./desk-child.ts", import.meta.url));

/** A desk that can be killed. Its folder outlives it: the next one opened there goes on with the same database. */
export interface DeskProcess {
  /** SMTP intake. */
  readonly port: number;
  /** What it passed so far, in order. */
  readonly passed: readonly FailPointPass[];
  /** Where it ended itself, as it was told. */
  readonly killedAt: string | null;
  /** Whether it has ended, by itself or by a signal. */
  ended(): boolean;
  /** Whether nothing waits, runs or is left to send. False once it has ended. */
  isQuiet(): Promise<boolean>;
  /** As SIGTERM would: finish what is under way, close. */
  stop(): Promise<void>;
  /** `kill -9`. */
  kill(): Promise<void>;
  /** `kill -9` by itself at the `nth` pass of this place from now on. */
  killAt(name: string, nth: number): void;
  /** It stops (SIGSTOP) at the next pass of this place; resolves when it has, or has ended. */
  holdAt(name: string): Promise<void>;
  /** Do not stop any more; what has stopped stays so until `resume`. */
  holdNowhere(): void;
  /** Whether it has stopped where `holdAt` told it to. */
  held(): boolean;
  /** SIGCONT. */
  resume(): void;
  /** When it has ended, however. */
  readonly end: Promise<void>;
}

export interface DeskProcessOptions {
  readonly directory: string;
  readonly relayPort: number;
  /** PostgreSQL; a SQLite file under `directory` where left out. */
  readonly databaseUrl?: string;
  /** The undo window, in milliseconds. Default 0. */
  readonly holdMs?: number;
  /** The desk's clock is this much ahead, in milliseconds. */
  readonly aheadMs?: number;
  /** In place of an SMTP port. */
  readonly intake?: Config["intake"];
  readonly killAt?: FailPointPass | null;
  /** A folder where Node keeps compiled modules between processes: half the time of a start. */
  readonly compileCache?: string;
}

/** A desk with its files under `directory`, and with each digest at once. */
export function deskConfig(
  options: Pick<DeskProcessOptions, "directory" | "relayPort" | "intake" | "databaseUrl" | "holdMs">,
): Config {
  const defaults = embeddedDefaults(options.directory);
  return {
    ...defaults,
    desk: { ...defaults.desk, name: "Northwind Support" },
    intake: options.intake ?? [{ kind: "smtp", host: "127.0.0.1", port: 0, maxSizeBytes: 52_428_800 }],
    relay: { kind: "smtp", host: "127.0.0.1", port: options.relayPort, secure: false, auth: null },
    database:
      options.databaseUrl === undefined ? defaults.database : { kind: "postgres", url: options.databaseUrl },
    review: { ...defaults.review, holdMs: options.holdMs ?? 0, digestEveryMs: 0 },
  };
}

/** Start one. `null` when it was killed, as it was told, before it was ready. Rejects with its reason when it did not start. */
export async function startDeskProcess(options: DeskProcessOptions): Promise<DeskProcess | null> {
  const argument: DeskChildOptions = {
    config: deskConfig(options),
    killAt: options.killAt ?? null,
    aheadMs: options.aheadMs ?? 0,
  };
  const child = fork(CHILD, [JSON.stringify(argument)], {
    stdio: ["ignore", process.env["TEST_LOG"] === undefined ? "ignore" : "inherit", "inherit", "ipc"],
    execArgv: [],
    env: {
      ...process.env,
      ...(options.compileCache === undefined ? {} : { NODE_COMPILE_CACHE: options.compileCache }),
    },
  });
  const exit = once(child, "exit");
  const passed: FailPointPass[] = [];
  let killedAt: string | null = null;
  let held = false;
  const heard = new Set<(message: DeskChildMessage) => void>();
  child.on("message", (message) => {
    const said = message as DeskChildMessage;
    if (said.kind === "passed") passed.push({ name: said.name, nth: said.nth });
    if (said.kind === "killed") killedAt = said.name;
    if (said.kind === "held") held = true;
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
  const order = (what: DeskChildOrder): void => void child.send(what, () => undefined);
  return {
    port: ready.port,
    passed,
    get killedAt() {
      return killedAt;
    },
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
    killAt: (name, nth) => order({ kind: "kill at", name, nth }),
    async holdAt(name) {
      const stopped = next("held");
      order({ kind: "hold at", name });
      await stopped;
    },
    holdNowhere: () => order({ kind: "hold at", name: null }),
    held: () => held,
    resume() {
      held = false;
      child.kill("SIGCONT");
    },
    end: exit.then(() => undefined),
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
