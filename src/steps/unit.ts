import { TemporaryError } from "../errors.ts";
import type { NewEvent } from "../desk/event.ts";
import type { NewJob } from "../queue/queue.ts";
import type { ChainHead } from "../store/chain-heads.ts";
import { isRetryable } from "../store/database-errors.ts";
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

/** One caller's part of a transaction. */
interface Part {
  readonly desk: Transacting;
  readonly name: string;
  readonly work: (unit: Unit) => Promise<void>;
}

const TRIES = 6;

/**
 * Run `work` in one transaction; on SQLite in one with others that wait for the same writer. It may run more than once
 * (SQLITE_BUSY, a serialisation failure, two writers that took the same number, one of the others that failed), so it must
 * touch nothing but its unit, and wait for nothing that another `transact` does.
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
  const answer: { value?: T } = {};
  const part: Part = {
    desk,
    name,
    work: async (unit) => {
      answer.value = await work(unit);
    },
  };
  const { groupCommit } = desk.database;
  await (groupCommit === undefined ? commitParts([part]) : groupCommit.join(part, commitParts));
  desk.failPoint(`${name}: after commit`);
  return answer.value as T;
}

/** One transaction for all of them: each part's writes in turn, then the events and next jobs of all. */
async function commitParts(parts: readonly Part[]): Promise<void> {
  const [first] = parts;
  if (first === undefined) return;
  const { database, clock } = first.desk;
  const at = clock();
  const now = at.toISOString();
  const events: NewEvent[] = [];
  const fresh = new Set<string>();
  const jobs = new Map<Desk["queue"], NewJob[]>();
  let heads: ReadonlyMap<string, ChainHead> = new Map();
  const { chainHeads } = database;
  try {
    await database.db.transaction(async (db) => {
      for (const { desk, work } of parts) {
        const queued = jobs.get(desk.queue) ?? [];
        jobs.set(desk.queue, queued);
        await work({
          db,
          at,
          now,
          record: (event) => void events.push(event),
          enqueue: (job) => void queued.push(job),
          beginStream: (stream) => void fresh.add(stream),
        });
      }
      heads = await appendEvents(db, events, now, fresh, chainHeads);
      for (const [queue, queued] of jobs) if (queued.length > 0) await queue.add(db, queued);
      for (const { desk, name } of parts) desk.failPoint(`${name}: before commit`);
    });
  } catch (error) {
    // Whatever failed, another writer may have gone on with these chains.
    chainHeads.forget(events.map((event) => event.stream));
    throw error;
  }
  chainHeads.keep(heads);
}
