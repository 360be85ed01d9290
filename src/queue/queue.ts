import type { Knex } from "knex";

/**
 * One piece of work. `key` makes a second job of the same kind and key a no-op while the first waits for its first
 * try; once that has begun, a new job is taken on, because what it is about may have changed meanwhile.
 */
export interface NewJob {
  readonly kind: string;
  readonly payload: Readonly<Record<string, unknown>>;
  /** ISO 8601; now if left out. */
  readonly runAt?: string;
  readonly key?: string;
  /** Larger first. Default 0. */
  readonly priority?: number;
}

export interface Job extends NewJob {
  readonly id: string;
  /** 1 on the first try. */
  readonly attempt: number;
}

export type JobHandler = (job: Job) => Promise<void>;

/**
 * The job queue: at least once, in priority and then time order, with a lease.
 * `add` takes the caller's open transaction, so that a state change and its next job commit together.
 * A handler that throws TemporaryError is tried again with jittered backoff; after `maxAttempts`, or after a
 * PermanentError, the job is kept as failed and `onFailed` is told.
 */
export interface Queue {
  add(db: Knex | Knex.Transaction, jobs: readonly NewJob[]): Promise<void>;
  /** Start taking jobs; resolves when the first poll is armed. */
  work(handlers: Readonly<Record<string, JobHandler>>, options: WorkOptions): Promise<void>;
  /**
   * Put back at once the jobs that ended workers still hold, instead of waiting for their leases. Answers how many.
   * INVARIANT: only before `work`, and only where no other worker can be running; a queue that several may work has none.
   */
  reclaim?(): Promise<number>;
  /** Take no new job, wait for those running. */
  stop(): Promise<void>;
  /** Waiting, running and failed jobs by kind. */
  counts(): Promise<readonly JobCount[]>;
  /** The jobs that were given up, the newest first; at most `limit` (100 if left out). */
  failed(limit?: number): Promise<readonly FailedJob[]>;
  /** Put a failed job back in line with a fresh count of attempts. False where no failed job has that id. */
  retry(id: string): Promise<boolean>;
}

export interface JobCount {
  readonly kind: string;
  readonly state: "waiting" | "running" | "failed";
  readonly count: number;
}

/** A job that was given up, with the sentence of its last error. */
export interface FailedJob extends Job {
  /** ISO 8601. */
  readonly failedAt: string;
  readonly reason: string;
}

export interface WorkOptions {
  readonly concurrency: number;
  readonly maxAttempts: number;
  /** The job will be kept as failed; tell a person. Called again where the worker ended before that was written down: so safe to run twice. */
  onFailed(job: Job, error: unknown): Promise<void>;
  /** The queue itself could not do something (the database is away). It goes on trying; this is for the log. */
  onError?(error: unknown): void;
}
