import { describe } from "vitest";
import { requires } from "../../skips.ts";
import { openPostgresStore } from "../../store/postgres-store.ts";
import { openSqliteStore } from "../../store/sqlite-store.ts";
// vitest.config.ts starts the server for files that name this module: ../support/postgres.ts
import { learnerContract } from "./learner.contract.ts";

describe("SQLite", () => learnerContract(openSqliteStore));
describe.skipIf(!requires("postgres"))("PostgreSQL", () => learnerContract(openPostgresStore));
