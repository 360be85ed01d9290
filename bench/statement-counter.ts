import type { Database } from "../src/store/database.ts";

export interface Statements {
  /** SELECT, INSERT, UPDATE, DELETE; not the transactions' own. */
  readonly data: Readonly<Record<string, number>>;
  /** BEGIN, COMMIT, ROLLBACK. */
  readonly transactions: Readonly<Record<string, number>>;
  /** By their text, values left out. */
  readonly texts: readonly (readonly [string, number])[];
}

const TRANSACTION = new Set(["BEGIN", "COMMIT", "ROLLBACK"]);

/** Count every statement that knex sends over both connections. */
export function countStatements(database: Database): { read(): Statements; reset(): void } {
  let texts = new Map<string, number>();
  const count = ({ sql }: { readonly sql: string }): void => void texts.set(sql, (texts.get(sql) ?? 0) + 1);
  database.db.on("query", count);
  if (database.reader !== database.db) database.reader.on("query", count);
  return {
    read() {
      const data: Record<string, number> = {};
      const transactions: Record<string, number> = {};
      for (const [sql, times] of texts) {
        const word = /^[^a-z]*([a-z]+)/i.exec(sql)?.[1]?.toUpperCase() ?? "";
        const kind = TRANSACTION.has(word) ? transactions : data;
        kind[word] = (kind[word] ?? 0) + times;
      }
      return { data, transactions, texts: [...texts].toSorted((a, b) => b[1] - a[1]).slice(0, 200) };
    },
    reset() {
      texts = new Map();
    },
  };
}
