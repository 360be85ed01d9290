import knexModule from "knex";
import { types } from "pg";
import { ChainHeads } from "./chain-heads.ts";
import type { Database } from "./database.ts";
import { QUIET } from "./knex-log.ts";
import { KeptArticles } from "./kept-articles.ts";
import { KeptVectors } from "./kept-vectors.ts";
import { RecentTickets } from "./recent-tickets.ts";
import { storedValues } from "./stored-text.ts";

const { knex } = knexModule;

// PostgreSQL hands int8 over as text; our counters stay far below 2^53.
types.setTypeParser(20, Number);

type PostgresConnection = {
  query(statement: string | { readonly values?: unknown[] }, ...rest: unknown[]): unknown;
};

/** Connects at the first statement. */
export function openPostgres(url: string): Database {
  const db = knex({
    client: "pg",
    log: QUIET,
    connection: { connectionString: url },
    compileSqlOnError: false,
    pool: {
      min: 0,
      max: 8,
      afterCreate(
        connection: PostgresConnection,
        done: (error: Error | null, each: PostgresConnection) => void,
      ) {
        const query = connection.query.bind(connection);
        connection.query = (statement, ...rest) =>
          typeof statement === "object" && statement.values
            ? query({ ...statement, values: storedValues(statement.values) }, ...rest)
            : query(statement, ...rest);
        done(null, connection);
      },
    },
  });
  return {
    dialect: "postgres",
    db,
    reader: db,
    chainHeads: new ChainHeads(),
    recentTickets: new RecentTickets(),
    keptArticles: new KeptArticles(),
    keptVectors: new KeptVectors(),
    close: () => db.destroy(),
  };
}
