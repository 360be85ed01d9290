import { reasonOf } from "./errors.ts";
import type { Job, JobHandler } from "./queue/queue.ts";
import { Turns } from "./turns.ts";
import { deliver } from "./steps/delivery/deliver.ts";
import { askForVectors, embedArticles } from "./steps/triage/embed-articles.ts";
import { freezeIfRestored, keepWitness } from "./steps/upkeep/freeze.ts";
import type { Desk } from "./steps/desk.ts";
import { giveUp, giveUpRedraft, tellOfGivenUpJob } from "./steps/upkeep/give-up.ts";
import { handleMessage } from "./steps/handle.ts";
import { recoverAtStart } from "./steps/upkeep/recover.ts";
import { redraft } from "./steps/triage/redraft.ts";
import { sendDigest } from "./steps/review/send-digest.ts";
import { findSentCopy } from "./steps/delivery/sent-copy.ts";
import { seal } from "./steps/upkeep/seal.ts";
import { triageInShadow } from "./steps/triage/shadow.ts";
import { sweep } from "./steps/sweep.ts";

/** Jobs at once. On SQLite those that write together commit together; on PostgreSQL each needs a connection of the pool. */
const CONCURRENCY = { sqlite: 16, postgres: 8 } as const;
/**
 * Messages that the local engine reads at once. Nearly all of that is this process's own work: more at once makes none of
 * them ready sooner, and a listener's 250 wait behind all. On PostgreSQL half of the time goes by between two machines.
 */
const READ_AT_ONCE = { sqlite: 4, postgres: 8 } as const;
/** A message that failed this often is put aside with its reason; the queue flows on. */
const MAX_ATTEMPTS = 8;
const SWEEP_MS = 5_000;
const SEAL_MS = 60_000;
/** How much of the newest past a restored backup may lack without being noticed; what began to leave is noted at once. */
const WITNESS_MS = 1_000;

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
    await freezeIfRestored(desk);
    if (giveBack !== undefined) await recoverAtStart(desk);
    await desk.learner.start();
    // The model may be new, or another than last time.
    if ((await desk.directory.current()).engine.embeddings !== undefined) await askForVectors(desk);
    return await startJobs(desk, giveBack);
  } catch (error) {
    await giveBack?.();
    throw error;
  }
}

async function startJobs(desk: Desk, giveBack: (() => Promise<void>) | undefined): Promise<Worker> {
  await desk.queue.work(handlers(desk), {
    concurrency: CONCURRENCY[desk.database.dialect],
    maxAttempts: MAX_ATTEMPTS,
    onFailed: (job, error) => onFailed(desk, job, error),
  });
  const sweeping = repeat(desk, "sweep", SWEEP_MS, () => sweep(desk));
  const sealing = repeat(desk, "seal", SEAL_MS, async () => {
    await seal(desk);
    await keepWitness(desk, { seal: true });
  });
  const witnessing = repeat(desk, "witness", WITNESS_MS, () => keepWitness(desk, { seal: false }));
  sweeping.now();
  return {
    async stop() {
      await sweeping.stop();
      await sealing.stop();
      await desk.queue.stop();
      await witnessing.stop();
      await keepWitness(desk, { seal: false });
      await giveBack?.();
    },
  };
}

function handlers(desk: Desk): Readonly<Record<string, JobHandler>> {
  const turns = new Turns(READ_AT_ONCE[desk.database.dialect]);
  return {
    "handle-message": async (job) => {
      const messageId = numberIn(job, "messageId");
      const { engine } = await desk.directory.current();
      // A model that somebody else runs takes seconds, and nobody waits behind it here.
      if (engine.name !== "local") return handleMessage(desk, messageId);
      return turns.take(() => handleMessage(desk, messageId));
    },
    "send-digest": (job) =>
      sendDigest(
        desk,
        numberIn(job, "technicianId"),
        job.payload["reviewId"] === undefined ? null : numberIn(job, "reviewId"),
      ),
    "embed-articles": (job) => embedArticles(desk, { check: job.payload["check"] === true }),
    deliver: (job) => deliver(desk, numberIn(job, "releaseId")),
    redraft: (job) => redraft(desk, redraftIn(job)),
    "shadow-triage": (job) => triageInShadow(desk, numberIn(job, "messageId")),
    "sent-copy": (job) => findSentCopy(desk, numberIn(job, "releaseId"), numberIn(job, "look")),
  };
}

/** Work that cannot be done is shown, never dropped. */
async function onFailed(desk: Desk, job: Job, error: unknown): Promise<void> {
  desk.log.error(
    { job: job.kind, id: job.id, attempt: job.attempt, reason: reasonOf(error) },
    "a job was given up",
  );
  const reason = `it failed ${job.attempt} times: ${reasonOf(error)}`;
  if (job.kind === "handle-message") await giveUp(desk, numberIn(job, "messageId"), reason);
  if (job.kind === "redraft") await giveUpRedraft(desk, redraftIn(job), reason);
  await tellOfGivenUpJob(desk, job.kind, reason);
}

function redraftIn(job: Job): Parameters<typeof redraft>[1] {
  return {
    reviewId: numberIn(job, "reviewId"),
    draftId: numberIn(job, "draftId"),
    technicianId: numberIn(job, "technicianId"),
    instruction: String(job.payload["instruction"]),
  };
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
