import type { Knex } from "knex";
import type { ChainHeads } from "./chain-heads.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { KeptArticles } from "./kept-articles.ts";
import type { KeptVectors } from "./kept-vectors.ts";
import type { RecentTickets } from "./recent-tickets.ts";

/** Every store function takes one first: the database, or the open transaction. */
export type Db = Knex | Knex.Transaction;

export interface Database {
  readonly dialect: "sqlite" | "postgres";
  /** The only connection that writes on SQLite (one connection); a pool on PostgreSQL. */
  readonly db: Knex;
  /** Heads of the audit chains that this process wrote last. */
  readonly chainHeads: ChainHeads;
  /** The newest tickets with their words, as this process has read them. */
  readonly recentTickets: RecentTickets;
  /** What this process has read of articles and their words. */
  readonly keptArticles: KeptArticles;
  /** What articles mean, as this process has read it. */
  readonly keptVectors: KeptVectors;
  /** SQLite only: where transactions wait for the one writer. */
  readonly groupCommit?: GroupCommit;
  /** For the web's reads: never waits behind an open write transaction. */
  readonly reader: Knex;
  /**
   * SQLite only: claim this database for the one worker that may run on it, until the returned function is called or the
   * process ends, however it ends. Throws PermanentError where another holds it.
   */
  readonly workAlone?: () => Promise<() => Promise<void>>;
  close(): Promise<void>;
}
