import { realpath } from "node:fs/promises";
import knexModule from "knex";
import { PermanentError, TemporaryError, reasonOf } from "../errors.ts";

const { knex } = knexModule;

/**
 * One worker on a SQLite database: an exclusive transaction, held open for as long as the worker runs, on an empty SQLite
 * file beside the desk's own. It is the operating system's lock on that file, so it ends with its process, also after
 * `kill -9`: no process id to mistake for another's, no heartbeat to wait for. Other commands (`import`, `token create`)
 * do not ask for it. Answers what gives it back. Throws PermanentError where another worker holds it.
 */
export async function lockForOneWorker(database: string): Promise<() => Promise<void>> {
  // One database may have two names.
  const filename = `${await realpath(database)}.worker`;
  const lock = knex({
    client: "sqlite3",
    connection: { filename },
    useNullAsDefault: true,
    // Kept for good: the lock is the connection's.
    pool: { min: 1, max: 1 },
  });
  try {
    await lock.raw("PRAGMA busy_timeout = 0");
    await lock.raw("BEGIN EXCLUSIVE");
  } catch (error) {
    await lock.destroy();
    if ((error as { code?: unknown }).code === "SQLITE_BUSY")
      throw new PermanentError(
        `Another desk is running on ${database} (it holds ${filename}). A SQLite database takes one; stop the other, or use PostgreSQL for several.`,
        { cause: error },
      );
    throw new TemporaryError(`${filename} cannot be locked: ${reasonOf(error)}`, { cause: error });
  }
  return () => lock.destroy();
}
