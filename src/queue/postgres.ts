import { randomUUID } from "node:crypto";
import type { Knex } from "knex";
import { PgBoss, fromKnex } from "pg-boss";
import type { JobInsert, JobWithMetadata } from "pg-boss";
import { reasonOf } from "../errors.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { JobStore } from "./dispatcher.ts";
import type { FailedJob, Job, JobCount, NewJob, Queue } from "./queue.ts";

interface PostgresQueueOptions {
  readonly connectionString: string;
  /** The desk's own connections: a job added within a transaction of these commits with it. */
  readonly db: Knex;
  /** 0 to 1; spreads the retries. */
  readonly random?: () => number;
  /** How often to look for other processes' jobs and those whose time has come, in milliseconds. Default a second. */
  readonly pollMs?: number;
  /** What pg-boss reports from its own timers: the database is away, a table needs care. */
  readonly onError?: (error: unknown) => void;
}

/** A dead worker's job is taken up after this and a third more: within the minute that a desk may need to recover. */
const LEASE_SECONDS = 30;
const TEN_YEARS = 10 * 365 * 24 * 3600;

/** A pg-boss queue a kind. When to try again and when to give up is the dispatcher's word, not pg-boss's. */
const KIND_OPTIONS = {
  // One job a key in the state `created`: the key counts while the job waits for its first try.
  policy: "short",
  heartbeatSeconds: LEASE_SECONDS,
  // The longest that pg-boss allows: a job is lost when its heartbeat is, not when it takes long.
  expireInSeconds: 24 * 3600,
  retryLimit: 1_000_000,
  retryDelay: 1,
  // A job waits as long as the database was away, and a failed one until a person has looked.
  retentionSeconds: TEN_YEARS,
  deleteAfterSeconds: 0,
} as const;

/** `short` lets through one job a key, and one without any: so each has a key, of its own where none was given. */
const KEYED = "k:";
const UNKEYED = "u:";

interface Sql {
  all<T>(text: string, values: readonly unknown[]): Promise<readonly T[]>;
}

/**
 * The job queue in PostgreSQL, on pg-boss (its schema is `pgboss`), for any number of processes.
 * Resolves when pg-boss has made or updated its tables. Settling and counting go to its `job` table
 * directly: pg-boss offers no failing for good, no delay for a single retry, no settling of several kinds in one
 * statement and no count that is not a minute old.
 */
export async function openPostgresQueue(options: PostgresQueueOptions): Promise<Queue> {
  const boss = new PgBoss({
    connectionString: options.connectionString,
    application_name: "countersign-queue",
    max: 4,
    schedule: false,
    superviseIntervalSeconds: LEASE_SECONDS / 3,
    monitorIntervalSeconds: LEASE_SECONDS / 3,
    registerInstance: false,
    openTelemetry: { enabled: false },
  });
  boss.on("error", (error) => {
    if (options.onError) options.onError(error);
    else process.emitWarning(`Job queue: ${reasonOf(error)}`);
  });
  await boss.start();
  const sql: Sql = {
    // node-postgres types its rows as unknown shapes; each caller names the columns it selects.
    all: async (text, values) => (await boss.getDb().executeSql(text, [...values])).rows,
  };
  const ensureKind = kindMaker(boss);
  const dispatcher = new Dispatcher(postgresStore(boss, sql), {
    leaseMs: LEASE_SECONDS * 1000,
    pollMs: options.pollMs ?? 1000,
    random: options.random ?? Math.random,
  });
  const wake = (): void => dispatcher.wake();

  return {
    async add(at, jobs) {
      for (const [kind, ofKind] of byKind(jobs)) {
        await ensureKind(kind);
        await insertAndHold(boss, at, kind, ofKind.map(insertOf));
      }
      // Inside a transaction the jobs are there once it has committed; after a rollback we look in vain, once.
      if (at.isTransaction) void (at as Knex.Transaction).executionPromise.then(wake, wake);
      else wake();
    },
    async work(handlers, work) {
      for (const kind of Object.keys(handlers)) await ensureKind(kind);
      dispatcher.start(handlers, work);
    },
    async stop() {
      await dispatcher.stop();
      await boss.stop({ graceful: false });
    },
    counts: () => countJobs(sql),
    failed: (limit = 100) => failedJobs(sql, limit),
    async retry(id) {
      const found = await retryJob(sql, id);
      if (found) wake();
      return found;
    },
  };
}

/**
 * A job that is folded into a waiting one of its key must run after the caller's commit: begun before, it would not see
 * what the caller changes, and nothing would come after it. So the waiting one is locked until then, and a claim passes over
 * what is locked (`SKIP LOCKED`); where it was claimed in between, the job is added after all.
 */
async function insertAndHold(
  boss: PgBoss,
  at: Knex | Knex.Transaction,
  kind: string,
  jobs: readonly JobInsert[],
): Promise<void> {
  let missing = jobs;
  while (missing.length > 0) {
    const added = await boss.insert(kind, [...missing], { db: fromKnex(at), returnId: true });
    if (!at.isTransaction || added?.length === missing.length) return;
    const { rows } = await at.raw<{ rows: readonly { key: string }[] }>(
      `SELECT singleton_key AS key FROM pgboss.job
       WHERE name = ? AND singleton_key = ANY(?) AND state = 'created' FOR SHARE`,
      [kind, missing.map((job) => job.singletonKey ?? "")],
    );
    const held = new Set(rows.map((row) => row.key));
    missing = missing.filter((job) => !held.has(job.singletonKey ?? ""));
  }
}

function postgresStore(boss: PgBoss, sql: Sql): JobStore {
  return {
    async claim(kinds, limit) {
      const claimed: Job[] = [];
      for (const kind of await dueKinds(sql, kinds)) {
        if (claimed.length >= limit) break;
        const batch = await boss.fetch<Record<string, unknown>>(kind, {
          batchSize: limit - claimed.length,
          includeMetadata: true,
        });
        claimed.push(...batch.sort(byRank).map(jobOf));
      }
      return claimed;
    },
    async complete(jobs) {
      // Deleted, not kept as completed: the desk's own events tell the history, and the table stays small.
      await sql.all(`DELETE FROM pgboss.job WHERE ${HELD}`, attemptsOf(jobs));
    },
    async release(jobs) {
      // pg-boss counts a claim as a retry where the job was begun before (`started_on`).
      await sql.all(
        `UPDATE pgboss.job SET state = 'retry', heartbeat_on = NULL,
           started_on = CASE WHEN retry_count > 0 THEN started_on END, retry_count = greatest(retry_count - 1, 0)
         WHERE ${HELD}`,
        attemptsOf(jobs),
      );
    },
    async renew(jobs) {
      const rows = await sql.all<{ id: string }>(
        `UPDATE pgboss.job SET heartbeat_on = now() WHERE ${HELD} RETURNING id`,
        attemptsOf(jobs),
      );
      return new Set(rows.map((row) => row.id));
    },
    async postpone(job, delayMs, reason) {
      await sql.all(
        `UPDATE pgboss.job SET state = 'retry', heartbeat_on = NULL, output = $4,
           start_after = now() + $5 * interval '1 millisecond'
         WHERE ${HELD}`,
        [...attemptsOf([job]), JSON.stringify({ reason }), delayMs],
      );
    },
    async giveUp(job, reason) {
      const rows = await sql.all(
        `UPDATE pgboss.job SET state = 'failed', heartbeat_on = NULL, output = $4, completed_on = now()
         WHERE ${HELD} RETURNING id`,
        [...attemptsOf([job]), JSON.stringify({ reason })],
      );
      return rows.length > 0;
    },
  };
}

/** The fence: the attempt that was claimed still holds the lease. pg-boss counts each claim in `retry_count`. */
const HELD = `state = 'active' AND (name, id, retry_count) IN (SELECT * FROM unnest($1::text[], $2::uuid[], $3::int[]))`;

function attemptsOf(jobs: readonly Job[]): readonly unknown[] {
  return [jobs.map((job) => job.kind), jobs.map((job) => job.id), jobs.map((job) => job.attempt - 1)];
}

/** Makes the pg-boss queue of a kind, once; in a connection of its own, so outside the caller's transaction. */
function kindMaker(boss: PgBoss): (kind: string) => Promise<void> {
  const made = new Map<string, Promise<void>>();
  return async (kind) => {
    const making = made.get(kind) ?? boss.createQueue(kind, KIND_OPTIONS);
    made.set(kind, making);
    try {
      await making;
    } catch (error) {
      made.delete(kind);
      throw error;
    }
  };
}

/** The kinds that have a due job, the one with the best job first: one statement in place of a fetch a kind. */
async function dueKinds(sql: Sql, kinds: readonly string[]): Promise<readonly string[]> {
  const rows = await sql.all<{ kind: string }>(
    `SELECT kind FROM unnest($1::text[]) AS kind
     CROSS JOIN LATERAL (
       SELECT priority, created_on FROM pgboss.job
       WHERE name = kind AND state < 'active' AND NOT blocked AND start_after <= now()
       ORDER BY priority DESC, created_on LIMIT 1) AS best
     ORDER BY best.priority DESC, best.created_on`,
    [kinds],
  );
  return rows.map((row) => row.kind);
}

async function countJobs(sql: Sql): Promise<readonly JobCount[]> {
  return sql.all<JobCount>(
    `SELECT name AS kind,
       CASE WHEN state < 'active' THEN 'waiting' WHEN state = 'active' THEN 'running' ELSE 'failed' END AS state,
       count(*)::int AS count
     FROM pgboss.job WHERE state IN ('created', 'retry', 'active', 'failed') GROUP BY 1, 2`,
    [],
  );
}

interface FailedRow {
  readonly id: string;
  readonly kind: string;
  readonly payload: Record<string, unknown>;
  readonly key: string;
  readonly priority: number;
  readonly run_at: Date;
  readonly retry_count: number;
  readonly failed_at: Date;
  readonly output: { readonly reason?: string } | null;
}

async function failedJobs(sql: Sql, limit: number): Promise<FailedJob[]> {
  const rows = await sql.all<FailedRow>(
    `SELECT id, name AS kind, data AS payload, singleton_key AS key, priority, start_after AS run_at, retry_count,
       completed_on AS failed_at, output
     FROM pgboss.job WHERE state = 'failed' ORDER BY completed_on DESC, id LIMIT $1`,
    [limit],
  );
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    payload: row.payload,
    attempt: row.retry_count + 1,
    priority: row.priority,
    runAt: row.run_at.toISOString(),
    ...keyOf(row.key),
    failedAt: row.failed_at.toISOString(),
    reason: row.output?.reason ?? "",
  }));
}

async function retryJob(sql: Sql, id: string): Promise<boolean> {
  const rows = await sql.all(
    `UPDATE pgboss.job SET state = 'retry', retry_count = 0, started_on = NULL, completed_on = NULL, output = NULL,
       start_after = now() WHERE id::text = $1 AND state = 'failed' RETURNING id`,
    [id],
  );
  return rows.length > 0;
}

function byKind<T extends NewJob>(jobs: readonly T[]): ReadonlyMap<string, readonly T[]> {
  return Map.groupBy(jobs, (job) => job.kind);
}

function insertOf(job: NewJob): JobInsert {
  return {
    data: job.payload,
    singletonKey: job.key === undefined ? UNKEYED + randomUUID() : KEYED + job.key,
    ...(job.priority === undefined ? {} : { priority: job.priority }),
    ...(job.runAt === undefined ? {} : { startAfter: new Date(job.runAt).toISOString() }),
  };
}

function byRank(a: JobWithMetadata<unknown>, b: JobWithMetadata<unknown>): number {
  return b.priority - a.priority || a.createdOn.getTime() - b.createdOn.getTime();
}

function jobOf(job: JobWithMetadata<Record<string, unknown>>): Job {
  return {
    id: job.id,
    kind: job.name,
    payload: job.data,
    attempt: job.retryCount + 1,
    priority: job.priority,
    runAt: job.startAfter.toISOString(),
    ...keyOf(job.singletonKey ?? UNKEYED),
  };
}

function keyOf(singletonKey: string): { key?: string } {
  return singletonKey.startsWith(KEYED) ? { key: singletonKey.slice(KEYED.length) } : {};
}
