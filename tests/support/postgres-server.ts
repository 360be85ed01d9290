/**
 * A PostgreSQL server for the tests: one for a whole vitest run, a database of its own for each test file.
 *
 * `vitest.config.ts` names this file as its global setup: `setup` starts the server where the machine has the
 * programs, `teardown` stops it and removes its files. Tests call `freshDatabase()`.
 */
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import type { TestProject } from "vitest/node";
import { locate } from "../skips.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The server's administrative URL; empty where the machine has no PostgreSQL. */
    readonly postgresUrl: string;
  }
}

export interface PostgresServer {
  /** Connection URL of the database `postgres`. */
  readonly url: string;
  stop(): Promise<void>;
}

let server: PostgresServer | undefined;

/** vitest calls it once, before any test file. */
export async function setup(project: TestProject): Promise<void> {
  const programs = (await isWanted(project)) ? locate("postgres") : undefined;
  server = programs === undefined ? undefined : await startPostgres(programs);
  project.provide("postgresUrl", server?.url ?? "");
}

/** Whether a test file of this run asks for a database: `vitest run tests/mail` needs no server. */
async function isWanted(project: TestProject): Promise<boolean> {
  const named = process.argv.slice(2).filter((argument) => !argument.startsWith("-") && argument !== "run");
  const specifications = await project.vitest.globTestSpecifications(named);
  const files = specifications.length > 0 ? specifications.map((each) => each.moduleId) : undefined;
  return (
    files === undefined || files.some((file) => readFileSync(file, "utf8").includes("/support/postgres.ts"))
  );
}

export async function teardown(): Promise<void> {
  await server?.stop();
}

/**
 * Start a throw-away server from the programs in this folder, on a free port of 127.0.0.1. Nothing is synced to
 * disk: the files do not outlive the run. As root it runs as the user `postgres`, since it refuses to run as root.
 */
export async function startPostgres(programs: string): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), "countersign-postgres-"));
  const user = serverUser();
  if (user) {
    chmodSync(folder, 0o700);
    chownSync(folder, user.uid, user.gid);
  }
  const data = join(folder, "data");
  const as = user ? { uid: user.uid, gid: user.gid, cwd: folder } : { cwd: folder };
  const init = spawnSync(
    join(programs, "initdb"),
    ["--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "-D", data],
    { ...as, encoding: "utf8" },
  );
  if (init.status !== 0) throw new Error(`initdb failed: ${init.stderr || String(init.error)}`);

  const port = await freePort();
  const settings = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200"];
  const child = spawn(
    join(programs, "postgres"),
    ["-D", data, "-h", "127.0.0.1", "-p", String(port), "-k", folder, ...settings.flatMap((s) => ["-c", s])],
    { ...as, stdio: ["ignore", "ignore", "pipe"] },
  );
  let log = "";
  child.stderr?.on("data", (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4000)));
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await answering(url, child, () => log);
  return {
    url,
    async stop() {
      if (child.exitCode === null) {
        const exited = once(child, "exit");
        // Immediate shutdown: the clients and the files are going away too.
        child.kill("SIGQUIT");
        await exited;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answering(url: string, child: ChildProcess, log: () => string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`postgres ended at its start: ${log()}`);
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await sleep(100);
    }
  }
  throw new Error(`postgres did not answer within 30 seconds: ${log()}`);
}

function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const user = { uid: userId("-u"), gid: userId("-g") };
  if (Number.isNaN(user.uid))
    throw new Error("PostgreSQL does not run as root, and there is no user postgres.");
  return user;
}

function userId(flag: "-u" | "-g"): number {
  const { stdout } = spawnSync("id", [flag, "postgres"], { encoding: "utf8" });
  return Number(stdout.trim() || Number.NaN);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("No free port on 127.0.0.1.");
  return address.port;
}
