import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Knex } from "knex";
import { PermanentError, TemporaryError } from "../../src/errors.ts";
import type { Job, JobHandler, Queue, WorkOptions } from "../../src/queue/queue.ts";

/** One database with as many queue instances on it as a story has processes. */
export interface QueueHarness {
  readonly db: Knex;
  /** Another process on the same database. */
  open(): Promise<Queue>;
  /** Let this much time pass for the jobs: retries, run_at. */
  pass(ms: number): Promise<void>;
  /** The workers fall silent for longer than their lease. */
  lapse(): Promise<void>;
  close(): Promise<void>;
}

const HOUR = 3_600_000;

/** What every queue must do, whatever it keeps its jobs in. */
async function failing(): Promise<void> {
  throw new PermanentError("it cannot be read");
}

export function queueContract(name: string, start: () => Promise<QueueHarness>): void {
  describe(name, () => {
    let harness: QueueHarness;
    let queue: Queue;
    let opened: Queue[];
    let failures: { job: Job; error: unknown }[];
    let errors: unknown[];
    let gates: Gate[];

    beforeEach(async () => {
      harness = await start();
      opened = [];
      failures = [];
      errors = [];
      gates = [];
      queue = await open();
    });

    afterEach(async () => {
      for (const each of gates) each.open();
      await Promise.all(opened.map((each) => each.stop()));
      await harness.close();
      expect(errors).toEqual([]);
    });

    async function open(): Promise<Queue> {
      const another = await harness.open();
      opened.push(another);
      return another;
    }

    /** Opened at the end of the story at the latest, so that a red test does not wait for its handlers. */
    function gate(): Gate {
      const made = new Gate();
      gates.push(made);
      return made;
    }

    function options(changes: Partial<WorkOptions> = {}): WorkOptions {
      return {
        concurrency: 2,
        maxAttempts: 3,
        onFailed: async (job, error) => void failures.push({ job, error }),
        onError: (error) => void errors.push(error),
        ...changes,
      };
    }

    it("runs a job with its payload and counts the first attempt as 1", async () => {
      const ran = new Recorder();
      await queue.work({ triage: ran.handler() }, options());
      await queue.add(harness.db, [{ kind: "triage", payload: { message: 7, tags: ["vpn"] } }]);
      await ran.reach(1);
      expect(ran.jobs[0]).toMatchObject({
        kind: "triage",
        payload: { message: 7, tags: ["vpn"] },
        attempt: 1,
        priority: 0,
      });
      await settled(queue);
      expect(await queue.counts()).toEqual([]);
    });

    it("takes on jobs that were added before it began to work", async () => {
      await queue.add(
        harness.db,
        [1, 2, 3].map((n) => ({ kind: "file", payload: { n } })),
      );
      expect(await queue.counts()).toEqual([{ kind: "file", state: "waiting", count: 3 }]);
      const ran = new Recorder();
      await queue.work({ file: ran.handler() }, options());
      await ran.reach(3);
      expect(sorted(ran.payloads("n"))).toEqual([1, 2, 3]);
    });

    it("adds with the caller's transaction: nothing before the commit, all after it", async () => {
      const ran = new Recorder();
      await queue.work({ file: ran.handler() }, options());
      await harness.db.transaction(async (trx) => {
        await queue.add(trx, [{ kind: "file", payload: { n: 1 } }]);
        await queue.add(trx, [{ kind: "file", payload: { n: 2 } }]);
        expect(ran.jobs).toEqual([]);
      });
      await ran.reach(2);
      expect(sorted(ran.payloads("n"))).toEqual([1, 2]);
    });

    it("adds nothing where the caller's transaction is rolled back", async () => {
      await expect(
        harness.db.transaction(async (trx) => {
          await queue.add(trx, [{ kind: "file", payload: {} }]);
          throw new Error("the state change failed");
        }),
      ).rejects.toThrow("the state change failed");
      expect(await queue.counts()).toEqual([]);
    });

    it("keeps one waiting job a kind and key", async () => {
      await queue.add(harness.db, [
        { kind: "digest", key: "dana", payload: { n: 1 } },
        { kind: "digest", key: "dana", payload: { n: 2 } },
        { kind: "digest", key: "li", payload: { n: 3 } },
      ]);
      await queue.add(harness.db, [
        { kind: "digest", key: "dana", payload: { n: 4 } },
        { kind: "remind", key: "dana", payload: { n: 5 } },
      ]);
      const ran = new Recorder();
      await queue.work({ digest: ran.handler(), remind: ran.handler() }, options());
      await ran.reach(3);
      await settled(queue);
      expect(sorted(ran.payloads("n"))).toEqual([1, 3, 5]);
      expect(sorted(ran.jobs.map((job) => job.key))).toEqual(["dana", "dana", "li"]);
    });

    it("takes on a second job of a key once the first has begun", async () => {
      const ran = new Recorder();
      const done = gate();
      const handler = ran.handler(async (job) => {
        if (job.payload["n"] === 1) await done.opened;
      });
      await queue.work({ digest: handler }, options());
      await queue.add(harness.db, [{ kind: "digest", key: "dana", payload: { n: 1 } }]);
      await ran.reach(1);
      await queue.add(harness.db, [{ kind: "digest", key: "dana", payload: { n: 2 } }]);
      await ran.reach(2);
      done.open();
      expect(ran.payloads("n")).toEqual([1, 2]);
    });

    it("keeps both jobs of a key where the first fails while the second waits", async () => {
      const ran = new Recorder();
      const done = gate();
      const handler = ran.handler(async (job) => {
        if (job.payload["n"] === 1 && job.attempt === 1) {
          await done.opened;
          throw new TemporaryError("421 try again later");
        }
      });
      await queue.work({ digest: handler }, options({ concurrency: 1 }));
      await queue.add(harness.db, [{ kind: "digest", key: "dana", payload: { n: 1 } }]);
      await ran.reach(1);
      await queue.add(harness.db, [{ kind: "digest", key: "dana", payload: { n: 2 } }]);
      done.open();
      await ran.reach(2);
      await eventually(async () => (await counted(queue, "running")) === 0);
      await harness.pass(HOUR);
      await ran.reach(3);
      expect(sorted(ran.payloads("n"))).toEqual([1, 1, 2]);
    });

    it("takes the larger priority first, then the older", async () => {
      await queue.add(harness.db, [{ kind: "send", payload: { n: "old" } }]);
      await harness.pass(10);
      await queue.add(harness.db, [{ kind: "send", payload: { n: "new" } }]);
      await queue.add(harness.db, [{ kind: "send", payload: { n: "low" }, priority: -1 }]);
      await queue.add(harness.db, [{ kind: "send", payload: { n: "urgent" }, priority: 5 }]);
      const ran = new Recorder();
      await queue.work({ send: ran.handler() }, options({ concurrency: 1 }));
      await ran.reach(4);
      expect(ran.payloads("n")).toEqual(["urgent", "old", "new", "low"]);
    });

    it("waits for run_at", async () => {
      const ran = new Recorder();
      await queue.work({ remind: ran.handler() }, options());
      const inAnHour = new Date(Date.now() + HOUR).toISOString();
      await queue.add(harness.db, [
        { kind: "remind", payload: { n: "later" }, runAt: inAnHour },
        { kind: "remind", payload: { n: "now" } },
      ]);
      await ran.reach(1);
      await settled(queue, 1);
      expect(ran.payloads("n")).toEqual(["now"]);
      await harness.pass(HOUR + 1000);
      await ran.reach(2);
      expect(ran.payloads("n")).toEqual(["now", "later"]);
    });

    it("leaves jobs of a kind without a handler to another process", async () => {
      const ran = new Recorder();
      await queue.work({ file: ran.handler() }, options());
      await queue.add(harness.db, [
        { kind: "deliver", payload: {} },
        { kind: "file", payload: {} },
      ]);
      await ran.reach(1);
      await settled(queue, 1);
      expect(await queue.counts()).toEqual([{ kind: "deliver", state: "waiting", count: 1 }]);
      const other = await open();
      await other.work({ deliver: ran.handler() }, options());
      await ran.reach(2);
      expect(ran.jobs.map((job) => job.kind)).toEqual(["file", "deliver"]);
    });

    it.each([
      ["a temporary error", new TemporaryError("the relay is busy")],
      ["an unknown error", new TypeError("undefined is not a function")],
    ])("tries again after %s, not at once, until it works", async (_case, error) => {
      const ran = new Recorder();
      const handler = ran.handler(async (job) => {
        if (job.attempt < 3) throw error;
      });
      await queue.work({ deliver: handler }, options());
      await queue.add(harness.db, [{ kind: "deliver", payload: { n: 1 } }]);
      await ran.reach(1);
      await eventually(async () => (await counted(queue, "waiting")) === 1);
      await harness.pass(500);
      await settled(queue, 1);
      expect(ran.jobs).toHaveLength(1);
      await harness.pass(1500);
      await ran.reach(2);
      await eventually(async () => (await counted(queue, "waiting")) === 1);
      await harness.pass(7000);
      await ran.reach(3);
      expect(ran.jobs.map((job) => job.attempt)).toEqual([1, 2, 3]);
      await settled(queue);
      expect(await queue.counts()).toEqual([]);
      expect(failures).toEqual([]);
    });

    it("gives a job up after its last attempt, keeps it and says why", async () => {
      const ran = new Recorder();
      const busy = new TemporaryError("the relay is busy", { cause: new Error("421 4.3.2") });
      const handler = ran.handler(() => Promise.reject(busy));
      await queue.work({ deliver: handler }, options({ maxAttempts: 2 }));
      await queue.add(harness.db, [{ kind: "deliver", key: "r9", payload: { release: 9 }, priority: 3 }]);
      await ran.reach(1);
      await eventually(async () => (await counted(queue, "waiting")) === 1);
      await harness.pass(HOUR);
      await givenUp(queue);
      expect(failures).toMatchObject([{ job: { kind: "deliver", attempt: 2 }, error: busy }]);
      expect(await queue.counts()).toEqual([{ kind: "deliver", state: "failed", count: 1 }]);
      expect(await queue.failed()).toEqual([
        {
          id: failures[0]?.job.id,
          kind: "deliver",
          key: "r9",
          payload: { release: 9 },
          priority: 3,
          attempt: 2,
          runAt: expect.stringMatching(/^\d{4}-.*Z$/),
          failedAt: expect.stringMatching(/^\d{4}-.*Z$/),
          reason: "the relay is busy: 421 4.3.2",
        },
      ]);
    });

    it("gives a job up at once after a permanent error, and goes on with the next", async () => {
      const ran = new Recorder();
      const handler = ran.handler(async (job) => {
        if (job.payload["n"] === 1) throw new PermanentError("550 5.1.1 no such mailbox");
      });
      await queue.work({ deliver: handler }, options({ concurrency: 1 }));
      await queue.add(
        harness.db,
        [1, 2].map((n) => ({ kind: "deliver", payload: { n } })),
      );
      await ran.reach(2);
      await givenUp(queue);
      await harness.pass(HOUR);
      await settled(queue, 1);
      expect(sorted(ran.payloads("n"))).toEqual([1, 2]);
      expect(failures).toHaveLength(1);
      expect((await queue.failed()).map((job) => job.reason)).toEqual(["550 5.1.1 no such mailbox"]);
    });

    it("puts a failed job back in line with a fresh count when a person says so", async () => {
      const ran = new Recorder();
      let broken = true;
      const handler = ran.handler(async () => {
        if (broken) throw new PermanentError("the template does not exist");
      });
      await queue.work({ draft: handler }, options());
      await queue.add(harness.db, [{ kind: "draft", key: "t1", payload: {} }]);
      await givenUp(queue);
      broken = false;
      const [failed] = await queue.failed();
      // Another of the same key waits: both are work to do.
      await queue.add(harness.db, [{ kind: "draft", key: "t1", payload: {}, runAt: future() }]);
      expect(await queue.retry(failed?.id ?? "")).toBe(true);
      await ran.reach(2);
      expect(ran.jobs.map((job) => job.attempt)).toEqual([1, 1]);
      expect(await queue.failed()).toEqual([]);
      expect(await queue.retry(failed?.id ?? "")).toBe(false);
      expect(await queue.retry("no-such-job")).toBe(false);
    });

    it("hands the job of a silent worker to another, and fences the one that wakes", async () => {
      const ran = new Recorder();
      const asleep = gate();
      const sleeper = ran.handler(() => asleep.opened);
      await queue.work({ deliver: sleeper }, options({ concurrency: 1 }));
      await queue.add(harness.db, [{ kind: "deliver", payload: { n: 1 } }]);
      await ran.reach(1);
      await harness.lapse();
      const second = gate();
      const other = await open();
      await other.work({ deliver: ran.handler(() => second.opened) }, options());
      await ran.reach(2);
      expect(ran.jobs.map((job) => job.attempt)).toEqual([1, 2]);
      // The sleeper finishes now; the job is the other's, so it must stay.
      asleep.open();
      await queue.stop();
      expect(await counted(other, "running")).toBe(1);
      second.open();
      await settled(other);
      expect(await other.counts()).toEqual([]);
    });

    it("does not let a worker that lost its lease fail the job of another", async () => {
      const ran = new Recorder();
      const asleep = gate();
      const sleeper = ran.handler(async () => {
        await asleep.opened;
        throw new PermanentError("the connection is gone");
      });
      await queue.work({ deliver: sleeper }, options({ concurrency: 1 }));
      await queue.add(harness.db, [{ kind: "deliver", payload: {} }]);
      await ran.reach(1);
      await harness.lapse();
      const second = gate();
      const other = await open();
      await other.work({ deliver: ran.handler(() => second.opened) }, options());
      await ran.reach(2);
      asleep.open();
      await queue.stop();
      expect(failures).toEqual([]);
      expect(await counted(other, "running")).toBe(1);
      second.open();
      await settled(other);
      expect(await other.counts()).toEqual([]);
    });

    it("gives up a job that takes its worker down each time", async () => {
      const ran = new Recorder();
      const never = gate();
      for (let attempt = 1; attempt <= 5; attempt += 1) {
        const doomed = await open();
        await doomed.work(
          { parse: ran.handler(() => never.opened) },
          options({ maxAttempts: 2, concurrency: 1 }),
        );
        if (attempt === 1) await doomed.add(harness.db, [{ kind: "parse", payload: {} }]);
        await ran.reach(attempt);
        await harness.lapse();
      }
      await queue.work({ parse: ran.handler() }, options({ maxAttempts: 2 }));
      await givenUp(queue);
      never.open();
      expect(failures).toHaveLength(1);
      expect(ran.jobs).toHaveLength(5);
      expect((await queue.failed())[0]?.reason).toMatch(/stopped during each of 5 attempts/);
    });

    it("tries a job alone that took its worker down, so that no other is blamed with it", async () => {
      const never = gate();
      const ran = new Recorder();
      await queue.add(
        harness.db,
        [1, 2, 3, 4].map((n) => ({ kind: "parse", payload: { n } })),
      );
      const worker = { concurrency: 4, maxAttempts: 2 };
      for (let life = 1; life <= 2; life += 1) {
        const doomed = await open();
        await doomed.work({ parse: ran.handler(() => never.opened) }, options(worker));
        await ran.reach(4 * life);
        await harness.lapse();
      }
      let running = 0;
      let most = 0;
      const done: unknown[] = [];
      await queue.work(
        {
          parse: async ({ payload }) => {
            most = Math.max(most, (running += 1));
            await new Promise((resolve) => setTimeout(resolve, 20));
            running -= 1;
            done.push(payload["n"]);
          },
        },
        options(worker),
      );
      await eventually(async () => done.length === 4);
      never.open();
      expect(most).toBe(1);
      expect(failures).toEqual([]);
    });

    it("gives up again where its worker ended before that was written down", async () => {
      const never = gate();
      const told = new Recorder();
      const doomed = await open();
      await doomed.work(
        { parse: failing },
        options({ concurrency: 1, onFailed: async (job) => told.handler(() => never.opened)(job) }),
      );
      await doomed.add(harness.db, [{ kind: "parse", payload: {} }]);
      await told.reach(1);
      await harness.lapse();
      await queue.work({ parse: failing }, options());
      await eventually(async () => failures.length === 1);
      never.open();
      await eventually(async () => (await queue.failed()).length === 1);
    });

    it("does every job once with two processes at work", async () => {
      const ran = new Recorder();
      const other = await open();
      const jobs = Array.from({ length: 200 }, (_, n) => ({
        kind: n % 2 ? "file" : "triage",
        payload: { n },
      }));
      const handlers = { file: ran.handler(), triage: ran.handler() };
      await Promise.all([
        queue.work(handlers, options({ concurrency: 4 })),
        other.work(handlers, options({ concurrency: 4 })),
      ]);
      await Promise.all([queue.add(harness.db, jobs.slice(0, 100)), other.add(harness.db, jobs.slice(100))]);
      await ran.reach(200);
      await Promise.all([settled(queue), settled(other)]);
      expect(sorted(ran.payloads("n"))).toEqual(jobs.map((job) => job.payload.n));
      expect(await queue.counts()).toEqual([]);
    });

    it("never runs more jobs at once than its concurrency", async () => {
      let running = 0;
      let most = 0;
      const ran = new Recorder();
      const handler = ran.handler(async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 2));
        running -= 1;
      });
      await queue.add(
        harness.db,
        Array.from({ length: 30 }, (_, n) => ({ kind: "file", payload: { n } })),
      );
      await queue.work({ file: handler }, options({ concurrency: 3 }));
      await ran.reach(30);
      await settled(queue);
      expect(most).toBe(3);
    });

    it("lets a handler add the next job in its own transaction", async () => {
      const ran = new Recorder();
      const step = (next: string): JobHandler =>
        ran.handler(async () => {
          await harness.db.transaction((trx) => queue.add(trx, [{ kind: next, payload: {} }]));
        });
      await queue.work({ file: step("triage"), triage: step("draft"), draft: ran.handler() }, options());
      await queue.add(harness.db, [{ kind: "file", payload: {} }]);
      await ran.reach(3);
      expect(ran.jobs.map((job) => job.kind)).toEqual(["file", "triage", "draft"]);
    });

    it("stops when the running jobs are done, and leaves the others as they were", async () => {
      const ran = new Recorder();
      const done = gate();
      await queue.add(
        harness.db,
        Array.from({ length: 5 }, (_, n) => ({ kind: "file", payload: { n } })),
      );
      await queue.work({ file: ran.handler(() => done.opened) }, options({ concurrency: 2 }));
      await ran.reach(2);
      let stopped = false;
      const stopping = queue.stop().then(() => (stopped = true));
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(stopped).toBe(false);
      done.open();
      await stopping;
      expect(ran.jobs).toHaveLength(2);
      const other = await open();
      expect(await other.counts()).toEqual([{ kind: "file", state: "waiting", count: 3 }]);
      await other.work({ file: ran.handler() }, options());
      await ran.reach(5);
      expect(sorted(ran.payloads("n"))).toEqual([0, 1, 2, 3, 4]);
      expect(ran.jobs.map((job) => job.attempt)).toEqual([1, 1, 1, 1, 1]);
    });
  });
}

/** Remembers which jobs were begun, in order. */
class Recorder {
  readonly jobs: Job[] = [];

  handler(then: (job: Job) => Promise<void> = async () => {}): JobHandler {
    return async (job) => {
      this.jobs.push(job);
      await then(job);
    };
  }

  payloads(name: string): unknown[] {
    return this.jobs.map((job) => job.payload[name]);
  }

  async reach(count: number): Promise<void> {
    await eventually(async () => this.jobs.length >= count, `${count} jobs begun`);
  }
}

class Gate {
  readonly opened: Promise<void>;
  open: () => void = () => {};

  constructor() {
    this.opened = new Promise((resolve) => (this.open = resolve));
  }
}

function sorted(values: readonly unknown[]): unknown[] {
  return [...values].sort((a, b) =>
    typeof a === "number" ? a - Number(b) : String(a).localeCompare(String(b)),
  );
}

function future(): string {
  return new Date(Date.now() + 48 * HOUR).toISOString();
}

async function counted(queue: Queue, state: "waiting" | "running" | "failed"): Promise<number> {
  const counts = await queue.counts();
  return counts.filter((each) => each.state === state).reduce((sum, each) => sum + each.count, 0);
}

/** One job is given up, and that is written down: `onFailed` is called before it is. */
async function givenUp(queue: Queue): Promise<void> {
  await eventually(async () => (await counted(queue, "failed")) === 1, "a job given up");
}

/** Nothing runs any more and at most `left` jobs wait for their time, another process or a person. */
async function settled(queue: Queue, left = 0): Promise<void> {
  await eventually(async () => {
    const counts = await queue.counts();
    return (
      counts.every((each) => each.state !== "running") &&
      counts.reduce((sum, each) => sum + each.count, 0) <= left
    );
  }, "the queue settled");
}

async function eventually(check: () => Promise<boolean>, what = "it"): Promise<void> {
  for (let attempt = 0; attempt < 1500; attempt += 1) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`Waited 15 seconds for: ${what}`);
}
