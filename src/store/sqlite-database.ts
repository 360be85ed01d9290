import { dirname, resolve } from "node:path";
import knexModule, { type Knex } from "knex";
import { makeFolder } from "../make-folder.ts";
import { PermanentError } from "../errors.ts";
import { ChainHeads } from "./chain-heads.ts";
import type { Database } from "./database.ts";
import { GroupCommit } from "./group-commit.ts";
import { QUIET } from "./knex-log.ts";
import { KeptArticles } from "./kept-articles.ts";
import { KeptVectors } from "./kept-vectors.ts";
import { RecentTickets } from "./recent-tickets.ts";
import { storedValues } from "./stored-text.ts";
import { lockForOneWorker } from "./worker-lock.ts";

const { knex } = knexModule;

/** One connection that writes, one that reads. Throws PermanentError where `path` is no file's. */
export async function openSqlite(path: string): Promise<Database> {
  if (path === "" || path === ":memory:")
    throw new PermanentError("sqlite needs a file: sqlite:data/countersign.sqlite");
  const filename = resolve(path);
  await makeFolder(dirname(filename));
  // An error's words go to logs and events: they name the statement, and with `compileSqlOnError` what it would have written.
  const db = knex({
    client: "sqlite3",
    log: QUIET,
    connection: { filename },
    useNullAsDefault: true,
    compileSqlOnError: false,
    pool: {
      min: 1,
      max: 1,
      // The time-out comes first: to set the journal mode takes a lock.
      afterCreate: pragmas([
        `busy_timeout=${BUSY_MS}`,
        "journal_mode=WAL",
        "synchronous=FULL",
        // The pages of a shared transaction stay in memory until it commits, and a page that many mails touch is copied
        // from the log into the database once in sixteen megabytes.
        "cache_size=-8000",
        "wal_autocheckpoint=4000",
        "foreign_keys=ON",
      ]),
    },
  });
  beginImmediate(db);
  const reader = knex({
    client: "sqlite3",
    log: QUIET,
    connection: { filename },
    useNullAsDefault: true,
    compileSqlOnError: false,
    pool: { min: 0, max: 1, afterCreate: pragmas([`busy_timeout=${BUSY_MS}`, "query_only=ON"]) },
  });
  return {
    dialect: "sqlite",
    db,
    reader,
    chainHeads: new ChainHeads(),
    recentTickets: new RecentTickets(),
    keptArticles: new KeptArticles(),
    keptVectors: new KeptVectors(),
    groupCommit: new GroupCommit(),
    workAlone: () => lockForOneWorker(filename),
    async close() {
      await reader.destroy();
      await db.destroy();
    },
  };
}

type SqliteStatement = {
  run(...rest: unknown[]): unknown;
  all(...rest: unknown[]): unknown;
  finalize(): unknown;
};

type SqliteConnection = {
  run(sql: string, ...rest: unknown[]): unknown;
  all(sql: string, ...rest: unknown[]): unknown;
  prepare(sql: string, done: (error: Error | null) => void): SqliteStatement;
  close(...rest: unknown[]): unknown;
};

/** Statements a connection keeps prepared: inserts of one to many rows are a text each. */
const KEPT_STATEMENTS = 400;

/**
 * SQLite compiles a statement in as much time as it runs one; the driver would compile it each time. knex sends one at
 * a time over a connection, so that a statement is never asked for while it runs.
 */
function keepStatements(connection: SqliteConnection): void {
  const kept = new Map<string, SqliteStatement>();
  for (const method of ["run", "all"] as const) {
    const original = connection[method].bind(connection);
    connection[method] = (sql, ...rest) => {
      if (!/^(?:select|insert|update|delete|begin|commit)\b/i.test(sql)) return original(sql, ...rest);
      let statement = kept.get(sql);
      if (statement === undefined) {
        const callback = rest.at(-1);
        // The driver drops what waits for a statement that cannot be compiled, and throws where nobody hears it.
        statement = connection.prepare(sql, (error) => {
          if (error === null) return;
          kept.delete(sql);
          if (typeof callback === "function") callback(error);
        });
      } else kept.delete(sql);
      kept.set(sql, statement);
      if (kept.size > KEPT_STATEMENTS) {
        const [oldest] = kept.keys();
        if (oldest !== undefined) {
          kept.get(oldest)?.finalize();
          kept.delete(oldest);
        }
      }
      return statement[method](...rest);
    };
  }
  const close = connection.close.bind(connection);
  connection.close = (...rest) => {
    for (const statement of kept.values()) statement.finalize();
    kept.clear();
    return close(...rest);
  };
}

/** knex hands a statement's values over as one array, before its callback. */
function keepStoredText(connection: SqliteConnection): void {
  for (const method of ["run", "all"] as const) {
    const original = connection[method].bind(connection);
    connection[method] = (sql, ...rest) =>
      original(sql, ...rest.map((value) => (Array.isArray(value) ? storedValues(value) : value)));
  }
}

/** How long to wait for another process that opens or writes the same file. */
const BUSY_MS = 15_000;

function pragmas(list: readonly string[]) {
  return (
    connection: SqliteConnection,
    done: (error: Error | null, connection: SqliteConnection) => void,
  ): void => {
    keepStatements(connection);
    keepStoredText(connection);
    const until = Date.now() + BUSY_MS;
    const next = (index: number): void => {
      const pragma = list[index];
      if (pragma === undefined) return done(null, connection);
      connection.run(`PRAGMA ${pragma}`, (error: Error | null) => {
        // SQLite does not wait for its turn to switch to WAL, whatever busy_timeout says.
        if ((error as { code?: string } | null)?.code === "SQLITE_BUSY" && Date.now() < until)
          return void setTimeout(() => next(index), 20);
        if (error !== null) return done(error, connection);
        next(index + 1);
      });
    };
    next(0);
  };
}

/** knex opens with a deferred BEGIN; two processes that both read first then meet SQLITE_BUSY at their first write. */
function beginImmediate(db: Knex): void {
  const client = db.client as {
    transaction(...args: unknown[]): {
      begin(conn: unknown): Promise<unknown>;
      query(conn: unknown, sql: string): Promise<unknown>;
    };
  };
  const original = client.transaction.bind(client);
  client.transaction = (...args: unknown[]) => {
    const transaction = original(...args);
    transaction.begin = (connection: unknown) => transaction.query(connection, "BEGIN IMMEDIATE;");
    return transaction;
  };
}
