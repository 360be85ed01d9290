import { fileURLToPath } from "node:url";
import { codeOf, PermanentError, TemporaryError } from "../errors.ts";
import type { Database } from "./database.ts";
import { openSqlite } from "./sqlite-database.ts";

const MIGRATIONS = fileURLToPath(new URL("../../migrations", import.meta.url));

/** The key of PostgreSQL's advisory lock while the schema is brought up to date; any number of our own. */
const MIGRATING = 1_129_270_867;

/**
 * Open the database that `url` names (`sqlite:path`, `sqlite::memory:`, `postgres://…`) and bring its schema up to date.
 * Throws TemporaryError where a server may come back, PermanentError where a person must act.
 */
export async function openDatabase(url: string): Promise<Database> {
  let database: Database | null = null;
  try {
    database = url.startsWith("sqlite:")
      ? await openSqlite(url.slice("sqlite:".length))
      : (await import("./postgres-database.ts")).openPostgres(url);
    await migrate(database);
    return database;
  } catch (error) {
    await database?.close();
    throw error instanceof PermanentError ? error : whyNotOpened(url, error);
  }
}

/**
 * All of it in one transaction, knex's own lock row included: a process that is killed half-way leaves nothing behind,
 * and of two that start at once the second waits and finds the work done.
 */
async function migrate(database: Database): Promise<void> {
  await database.db.transaction(async (transaction) => {
    if (database.dialect === "postgres")
      await transaction.raw("SELECT pg_advisory_xact_lock(?)", [MIGRATING]);
    await transaction.migrate.latest({ directory: MIGRATIONS, loadExtensions: [".ts"] });
  });
}

/** The server is away, starting, ending, or has no connection left: PostgreSQL's classes 08, 53 and 57P, and the system's. */
const SERVER_AWAY =
  /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|57P0\d|53\d{3}|08\d{3})$/;

/** Why the database that `url` names could not be opened, with what to do; the URL's password is left out. */
export function whyNotOpened(url: string, error: unknown): PermanentError | TemporaryError {
  const shown = url.replace(/:\/\/([^:@/]*):[^@]*@/, "://$1:…@");
  const code = codeOf(error);
  if (code === "SQLITE_BUSY") {
    return new TemporaryError(
      `the database ${shown} is held by another process (a migration of many rows, a backup, an open sqlite3): try again when that has ended`,
      { cause: error },
    );
  }
  if (SERVER_AWAY.test(code)) {
    return new TemporaryError(
      `the database ${shown} does not answer (${code}): is the server running, and is database.url right?`,
      { cause: error },
    );
  }
  const todo = url.startsWith("sqlite:")
    ? "database.url must name a file of the desk's own, in a folder that it may write"
    : "is database.url right?";
  return new PermanentError(`the database ${shown} cannot be opened: ${todo}`, { cause: error });
}
