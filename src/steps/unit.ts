import { TemporaryError } from "../errors.ts";
import type { NewEvent } from "../desk/event.ts";
import type { NewJob } from "../queue/queue.ts";
import type { ChainHead } from "../store/chain-heads.ts";
import { isRetryable } from "../store/database.ts";
import { appendEvents, type Recorder } from "../store/events.ts";
import type { Desk } from "./desk.ts";

/** One open transaction of a step: its writes, its events and its next jobs commit together or not at all. */
export interface Unit extends Recorder {
  readonly at: Date;
  enqueue(job: NewJob): void;
  /** This chain begins here: its head need not be looked up. */
  beginStream(stream: string): void;
}

type Transacting = Pick<Desk, "database" | "queue" | "clock" | "failPoint">;

const TRIES = 6;

/**
 * Run `work` in one transaction. It may run more than once (SQLITE_BUSY, a serialisation failure, two writers that took
 * the same number), so it must touch nothing but its unit.
 */
export async function transact<T>(
  desk: Transacting,
  name: string,
  work: (unit: Unit) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(desk, name, work);
    } catch (error) {
      if (!isRetryable(error)) throw error;
      if (attempt === TRIES)
        throw new TemporaryError(`the database was busy ${TRIES} times in a row (${name})`, { cause: error });
      // Spread, so that writers who met once do not meet again.
      const spread = 0.5 + Math.random();
      await new Promise((resolve) => setTimeout(resolve, 5 * 2 ** attempt * spread));
    }
  }
}

async function once<T>(desk: Transacting, name: string, work: (unit: Unit) => Promise<T>): Promise<T> {
  const at = desk.clock();
  const events: NewEvent[] = [];
  const jobs: NewJob[] = [];
  const fresh = new Set<string>();
  let heads: ReadonlyMap<string, ChainHead> = new Map();
  const { chainHeads } = desk.database;
  const transaction = desk.database.db.transaction(async (db) => {
    const answer = await work({
      db,
      at,
      now: at.toISOString(),
      record: (event) => void events.push(event),
      enqueue: (job) => void jobs.push(job),
      beginStream: (stream) => void fresh.add(stream),
    });
    heads = await appendEvents(db, events, at.toISOString(), fresh, chainHeads);
    if (jobs.length > 0) await desk.queue.add(db, jobs);
    desk.failPoint(`${name}: before commit`);
    return answer;
  });
  // Whatever failed, another writer may have gone on with these chains.
  const result = await transaction.catch((error: unknown) => {
    chainHeads.forget(events.map((event) => event.stream));
    throw error;
  });
  chainHeads.keep(heads);
  desk.failPoint(`${name}: after commit`);
  return result;
}
