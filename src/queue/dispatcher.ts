import { PermanentError, UsageError, reasonOf } from "../errors.ts";
import { backoff } from "./backoff.ts";
import type { Job, WorkOptions, JobHandler } from "./queue.ts";

/**
 * What a database must do for the dispatcher. Every verb after `claim` is fenced: it touches a job only while the
 * attempt that was claimed still holds the lease, so that a worker which slept through its lease changes nothing.
 */
export interface JobStore {
  /** Lease up to `limit` due jobs of these kinds, best first. */
  claim(kinds: readonly string[], limit: number): Promise<readonly Job[]>;
  /** These jobs are done. */
  complete(jobs: readonly Job[]): Promise<void>;
  /** These jobs were leased and not begun: put them back as they were. */
  release(jobs: readonly Job[]): Promise<void>;
  /** Prolong the leases; answers the ids still held. */
  renew(jobs: readonly Job[]): Promise<ReadonlySet<string>>;
  /** Try this job again after `delayMs`. */
  postpone(job: Job, delayMs: number, reason: string): Promise<void>;
  /** Give this job up. False where the lease was no longer ours. */
  giveUp(job: Job, reason: string): Promise<boolean>;
}

interface DispatcherOptions {
  readonly leaseMs: number;
  /** How often to look for jobs that other processes added, or whose time has come. */
  readonly pollMs: number;
  readonly random: () => number;
}

/** Jobs slower than this are not leased ahead: another process could begin them sooner. */
const QUICK_MS = 200;

/**
 * A worker that ends takes all its jobs along, and one of them may be to blame. After `maxAttempts` such ends a job gets
 * so many more tries with no other beside it, so that no innocent one is given up.
 */
const TRIES_ALONE = 3;

/**
 * Takes jobs from a store and runs them, `concurrency` at a time.
 *
 * Claims and completions go in batches: up to `concurrency` quick jobs are leased ahead of the free hands, and
 * finished jobs are written off together. Under load that is two statements for many jobs; idle, a finished job is written
 * off at once. Statements run one after the other: on SQLite all share one connection.
 */
export class Dispatcher {
  readonly #store: JobStore;
  readonly #options: DispatcherOptions;
  #handlers: Readonly<Record<string, JobHandler>> = {};
  #work: WorkOptions | undefined;
  #ahead: Job[] = [];
  #running = new Set<Job>();
  #done: Job[] = [];
  /** There may be due jobs that we have not looked for. */
  #look = false;
  #stopping = false;
  #cycle: Promise<void> | undefined;
  #again = false;
  #timers: NodeJS.Timeout[] = [];
  #idle: (() => void) | undefined;
  /** Moving average of what a job takes. */
  #typicalMs = 0;

  constructor(store: JobStore, options: DispatcherOptions) {
    this.#store = store;
    this.#options = options;
  }

  start(handlers: Readonly<Record<string, JobHandler>>, work: WorkOptions): void {
    if (this.#work)
      throw new UsageError("This queue is being worked already: call work() once for each queue.");
    this.#handlers = handlers;
    this.#work = work;
    this.#timers = [
      setInterval(() => this.wake(), this.#options.pollMs),
      setInterval(() => void this.#renew(), this.#options.leaseMs / 3),
    ];
    this.wake();
  }

  /** Look for due jobs now. Cheap to call often; does nothing in a process that does not work the queue. */
  wake(): void {
    if (!this.#work || this.#stopping) return;
    this.#look = true;
    this.#turn();
  }

  /** Take no new job, put back those not begun, wait for those running and write them off. */
  async stop(): Promise<void> {
    if (!this.#work) return;
    this.#stopping = true;
    await this.#cycle;
    if (this.#running.size > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    await this.#cycle;
    for (const timer of this.#timers) clearInterval(timer);
    await this.#guard(() => this.#putBack());
    await this.#guard(() => this.#writeOff());
    this.#work = undefined;
    this.#stopping = false;
  }

  /** One cycle at a time; a call during a cycle makes it go round once more. */
  #turn(): void {
    if (this.#cycle) {
      this.#again = true;
      return;
    }
    this.#cycle = this.#cycles().finally(() => (this.#cycle = undefined));
  }

  async #cycles(): Promise<void> {
    do {
      this.#again = false;
      await this.#guard(() => this.#once());
    } while (this.#again && !this.#stopping);
  }

  async #once(): Promise<void> {
    const { concurrency } = this.#settings();
    this.#begin();
    if (this.#done.length >= concurrency) await this.#writeOff();
    if (this.#ahead.length > 0) return;
    let claimed = 0;
    while (
      this.#look &&
      !this.#stopping &&
      this.#ahead.length === 0 &&
      this.#running.size < concurrency &&
      !this.#hasSuspect(this.#running)
    ) {
      const lookahead = this.#typicalMs < QUICK_MS ? concurrency : 0;
      const limit = concurrency - this.#running.size + lookahead;
      this.#look = false;
      const jobs = await this.#store.claim(Object.keys(this.#handlers), limit);
      // A full batch says that there may be more.
      if (jobs.length >= limit) this.#look = true;
      claimed += jobs.length;
      this.#ahead.push(...jobs);
      await this.#setSuspectApart();
      if (this.#stopping) await this.#putBack();
      this.#begin();
    }
    // What was claimed comes back soon, and is written off together with what is done now.
    if (claimed === 0) await this.#writeOff();
  }

  #begin(): void {
    const { concurrency } = this.#settings();
    while (!this.#stopping && this.#running.size < concurrency) {
      const [job] = this.#ahead;
      if (!job || this.#hasSuspect(this.#running)) return;
      if (this.#hasSuspect([job]) && this.#running.size > 0) return;
      this.#ahead.shift();
      this.#running.add(job);
      void this.#run(job);
    }
  }

  /** Jobs whose workers ended in each of their tries. */
  #hasSuspect(jobs: Iterable<Job>): boolean {
    const { maxAttempts } = this.#settings();
    return [...jobs].some((job) => job.attempt > maxAttempts);
  }

  /** Of those just leased the first suspect is kept, the others go back uncounted until it is done. */
  async #setSuspectApart(): Promise<void> {
    const suspect = this.#ahead.find((job) => this.#hasSuspect([job]));
    if (suspect === undefined || this.#ahead.length === 1) return;
    const others = this.#ahead.filter((job) => job !== suspect);
    this.#ahead = [suspect];
    this.#look = true;
    await this.#store.release(others);
  }

  async #run(job: Job): Promise<void> {
    const begun = performance.now();
    const finished = await this.#attempt(job);
    this.#typicalMs = 0.8 * this.#typicalMs + 0.2 * (performance.now() - begun);
    this.#running.delete(job);
    if (finished) this.#done.push(job);
    if (this.#running.size === 0) this.#idle?.();
    if (!this.#stopping) this.#turn();
  }

  /** True where the job is done; false where it was postponed, given up, or could not be settled. */
  async #attempt(job: Job): Promise<boolean> {
    const { maxAttempts } = this.#settings();
    const tries = maxAttempts + TRIES_ALONE;
    if (job.attempt > tries) {
      const lost = `The worker stopped during each of ${tries} attempts at this job, the last ${TRIES_ALONE} with no other beside it, so it is not tried again by itself.`;
      await this.#guard(() => this.#giveUp(job, new PermanentError(lost)));
      return false;
    }
    try {
      const handler = this.#handlers[job.kind];
      if (!handler) throw new PermanentError(`No handler for jobs of the kind "${job.kind}".`);
      await handler(job);
      return true;
    } catch (error) {
      if (error instanceof PermanentError || job.attempt >= maxAttempts) {
        await this.#guard(() => this.#giveUp(job, error));
      } else {
        const delay = backoff(job.attempt, this.#options.random());
        await this.#guard(() => this.#store.postpone(job, delay, reasonOf(error)));
      }
      return false;
    }
  }

  /** What is to follow comes first: a worker that ends in between gives up once more, and nobody is left untold. */
  async #giveUp(job: Job, error: unknown): Promise<void> {
    const ours = await this.#store.renew([job]);
    if (!ours.has(job.id)) return;
    await this.#settings().onFailed(job, error);
    await this.#store.giveUp(job, reasonOf(error));
  }

  async #writeOff(): Promise<void> {
    if (this.#done.length === 0) return;
    const done = this.#done;
    this.#done = [];
    try {
      await this.#store.complete(done);
    } catch (error) {
      // Kept for the next cycle: else the lease lapses and each is done a second time.
      this.#done = [...done, ...this.#done];
      throw error;
    }
  }

  async #putBack(): Promise<void> {
    if (this.#ahead.length === 0) return;
    const unbegun = this.#ahead;
    this.#ahead = [];
    await this.#store.release(unbegun);
  }

  async #renew(): Promise<void> {
    const held = [...this.#ahead, ...this.#running, ...this.#done];
    if (held.length === 0) return;
    await this.#guard(async () => {
      const ours = await this.#store.renew(held);
      const lost = new Set(held.map((job) => job.id).filter((id) => !ours.has(id)));
      this.#ahead = this.#ahead.filter((job) => !lost.has(job.id));
    });
  }

  async #guard(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (this.#work?.onError) this.#work.onError(error);
      else process.emitWarning(`Job queue: ${reasonOf(error)}`);
    }
  }

  #settings(): WorkOptions {
    if (!this.#work) throw new UsageError("This queue is not being worked: call work() first.");
    return this.#work;
  }
}
