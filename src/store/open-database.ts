import { fileURLToPath } from "node:url";
import { PermanentError, TemporaryError } from "../errors.ts";
import type { Database } from "./database.ts";
import { codeOf } from "./database-errors.ts";
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
    throw error instanceof PermanentError ? error : explain(url, error);
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

function explain(url: string, error: unknown): Error {
  const shown = url.replace(/:\/\/([^:@/]*):[^@]*@/, "://$1:…@");
  const code = codeOf(error);
  if (/^(ECONNREFUSED|ENOTFOUND|ETIMEDOUT|57P03)$/.test(code)) {
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
