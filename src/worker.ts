import { reasonOf } from "./errors.ts";
import type { Job, JobHandler } from "./queue/queue.ts";
import { deliver } from "./steps/deliver.ts";
import type { Desk } from "./steps/desk.ts";
import { giveUp } from "./steps/give-up.ts";
import { handleMessage } from "./steps/handle.ts";
import { recoverAtStart } from "./steps/recover.ts";
import { redraft } from "./steps/redraft.ts";
import { sendDigest } from "./steps/send-digest.ts";
import { seal } from "./steps/seal.ts";
import { sweep } from "./steps/sweep.ts";

const CONCURRENCY = 8;
/** A message that failed this often is put aside with its reason; the queue flows on. */
const MAX_ATTEMPTS = 8;
const SWEEP_MS = 5_000;
const SEAL_MS = 60_000;

export interface Worker {
  /** Take no new job, wait for those running. */
  stop(): Promise<void>;
}

/**
 * Run the tasks of the job queue, and the sweep that no job does. On SQLite there is one worker at a time, which takes up at
 * once what the last one left; throws PermanentError where another runs. On PostgreSQL leases tell workers apart.
 */
export async function startWorker(desk: Desk): Promise<Worker> {
  const giveBack = await desk.database.workAlone?.();
  try {
    if (giveBack !== undefined) await recoverAtStart(desk);
    return await startJobs(desk, giveBack);
  } catch (error) {
    await giveBack?.();
    throw error;
  }
}

async function startJobs(desk: Desk, giveBack: (() => Promise<void>) | undefined): Promise<Worker> {
  await desk.queue.work(handlers(desk), {
    concurrency: CONCURRENCY,
    maxAttempts: MAX_ATTEMPTS,
    onFailed: (job, error) => onFailed(desk, job, error),
  });
  const sweeping = repeat(desk, "sweep", SWEEP_MS, () => sweep(desk));
  const sealing = repeat(desk, "seal", SEAL_MS, () => seal(desk));
  sweeping.now();
  return {
    async stop() {
      await sweeping.stop();
      await sealing.stop();
      await desk.queue.stop();
      await giveBack?.();
    },
  };
}

function handlers(desk: Desk): Readonly<Record<string, JobHandler>> {
  return {
    "handle-message": (job) => handleMessage(desk, numberIn(job, "messageId")),
    "send-digest": (job) =>
      sendDigest(
        desk,
        numberIn(job, "technicianId"),
        job.payload["reviewId"] === undefined ? null : numberIn(job, "reviewId"),
      ),
    deliver: (job) => deliver(desk, numberIn(job, "releaseId")),
    redraft: (job) =>
      redraft(desk, {
        reviewId: numberIn(job, "reviewId"),
        draftId: numberIn(job, "draftId"),
        technicianId: numberIn(job, "technicianId"),
        instruction: String(job.payload["instruction"]),
      }),
  };
}

/** Work that cannot be done is shown, never dropped. */
async function onFailed(desk: Desk, job: Job, error: unknown): Promise<void> {
  desk.log.error(
    { job: job.kind, id: job.id, attempt: job.attempt, reason: reasonOf(error) },
    "a job was given up",
  );
  if (job.kind === "handle-message")
    await giveUp(desk, numberIn(job, "messageId"), `it failed ${job.attempt} times: ${reasonOf(error)}`);
}

function numberIn(job: Job, name: string): number {
  const value = job.payload[name];
  if (typeof value !== "number") throw new TypeError(`job ${job.kind} ${job.id}: ${name} is not a number`);
  return value;
}

/** One run at a time; a failure is logged and the next run comes all the same. */
function repeat(
  desk: Desk,
  name: string,
  everyMs: number,
  run: () => Promise<void>,
): { now(): void; stop(): Promise<void> } {
  let running: Promise<void> | null = null;
  const now = (): void => {
    running ??= run()
      .catch((error: unknown) => desk.log.error({ reason: reasonOf(error) }, `the ${name} failed`))
      .finally(() => (running = null));
  };
  const timer = setInterval(now, everyMs);
  return {
    now,
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
