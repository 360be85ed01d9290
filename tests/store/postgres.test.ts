import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PermanentError, TemporaryError } from "../../src/errors.ts";
import { isRetryable, isStorageTrouble, isUniqueViolation } from "../../src/store/database-errors.ts";
import { openDatabase } from "../../src/store/open-database.ts";
import { readSetting, writeSetting } from "../../src/store/settings.ts";
import { locate, requires } from "../skips.ts";
import { startPostgres } from "../support/postgres-server.ts";
// vitest.config.ts starts the server for files that name this module: ../support/postgres.ts
import { freshDatabase } from "../support/postgres.ts";
import { storeContracts } from "./contracts.ts";
import { openPostgresStore } from "./postgres-store.ts";
import { ticket } from "./rows.ts";
import { errorOf } from "./store.ts";

describe.skipIf(!requires("postgres"))("PostgreSQL", () => {
  storeContracts(openPostgresStore);

  describe("alone", () => {
    let store: Awaited<ReturnType<typeof openPostgresStore>>;
    beforeAll(async () => {
      store = await openPostgresStore();
    });
    afterAll(() => store.close());

    it("goes on after its server closed every connection, and the process with it", async () => {
      const second = await store.another();
      // Several connections that lie idle in the pool when the server restarts.
      await Promise.all(Array.from({ length: 4 }, () => second.db.raw("SELECT pg_sleep(0.02)")));
      const inFlight = errorOf(second.db.raw("SELECT pg_sleep(30)"));
      await expect
        .poll(
          async () =>
            (await store.database.db.raw(
              "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(30)%' AND state = 'active'",
            )) as unknown,
        )
        .toMatchObject({ rowCount: 1 });
      await store.database.db.raw(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
      );
      const error = await inFlight;
      expect([isStorageTrouble(error), isUniqueViolation(error)]).toEqual([true, false]);
      // A connection whose end is still under way may fail one query more; none fails twice.
      await expect
        .poll(async () => {
          const failed = await errorOf(writeSetting(second.db, "paused", "1"));
          return failed === null || !isStorageTrouble(failed) ? failed : "not yet";
        })
        .toBeNull();
      expect(await readSetting(second.db, "paused")).toBe("1");
    });

    it("names a stopped server as trouble, at the first query and in the midst of a transaction", async () => {
      const server = await startPostgres(locate("postgres") ?? "");
      const database = await openDatabase(server.url);
      const inside = errorOf(
        database.db.transaction(async (transaction) => {
          await writeSetting(transaction, "paused", "1");
          await server.stop();
          await writeSetting(transaction, "paused", "2");
        }),
      );
      expect(isStorageTrouble(await inside)).toBe(true);
      expect(isStorageTrouble(await errorOf(writeSetting(database.db, "paused", "3")))).toBe(true);
      await database.close();
      const again = await errorOf(openDatabase(server.url));
      expect(again).toBeInstanceOf(TemporaryError);
      expect(again?.message).toContain("is the server running");
    });

    it("names a serialisation failure and a deadlock as passing", async () => {
      const { db } = store.database;
      await writeSetting(db, "paused", "0");
      const serial = await Promise.all(
        [1, 2].map((n) =>
          errorOf(
            db.transaction(
              async (transaction) => {
                await readSetting(transaction, "paused");
                await transaction.raw("SELECT pg_sleep(0.1)");
                await writeSetting(transaction, "paused", String(n));
              },
              { isolationLevel: "serializable" },
            ),
          ),
        ),
      );
      const failed = serial.filter((error) => error !== null);
      expect(failed).toHaveLength(1);
      expect(isRetryable(failed[0])).toBe(true);
    });

    it("hides the password of a database that cannot be opened", async () => {
      const url = new URL(await freshDatabase());
      url.password = "hunter2";
      url.pathname = "/there_is_none";
      const error = await errorOf(openDatabase(url.href));
      expect(error).toBeInstanceOf(PermanentError);
      expect(error?.message).not.toContain("hunter2");
    });

    it("is opened by several processes at once, while none of them has made its tables", async () => {
      const url = await freshDatabase();
      const opened = await Promise.all(Array.from({ length: 4 }, () => openDatabase(url)));
      expect(await opened[3]?.db("knex_migrations").orderBy("name").pluck("name")).toEqual(
        readdirSync("migrations").toSorted(),
      );
      for (const database of opened) await database.close();
    });

    it("does not wait for another's commit to number a ticket", async () => {
      const { db } = store.database;
      await db.transaction(async (one) => {
        const first = await ticket(one);
        const second = await ticket(db);
        expect(second.number).toBe(first.number + 1);
      });
    });

    it("sorts times as they pass, in a collation that ignores punctuation", async () => {
      const times = [
        "2026-03-02T09:00:00.000Z",
        "2026-03-02T09:00:00.010Z",
        "2026-03-02T09:00:10.000Z",
        "2026-12-02T09:00:00.000Z",
      ];
      const sorted = (await store.database.db.raw(
        `SELECT t FROM unnest(?::text[]) AS t ORDER BY t COLLATE "en-x-icu"`,
        [times.toReversed()],
      )) as { rows: { t: string }[] };
      expect(sorted.rows.map((row) => row.t)).toEqual(times);
    });
  });
});
