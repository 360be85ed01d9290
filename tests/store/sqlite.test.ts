import { describe } from "vitest";
import { storeContracts } from "./contracts.ts";
import { openSqliteStore } from "./sqlite-store.ts";

describe("SQLite", () => {
  storeContracts(openSqliteStore);
});
