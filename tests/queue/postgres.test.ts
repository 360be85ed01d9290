import knex from "knex";
import { PgBoss } from "pg-boss";
import { describe } from "vitest";
import { openPostgresQueue } from "../../src/queue/postgres.ts";
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

describe.skipIf(!requires("postgres"))("PostgreSQL", () => {
  queueContract("the queue in PostgreSQL", start);
});
