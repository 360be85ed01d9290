import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PermanentError } from "../../src/errors.ts";
import { transact } from "../../src/steps/unit.ts";
import { isRetryable, isStorageTrouble, isUniqueViolation } from "../../src/store/database-errors.ts";
import { openDatabase } from "../../src/store/open-database.ts";
import { verifyChains } from "../../src/store/events.ts";
import { readSetting, writeSetting } from "../../src/store/settings.ts";
import { storeContracts } from "./contracts.ts";
import { openSqliteStore } from "./sqlite-store.ts";
import { errorOf, event } from "./store.ts";
import { unitDesk } from "./unit-desk.ts";

describe("SQLite", () => {
  storeContracts(openSqliteStore);
});

describe("SQLite alone", () => {
  let store: Awaited<ReturnType<typeof openSqliteStore>>;
  beforeAll(async () => {
    store = await openSqliteStore();
  });
  afterAll(() => store.close());

  it("runs with the pragmas that durability needs", async () => {
    const { db, reader } = store.database;
    const pragma = async (name: string, at = db): Promise<unknown> =>
      Object.values((await at.raw<object[]>(`PRAGMA ${name}`))[0] ?? {})[0];
    expect(await pragma("journal_mode")).toBe("wal");
    expect(await pragma("synchronous")).toBe(2);
    expect(await pragma("foreign_keys")).toBe(1);
    expect(await pragma("query_only", reader)).toBe(1);
  });

  it("has a reader that cannot write", async () => {
    const error = await errorOf(writeSetting(store.database.reader, "paused", "1"));
    expect(error).toMatchObject({ code: "SQLITE_READONLY" });
    expect([isStorageTrouble(error), isRetryable(error)]).toEqual([true, false]);
  });

  it("lets the reader see what is committed while a write transaction is open, without waiting for it", async () => {
    const { db, reader } = store.database;
    await writeSetting(db, "installed_at", "committed");
    await db.transaction(async (transaction) => {
      await writeSetting(transaction, "installed_at", "not yet");
      // It would wait for this very transaction.
      expect(await readSetting(reader, "installed_at")).toBe("committed");
    });
    expect(await readSetting(reader, "installed_at")).toBe("not yet");
  });

  it("names a lock as passing and as trouble", async () => {
    const { db } = store.database;
    const second = await store.another();
    await second.db.raw("PRAGMA busy_timeout=1");
    await db.transaction(async (transaction) => {
      await writeSetting(transaction, "paused", "1");
      for (const write of [
        second.db.transaction(() => Promise.resolve()),
        writeSetting(second.db, "paused", "0"),
      ]) {
        const error = await errorOf(write);
        expect([isRetryable(error), isStorageTrouble(error), isUniqueViolation(error)]).toEqual([
          true,
          true,
          false,
        ]);
      }
    });
  });

  it("tells a taken key from a broken rule", async () => {
    const { db } = store.database;
    await db("queues").insert({ name: "taken" });
    const taken = await errorOf(db("queues").insert({ name: "taken" }));
    expect([isUniqueViolation(taken), isRetryable(taken), isStorageTrouble(taken)]).toEqual([
      true,
      true,
      false,
    ]);
    const broken = await errorOf(db("queues").insert({ name: null }));
    expect([isUniqueViolation(broken), isRetryable(broken), isStorageTrouble(broken)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it("commits steps that come together in one transaction", async () => {
    let begun = 0;
    const count = ({ sql }: { readonly sql: string }): void =>
      void (begun += sql.startsWith("BEGIN") ? 1 : 0);
    store.database.db.on("query", count);
    const desk = unitDesk(store.database);
    await Promise.all(
      Array.from({ length: 9 }, (_, nth) =>
        transact(desk, "test", async (unit) => {
          await unit.db("queues").insert({ name: `together ${nth}` });
        }),
      ),
    );
    store.database.db.removeListener("query", count);
    // The first had nobody to wait for.
    expect(begun).toBe(2);
  });

  it("names a disk that is full as trouble", async () => {
    const full = await openSqliteStore();
    const { db } = full.database;
    const pages = (await db.raw("PRAGMA page_count")) as { page_count: number }[];
    await db.raw(`PRAGMA max_page_count=${(pages[0]?.page_count ?? 0) + 1}`);
    const error = await errorOf(writeSetting(db, "paused", "x".repeat(100_000)));
    expect([isStorageTrouble(error), isRetryable(error)]).toEqual([true, false]);
    await full.close();
  });

  it("says what is wrong with a file that is no database, and with no file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "countersign-store-"));
    const file = join(folder, "desk.sqlite");
    writeFileSync(
      file,
      "this is not a database, it is a text that is long enough to be looked at".repeat(20),
    );
    await expect(openDatabase(`sqlite:${file}`)).rejects.toBeInstanceOf(PermanentError);
    await expect(openDatabase("sqlite::memory:")).rejects.toThrow("sqlite needs a file");
    rmSync(folder, { recursive: true });
  });

  it("works beside another process that imports", async () => {
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL("import-beside.ts", import.meta.url)), store.file],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
    // Not "exit": what it said may come after that.
    const ended = once(child, "close");
    const desk = unitDesk(store.database);
    let mine = 0;
    // Both write to one chain, so that each reads before it writes. The pause is the other's chance: SQLite has no line for
    // those who wait, they look again by the clock, and one that writes without a break keeps the others out.
    while (child.exitCode === null && child.signalCode === null) {
      await transact(desk, "test", async (unit) => {
        await readSetting(unit.db, "paused");
        unit.record(event("desk", "From here."));
      });
      mine += 1;
      await pause(1);
    }
    await ended;
    expect([child.exitCode, said.trim()]).toEqual([0, "100"]);
    expect(await verifyChains(store.database.db)).toMatchObject({ events: mine + 100, faults: [] });
  });

  it("is opened by several processes at once, while none of them has made its tables", async () => {
    const folder = mkdtempSync(join(tmpdir(), "countersign-store-"));
    const file = join(folder, "desk.sqlite");
    // Processes, as it says: in one, those that wait for the lock take all four threads, and none is left to whom they wait for.
    const beside = fileURLToPath(new URL("open-beside.ts", import.meta.url));
    await Promise.all(Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, [beside, file])));
    const opened = await openDatabase(`sqlite:${file}`);
    expect(await opened.db("knex_migrations").pluck("name")).toEqual(readdirSync("migrations").sort());
    await opened.close();
    rmSync(folder, { recursive: true });
  });
});
