import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";
import type { Answer } from "./answering.ts";

/** A process of its own, so that its CPU and memory can be told from the load's. */
export interface Child {
  ask<T>(name: string, value?: unknown): Promise<T>;
  stop(): Promise<void>;
}

const running = new Set<ReturnType<typeof fork>>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** As bin/countersign starts a desk. */
const { V8_FLAGS = "", ...MALLOC } = parseEnv(
  readFileSync(new URL("../bin/memory.env", import.meta.url), "utf8"),
);
const ENVIRONMENT = {
  ...MALLOC,
  NODE_COMPILE_CACHE: fileURLToPath(new URL("../.cache/compiled", import.meta.url)),
};

/** Start `bench/NAME.ts`; resolves when it says that it is ready. */
export async function startChild(
  name: string,
  args: readonly string[] = [],
  execArgv: readonly string[] = [],
): Promise<Child> {
  const child = fork(fileURLToPath(new URL(`./${name}.ts`, import.meta.url)), [...args], {
    execArgv: ["--disable-warning=ExperimentalWarning", V8_FLAGS, ...execArgv],
    env: { ...process.env, ...ENVIRONMENT },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  running.add(child);
  const open = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  const ready = Promise.withResolvers<unknown>();
  open.set(0, ready);
  let asked = 0;
  child.on("message", (message: Answer) => {
    const waiting = open.get(message.id);
    open.delete(message.id);
    if ("failure" in message) waiting?.reject(new Error(`${name}: ${message.failure}`));
    else waiting?.resolve(message.value);
  });
  child.on("exit", (code) => {
    running.delete(child);
    for (const waiting of open.values()) waiting.reject(new Error(`${name} ended with ${String(code)}`));
    open.clear();
  });
  const ask = <T>(question: string, value: unknown = null): Promise<T> => {
    const id = ++asked;
    const answered = Promise.withResolvers<unknown>();
    open.set(id, answered);
    child.send({ id, name: question, value });
    return answered.promise as Promise<T>;
  };
  await ready.promise;
  return {
    ask,
    async stop() {
      const exited = once(child, "exit");
      await ask("stop");
      await exited;
    },
  };
}
