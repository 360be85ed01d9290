import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { afterEach, describe, expect, test } from "vitest";
import { readiness } from "../../src/cli/readiness.ts";
import { parseDeskFile } from "../../src/desk/desk-file.ts";
import { deliver } from "../../src/steps/delivery/deliver.ts";
import type { Desk } from "../../src/steps/desk.ts";
import { frozenSince, missingFromWitness } from "../../src/steps/upkeep/freeze.ts";
import { importDeskFile } from "../../src/steps/admin/import-desk.ts";
import { sweep } from "../../src/steps/sweep.ts";
import { thaw, whatWaits } from "../../src/steps/upkeep/thaw.ts";
import { eventsOf, verifyChains } from "../../src/store/events.ts";
import { releaseById } from "../../src/store/releases.ts";
import { emptyTicket, heldReply } from "../support/held-reply.ts";
import { read, reply, write } from "../support/mail-program.ts";
import { freshDatabase } from "../support/postgres.ts";
import { startRelay, type Relay } from "../support/relay.ts";
import { DESK_YAML, eventually, startTestDesk, type TestDesk } from "../support/test-desk.ts";
import { requires } from "../skips.ts";

/** A database that is older than the desk: nothing leaves until a person has looked (threat 70). */

let folder = "";
let relay: Relay;
let running: TestDesk | null = null;
const start = async (databaseUrl?: string): Promise<TestDesk> => {
  running = await startTestDesk({
    directory: folder,
    relay,
    holdMs: 0,
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
  });
  return running;
};
const stop = async (): Promise<void> => {
  await running?.close();
  running = null;
};
afterEach(async () => {
  await stop();
  await relay.close();
  await rm(folder, { recursive: true, force: true });
});

const toAna = (): number => relay.mails.filter((mail) => mail.to[0] === "ana@contoso.example").length;
const admin = async (desk: TestDesk) => {
  const { technicians } = await desk.desk.directory.current();
  const found = technicians.find((one) => one.role === "admin");
  if (found === undefined) throw new Error("there is no admin");
  return found;
};

/** A first desk with its people in `folder`: `startTestDesk` imports them only into a folder of its own. */
async function firstDesk(databaseUrl?: string): Promise<void> {
  relay = await startRelay();
  folder = await mkdtemp(join(tmpdir(), "countersign-restore-"));
  const desk = await start(databaseUrl);
  await importDeskFile(desk.desk, parseDeskFile(DESK_YAML, "desk.yaml").desk, "alex@msp.example");
}

interface Backup {
  /** Take one now; the desk is stopped. */
  take(): Promise<void>;
  /** In place of what stands there. */
  restore(): Promise<string | undefined>;
}

const sqlite = (): Backup => {
  const files = ["countersign.sqlite", "countersign.sqlite-wal", "countersign.sqlite-shm"];
  return {
    async take() {
      await cp(join(folder, "data"), join(folder, "backup"), { recursive: true });
    },
    async restore() {
      for (const name of files) {
        await rm(join(folder, "data", name), { force: true });
        await cp(join(folder, "backup", name), join(folder, "data", name)).catch(() => undefined);
      }
      return undefined;
    },
  };
};

/** A second database made from the first as its template: what `pg_dump` and `pg_restore` come to. */
const postgres = (url: string): Backup => {
  const copy = new URL(url);
  copy.pathname = `${copy.pathname}_backup`;
  return {
    async take() {
      const admin = new URL(url);
      admin.pathname = "/postgres";
      const client = new Client({ connectionString: admin.href });
      await client.connect();
      await client.query(
        `CREATE DATABASE ${copy.pathname.slice(1)} TEMPLATE ${new URL(url).pathname.slice(1)}`,
      );
      await client.end();
    },
    restore: () => Promise.resolve(copy.href),
  };
};

async function story(databaseUrl?: string): Promise<void> {
  await firstDesk(databaseUrl);
  const backup = databaseUrl === undefined ? sqlite() : postgres(databaseUrl);
  let desk = running as TestDesk;
  await write(desk.port, {
    from: "ana@contoso.example",
    to: "support@desk.example",
    subject: "VPN drops",
    text: "It drops every hour.",
  });
  await desk.mailFor("dana@msp.example");
  await desk.idle();
  const ticketId = await emptyTicket(desk.desk);
  // Two replies are approved and held when the backup is made; one of them leaves, the other is called back.
  await stop();
  desk = await start(databaseUrl);
  const { settings } = desk.desk;
  // Without a job in an hour's time: the sweep finds what is due.
  const hold: Desk = {
    ...desk.desk,
    queue: { ...desk.desk.queue, add: () => Promise.resolve() },
    settings: { ...settings, review: { ...settings.review, holdMs: 3_600_000 } },
  };
  const left = await heldReply(hold, ticketId);
  const other = await heldReply(hold, ticketId);
  await stop();
  await backup.take();

  desk = await start(databaseUrl);
  const { db } = desk.desk.database;
  await db("releases")
    .where({ id: left })
    .update({ hold_until: "2020-01-01T00:00:00.000Z", next_attempt_at: "2020-01-01T00:00:00.000Z" });
  await eventually(
    async () => ((await releaseById(db, left))?.status === "accepted" ? true : undefined),
    20_000,
  );
  expect(toAna()).toBe(1);
  await stop();

  const restored = await backup.restore();
  desk = await start(restored);
  const since = await eventually(
    async () => (await frozenSince(desk.desk.database.reader)) ?? undefined,
    30_000,
  );
  expect(since?.reason).toContain("restored from a backup");
  // Everything is due, and nothing leaves but the alert to the admin.
  await desk.desk.database
    .db("releases")
    .update({ hold_until: "2020-01-01T00:00:00.000Z", next_attempt_at: "2020-01-01T00:00:00.000Z" });
  const alert = await desk.mailFor("alex@msp.example");
  expect((await read(alert.bytes)).text).toContain("countersign delivery thaw");
  await deliver(desk.desk, left);
  await deliver(desk.desk, other);
  await sweep(desk.desk);
  const digests = desk.mailsFor("dana@msp.example").length;
  // Mail is taken in all the same.
  await write(desk.port, {
    from: "li@fabrikam.example",
    to: "support@desk.example",
    subject: "Printer",
    text: "The printer does not print.",
  });
  await desk.idle();
  expect([toAna(), desk.mailsFor("dana@msp.example").length]).toEqual([1, digests]);
  expect(await desk.desk.database.reader("tickets").count({ n: "*" }).first()).toMatchObject({ n: 3 });
  const checks = await readiness(desk.open, []);
  expect(checks.find((one) => one.name === "sending")).toMatchObject({ ok: false });
  // A restart in between changes nothing.
  await stop();
  desk = await start(restored);
  expect(await frozenSince(desk.desk.database.reader)).not.toBeNull();

  const waits = await whatWaits(desk.desk);
  const known = waits.releases.map((one) => [one.id, one.handedOverAt !== null]);
  expect(known).toEqual([
    [left, true],
    [other, false],
  ]);
  expect(await thaw(desk.desk, await admin(desk), { callBack: false })).toBe(true);
  expect(await thaw(desk.desk, await admin(desk), { callBack: false })).toBe(false);
  // What had left is not sent again; what had not, is; and the question that waited is asked.
  await eventually(() => (toAna() === 2 ? true : undefined), 20_000);
  const asked = await eventually(
    () =>
      relay.mails.findLast((mail) => mail.to[0]?.endsWith("@msp.example") && mail.bytes.includes("Printer")),
    20_000,
  );
  expect(asked).toBeDefined();
  await desk.idle();
  const statuses = await Promise.all(
    [left, other].map(async (id) => (await releaseById(desk.desk.database.db, id))?.status),
  );
  expect(statuses).toEqual(["cancelled", "accepted"]);
  expect(toAna()).toBe(2);
  const events = await eventsOf(desk.desk.database.reader, ["desk"]);
  expect(events.map((one) => one.kind)).toEqual(expect.arrayContaining(["desk.frozen", "desk.thawed"]));
  expect(events.findLast((one) => one.kind === "desk.thawed")?.actor).toEqual({
    kind: "person",
    id: "alex@msp.example",
  });
}

test("70 · on SQLite: a backup is restored", { timeout: 120_000 }, () => story());

describe.skipIf(!requires("postgres"))("70 · on PostgreSQL", () => {
  test("a backup is restored", { timeout: 120_000 }, async () => story(await freshDatabase()));
});

test(
  "a restart without a restore freezes nothing, and a desk that begins anew beside its old key neither",
  { timeout: 60_000 },
  async () => {
    await firstDesk();
    await write((running as TestDesk).port, {
      from: "ana@contoso.example",
      to: "support@desk.example",
      subject: "VPN drops",
      text: "It drops every hour.",
    });
    const digest = await (running as TestDesk).mailFor("dana@msp.example");
    await (running as TestDesk).idle();
    await stop();
    const again = await start();
    expect(await frozenSince(again.desk.database.reader)).toBeNull();
    await reply(again.port, digest.bytes, { from: "dana@msp.example", top: "approve" });
    await again.mailFor("ana@contoso.example");
    await again.idle();
    await stop();
    await rm(join(folder, "data", "countersign.sqlite"), { force: true });
    await rm(join(folder, "data", "countersign.sqlite-wal"), { force: true });
    const anew = await start();
    expect(await frozenSince(anew.desk.database.reader)).toBeNull();
  },
);

test(
  "67 · audit verify: a tail that was cut off the log shows, since its newest event stands outside",
  { timeout: 60_000 },
  async () => {
    await firstDesk();
    await write((running as TestDesk).port, {
      from: "ana@contoso.example",
      to: "support@desk.example",
      subject: "VPN drops",
      text: "It drops every hour.",
    });
    await (running as TestDesk).mailFor("dana@msp.example");
    await (running as TestDesk).idle();
    await stop();
    const desk = await start();
    expect(await missingFromWitness(desk.desk)).toEqual([]);
    const { event } = desk.desk.witness.testimony;
    await desk.desk.database
      .db("events")
      .where({ stream: event?.stream ?? "", seq: event?.seq ?? 0 })
      .delete();
    expect((await verifyChains(desk.desk.database.reader)).faults).toEqual([]);
    expect(await missingFromWitness(desk.desk)).toMatchObject([{ stream: event?.stream, seq: event?.seq }]);
  },
);
