import knex from "knex";
import type { Knex } from "knex";
import { PgBoss } from "pg-boss";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openPostgresQueue } from "../../src/queue/postgres.ts";
import type { NewJob, Queue } from "../../src/queue/queue.ts";
import { requires } from "../skips.ts";
import { freshDatabase } from "../support/postgres.ts";
import { queueContract } from "./queue.contract.ts";
import type { QueueHarness } from "./queue.contract.ts";

async function start(): Promise<QueueHarness> {
  const connectionString = await freshDatabase();
  const db = knex({ client: "pg", connection: connectionString, pool: { min: 0, max: 4 } });
  return {
    db,
    open: () => openPostgresQueue({ connectionString, db, pollMs: 20, random: () => 0.5 }),
    // The server's clock cannot be moved, so the jobs' times are.
    async pass(ms) {
      await db.raw(
        `UPDATE pgboss.job SET start_after = start_after - ? * interval '1 millisecond' WHERE state < 'active'`,
        [ms],
      );
    },
    async lapse() {
      await db.raw(`UPDATE pgboss.job SET heartbeat_on = now() - interval '1 hour' WHERE state = 'active'`);
      // A queue is looked after once an interval: make it due.
      await db.raw(`UPDATE pgboss.queue SET monitor_claim_on = NULL, monitor_on = NULL`);
      await superviseOnce(connectionString);
    },
    close: () => db.destroy(),
  };
}

/** What each process's pg-boss does every 20 seconds. */
async function superviseOnce(connectionString: string): Promise<void> {
  const boss = new PgBoss({ connectionString, supervise: false, schedule: false, registerInstance: false });
  await boss.start();
  await boss.supervise();
  await boss.stop({ graceful: false });
}

/** Until some connection waits for another's lock. */
async function eventuallyWaiting(db: Knex): Promise<void> {
  for (;;) {
    const { rows } = await db.raw<{ rows: readonly unknown[] }>(`SELECT 1 FROM pg_locks WHERE NOT granted`);
    if (rows.length > 0) return;
  }
}

function digest(n: number): NewJob {
  return { kind: "digest", key: "dana", payload: { n }, priority: 5 };
}

describe.skipIf(!requires("postgres"))("PostgreSQL", () => {
  queueContract("the queue in PostgreSQL", start);

  describe("a job that is folded into a waiting one", () => {
    let harness: QueueHarness;
    let queue: Queue;
    beforeEach(async () => {
      harness = await start();
      queue = await harness.open();
    });
    afterEach(async () => {
      await queue.stop();
      await harness.close();
    });

    it("runs after the commit of the one that asked, so that it sees what was changed", async () => {
      const begun: string[] = [];
      const passedOver = Promise.withResolvers<void>();
      const ran = Promise.withResolvers<void>();
      await queue.add(harness.db, [digest(1)]);
      await harness.db.transaction(async (trx) => {
        await queue.add(trx, [digest(2)]);
        await queue.work(
          {
            digest: async () => {
              begun.push("digest");
              ran.resolve();
            },
            // Behind the digest in every claim.
            other: async () => passedOver.resolve(),
          },
          { concurrency: 1, maxAttempts: 3, onFailed: async () => {} },
        );
        await queue.add(harness.db, [{ kind: "other", payload: {}, priority: -1 }]);
        await passedOver.promise;
        expect(begun).toEqual([]);
      });
      await ran.promise;
      expect(begun).toEqual(["digest"]);
    });

    it("is added after all where the waiting one is being claimed", async () => {
      await queue.add(harness.db, [digest(1)]);
      const claim = await harness.db.transaction();
      await claim.raw(`UPDATE pgboss.job SET state = 'active', started_on = now() WHERE state = 'created'`);
      const adding = harness.db.transaction((trx) => queue.add(trx, [digest(2)]));
      await eventuallyWaiting(harness.db);
      await claim.commit();
      await adding;
      expect(await queue.counts()).toEqual(
        expect.arrayContaining([
          { kind: "digest", state: "running", count: 1 },
          { kind: "digest", state: "waiting", count: 1 },
        ]),
      );
    });
  });
});
