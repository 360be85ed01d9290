import { createSealing } from "../../src/store/sealing.ts";
import type { Database } from "../../src/store/database.ts";
import type { Recorder } from "../../src/store/events.ts";
import type { NewEvent } from "../../src/desk/event.ts";

/** A database with the schema, fresh for one contract. */
export interface Store {
  readonly database: Database;
  /** Another process's view of the same data. */
  another(): Promise<Database>;
  close(): Promise<void>;
}

export type OpenStore = () => Promise<Store>;

/** A key of no worth. */
export const sealing = createSealing(Buffer.alloc(32, 7));

export const NOW = "2026-03-02T09:00:00.000Z";
export const LATER = "2026-03-02T10:00:00.000Z";

/** A recorder that keeps its events in a list instead of a chain. */
export function recorder(db: Recorder["db"], now = NOW): Recorder & { readonly events: NewEvent[] } {
  const events: NewEvent[] = [];
  return { db, now, events, record: (event) => void events.push(event) };
}

export function event(stream: string, sentence = "Something happened."): NewEvent {
  return { stream, actor: { kind: "desk", id: "test" }, kind: "test.happened", sentence, evidence: { n: 1 } };
}

/** `null` where the promise holds, its error where it does not. */
export async function errorOf(promise: PromiseLike<unknown>): Promise<Error | null> {
  try {
    await promise;
    return null;
  } catch (error) {
    return error as Error;
  }
}
