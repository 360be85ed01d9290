import type { Database } from "../../src/store/database.ts";
import { openDatabase } from "../../src/store/open-database.ts";
import { freshDatabase } from "../support/postgres.ts";
import type { Store } from "./store.ts";

export async function openPostgresStore(): Promise<Store & { readonly url: string }> {
  const url = await freshDatabase();
  const opened: Database[] = [];
  const another = async (): Promise<Database> => {
    const database = await openDatabase(url);
    opened.push(database);
    return database;
  };
  return {
    database: await another(),
    url,
    another,
    async close() {
      for (const database of opened) await database.close();
    },
  };
}
