import { describe } from "vitest";
import { requires } from "../skips.ts";
// vitest.config.ts starts the server for files that name tests/support/postgres.ts.
import "../support/postgres.ts";
import { storeContracts } from "./contracts.ts";
import { openPostgresStore } from "./postgres-store.ts";

describe.skipIf(!requires("postgres"))("PostgreSQL", () => {
  storeContracts(openPostgresStore);
});
