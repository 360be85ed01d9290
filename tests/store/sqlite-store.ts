import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Database } from "../../src/store/database.ts";
import { openDatabase } from "../../src/store/open-database.ts";
import type { Store } from "./store.ts";

export async function openSqliteStore(): Promise<Store & { readonly file: string }> {
  const folder = mkdtempSync(join(tmpdir(), "countersign-store-"));
  const file = join(folder, "desk.sqlite");
  const opened: Database[] = [];
  const another = async (): Promise<Database> => {
    const database = await openDatabase(`sqlite:${file}`);
    opened.push(database);
    return database;
  };
  return {
    database: await another(),
    file,
    another,
    async close() {
      for (const database of opened) await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
