import type { NewJob } from "../../src/queue/queue.ts";
import type { Desk } from "../../src/steps/desk.ts";
import type { Database } from "../../src/store/database.ts";
import { NOW } from "./store.ts";

export type UnitDesk = Pick<Desk, "database" | "queue" | "clock" | "failPoint">;

/** What `transact` needs of a desk. Its queue is a table's worth of rows in `settings`, so that a test sees jobs commit or not. */
export function unitDesk(database: Database, failPoint: (name: string) => void = () => undefined): UnitDesk {
  return {
    database,
    clock: () => new Date(NOW),
    failPoint,
    queue: {
      async add(db, jobs: readonly NewJob[]) {
        await db("settings").insert(
          jobs.map((job) => ({ name: `job:${job.kind}`, value: JSON.stringify(job.payload) })),
        );
      },
      work: () => Promise.reject(new Error("not here")),
      stop: () => Promise.resolve(),
      counts: () => Promise.resolve([]),
      failed: () => Promise.resolve([]),
      retry: () => Promise.resolve(false),
    },
  };
}
