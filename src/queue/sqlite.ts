import { randomUUID } from "node:crypto";
import type { Knex } from "knex";
import { Dispatcher } from "./dispatcher.ts";
import type { JobStore } from "./dispatcher.ts";
import type { FailedJob, Job, JobCount, NewJob, Queue } from "./queue.ts";

interface SqliteQueueOptions {
  readonly now?: () => Date;
  /** 0 to 1; spreads the retries. */
  readonly random?: () => number;
  /** How long a worker may be silent before its jobs are taken over, in milliseconds. Default a minute. */
  readonly leaseMs?: number;
  /** How often to look for other processes' jobs and those whose time has come, in milliseconds. Default a second. */
  readonly pollMs?: number;
}

interface JobRow {
  readonly id: number;
  readonly kind: string;
  readonly payload: string;
  readonly key: string | null;
  readonly priority: number;
  readonly run_at: string;
  readonly attempts: number;
}

const JOB_COLUMNS = ["id", "kind", "payload", "key", "priority", "run_at", "attempts"] as const;

/** The table of the embedded queue. PostgreSQL desks keep their jobs in pg-boss's schema and leave it empty. */
export async function createJobsTable(knex: Knex): Promise<void> {
  await knex.schema.createTable("jobs", (t) => {
    t.increments("id");
    t.text("kind").notNullable();
    t.text("payload").notNullable();
    t.text("key");
    t.integer("priority").notNullable().defaultTo(0);
    t.text("run_at").notNullable();
    // How often a worker has begun it.
    t.integer("attempts").notNullable().defaultTo(0);
    t.text("locked_by");
    t.text("locked_until");
    t.text("failed_at");
    t.text("last_error");
    t.text("created_at").notNullable();
  });
  // In the order in which jobs are claimed, so that a claim stops at its limit however long the line is.
  await knex.raw("CREATE INDEX jobs_due ON jobs (priority DESC, run_at, id) WHERE failed_at IS NULL");
  await knex.raw("CREATE UNIQUE INDEX jobs_key ON jobs (kind, key) WHERE attempts = 0 AND failed_at IS NULL");
}

/**
 * The job queue in the desk's own SQLite file, over the table of `createJobsTable`.
 * `db` may have a single connection: nothing here holds one for longer than a statement.
 */
export function openSqliteQueue(db: Knex, options: SqliteQueueOptions = {}): Queue {
  const now = options.now ?? (() => new Date());
  const leaseMs = options.leaseMs ?? 60_000;
  const store = sqliteStore(db, now, leaseMs);
  const dispatcher = new Dispatcher(store, {
    leaseMs,
    pollMs: options.pollMs ?? 1000,
    random: options.random ?? Math.random,
  });
  return {
    async add(at, jobs) {
      if (jobs.length === 0) return;
      await insertJobs(at, jobs, now().toISOString());
      // Inside a transaction the jobs are there once it has committed; after a rollback we look in vain, once.
      if (at.isTransaction) void (at as Knex.Transaction).executionPromise.then(wake, wake);
      else wake();
    },
    async work(handlers, work) {
      dispatcher.start(handlers, work);
    },
    // The attempt stays counted: a job that ends its process each time is given up like any other.
    reclaim: () => db("jobs").whereNotNull("locked_by").update({ locked_by: null, locked_until: null }),
    stop: () => dispatcher.stop(),
    counts: () => countJobs(db, now().toISOString()),
    failed: (limit = 100) => failedJobs(db, limit),
    async retry(id) {
      const found = await retryJob(db, id, now().toISOString());
      if (found) wake();
      return found;
    },
  };

  function wake(): void {
    dispatcher.wake();
  }
}

function sqliteStore(db: Knex, now: () => Date, leaseMs: number): JobStore {
  const worker = randomUUID();
  const held = (jobs: readonly Job[]): Knex.QueryBuilder =>
    db("jobs")
      .where("locked_by", worker)
      .whereIn(
        ["id", "attempts"],
        jobs.map((job) => [Number(job.id), job.attempt]),
      );
  return {
    async claim(kinds, limit) {
      const at = now();
      const due = db("jobs")
        .select("id")
        .whereNull("failed_at")
        .where("run_at", "<=", at.toISOString())
        .whereRaw("(locked_until IS NULL OR locked_until <= ?)", [at.toISOString()])
        .whereIn("kind", [...kinds])
        .orderByRaw("priority DESC, run_at, id")
        .limit(limit);
      const rows = await db<JobRow>("jobs")
        .whereIn("id", due)
        .update({
          locked_by: worker,
          locked_until: new Date(at.getTime() + leaseMs).toISOString(),
          attempts: db.raw("attempts + 1"),
        } as object)
        .returning([...JOB_COLUMNS]);
      return (rows as JobRow[]).sort(byRank).map(jobOf);
    },
    async complete(jobs) {
      await held(jobs).delete();
    },
    async release(jobs) {
      // The key goes where the job would wait for its first try again beside a newer one of that key.
      await held(jobs).update({
        locked_by: null,
        locked_until: null,
        attempts: db.raw("attempts - 1"),
        key: db.raw("CASE WHEN attempts > 1 THEN key END"),
      });
    },
    async renew(jobs) {
      const until = new Date(now().getTime() + leaseMs).toISOString();
      const rows = (await held(jobs).update({ locked_until: until }).returning("id")) as { id: number }[];
      return new Set(rows.map((row) => String(row.id)));
    },
    async postpone(job, delayMs, reason) {
      const runAt = new Date(now().getTime() + delayMs).toISOString();
      await held([job]).update({ locked_by: null, locked_until: null, run_at: runAt, last_error: reason });
    },
    async giveUp(job, reason) {
      const failedAt = now().toISOString();
      const changed = await held([job]).update({
        locked_by: null,
        locked_until: null,
        failed_at: failedAt,
        last_error: reason,
      });
      return changed > 0;
    },
  };
}

async function insertJobs(db: Knex | Knex.Transaction, jobs: readonly NewJob[], at: string): Promise<void> {
  await db("jobs")
    .insert(
      jobs.map((job) => ({
        kind: job.kind,
        payload: JSON.stringify(job.payload),
        key: job.key ?? null,
        priority: job.priority ?? 0,
        // A time with an offset would not sort among the others.
        run_at: job.runAt === undefined ? at : new Date(job.runAt).toISOString(),
        created_at: at,
      })),
    )
    .onConflict()
    .ignore();
}

async function countJobs(db: Knex, at: string): Promise<JobCount[]> {
  const state = db.raw(
    "CASE WHEN failed_at IS NOT NULL THEN 'failed' WHEN locked_until > ? THEN 'running' ELSE 'waiting' END AS state",
    [at],
  );
  return (await db("jobs")
    .select("kind", state)
    .count({ count: "*" })
    .groupBy("kind", "state")) as JobCount[];
}

async function failedJobs(db: Knex, limit: number): Promise<FailedJob[]> {
  const rows = (await db("jobs")
    .select(...JOB_COLUMNS, "failed_at", "last_error")
    .whereNotNull("failed_at")
    .orderBy([
      { column: "failed_at", order: "desc" },
      { column: "id", order: "desc" },
    ])
    .limit(limit)) as (JobRow & { failed_at: string; last_error: string | null })[];
  return rows.map((row) => ({ ...jobOf(row), failedAt: row.failed_at, reason: row.last_error ?? "" }));
}

async function retryJob(db: Knex, id: string, at: string): Promise<boolean> {
  const changed = await db("jobs")
    .where("id", Number(id))
    .whereNotNull("failed_at")
    // Without its key: a newer job of that key may be waiting, and this one was asked for by a person.
    .update({ failed_at: null, last_error: null, attempts: 0, run_at: at, key: null });
  return changed > 0;
}

/** UPDATE … RETURNING answers in any order. */
function byRank(a: JobRow, b: JobRow): number {
  return b.priority - a.priority || (a.run_at < b.run_at ? -1 : a.run_at > b.run_at ? 1 : a.id - b.id);
}

function jobOf(row: JobRow): Job {
  return {
    id: String(row.id),
    kind: row.kind,
    payload: JSON.parse(row.payload) as Record<string, unknown>,
    attempt: row.attempts,
    priority: row.priority,
    runAt: row.run_at,
    ...(row.key === null ? {} : { key: row.key }),
  };
}
