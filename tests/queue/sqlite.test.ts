import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import knex from "knex";
import type { Knex } from "knex";
import { expect, it } from "vitest";
import { createJobsTable, openSqliteQueue } from "../../src/queue/sqlite.ts";
import { queueContract } from "./queue.contract.ts";
import type { QueueHarness } from "./queue.contract.ts";

const LEASE_MS = 60_000;

async function start(): Promise<QueueHarness & { folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), "countersign-queue-"));
  const db = connect(folder);
  await createJobsTable(db);
  let passed = 0;
  const now = (): Date => new Date(Date.now() + passed);
  return {
    db,
    folder,
    open: async () => openSqliteQueue(db, { now, leaseMs: LEASE_MS, pollMs: 20, random: () => 0.5 }),
    pass: async (ms) => void (passed += ms),
    lapse: async () => void (passed += LEASE_MS + 1),
    async close() {
      await db.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** As the desk opens it: one connection, WAL. */
function connect(folder: string): Knex {
  return knex({
    client: "sqlite3",
    connection: { filename: join(folder, "desk.sqlite") },
    useNullAsDefault: true,
    pool: {
      min: 1,
      max: 1,
      afterCreate: (
        raw: { exec(sql: string, done: (error: Error | null) => void): void },
        done: () => void,
      ) => raw.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF", done),
    },
  });
}

queueContract("the queue in SQLite", start);

it("claims and writes off in batches: 100 jobs in under 20 statements", async () => {
  const harness = await start();
  const queue = openSqliteQueue(harness.db, { pollMs: 10_000 });
  await queue.add(
    harness.db,
    Array.from({ length: 100 }, (_, n) => ({ kind: "file", payload: { n } })),
  );
  let statements = 0;
  harness.db.on("query", () => (statements += 1));
  let ran = 0;
  const all = new Promise<void>((resolve) => {
    const handler = async (): Promise<void> => {
      ran += 1;
      if (ran === 100) resolve();
    };
    void queue.work({ file: handler }, { concurrency: 8, maxAttempts: 3, onFailed: async () => {} });
  });
  await all;
  await queue.stop();
  expect(await queue.counts()).toEqual([]);
  await harness.close();
  expect(statements).toBeLessThan(20);
});

it("finds its jobs by an index, however long the line", async () => {
  const harness = await start();
  const plan = (await harness.db.raw(
    `EXPLAIN QUERY PLAN SELECT id FROM jobs WHERE failed_at IS NULL AND run_at <= '2026'
     AND (locked_until IS NULL OR locked_until <= '2026') AND kind IN ('a','b')
     ORDER BY priority DESC, run_at, id LIMIT 8`,
  )) as { detail: string }[];
  await harness.close();
  expect(plan.map((row) => row.detail).join()).toMatch(/USING INDEX jobs_due/);
  expect(plan.map((row) => row.detail).join()).not.toMatch(/TEMP B-TREE/);
});
