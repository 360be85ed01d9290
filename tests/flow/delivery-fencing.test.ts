import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDesk, type OpenDesk } from "../../src/cli/open-desk.ts";
import { parseDeskFile } from "../../src/desk/desk-file.ts";
import { importDeskFile } from "../../src/steps/admin/import-desk.ts";
import { queueInside, sendQueued, sweepOutbox } from "../../src/steps/review/inside-mail.ts";
import { transact } from "../../src/steps/unit.ts";
import { deliveriesOf, releaseById } from "../../src/store/releases.ts";
import { deskConfig, startDeskProcess, type DeskProcess } from "../support/desk-process.ts";
import { emptyTicket, heldReply } from "../support/held-reply.ts";
import { freshDatabase } from "../support/postgres.ts";
import { startRelay, type Relay } from "../support/relay.ts";
import { DESK_YAML, eventually } from "../support/test-desk.ts";
import { requires } from "../skips.ts";

/** Workers of one desk on PostgreSQL that get in each other's way (threats 59 and 60), as processes of their own. */

describe.skipIf(!requires("postgres"))("two workers on PostgreSQL", () => {
  let directory = "";
  let databaseUrl = "";
  let relay: Relay;
  let open: OpenDesk;
  const running: DeskProcess[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "countersign-fencing-"));
    databaseUrl = await freshDatabase();
    relay = await startRelay();
    open = await openDesk(
      deskConfig({ directory, relayPort: relay.port, databaseUrl }),
      pino({ level: "silent" }),
    );
    await importDeskFile(open.desk, parseDeskFile(DESK_YAML, "desk.yaml").desk, "alex@msp.example");
  }, 60_000);
  afterAll(async () => {
    for (const one of running) await one.kill();
    await open?.desk.queue.stop();
    await open?.close();
    await relay?.close();
    await rm(directory, { recursive: true, force: true });
  });

  const worker = async (aheadMs = 0): Promise<DeskProcess> => {
    const one = await startDeskProcess({ directory, relayPort: relay.port, databaseUrl, aheadMs });
    if (one === null) throw new Error("the worker was killed at its start");
    running.push(one);
    return one;
  };
  const end = async (): Promise<void> => {
    for (const one of running.splice(0)) await one.kill();
  };
  const toAna = (): number => relay.mails.filter((mail) => mail.to[0] === "ana@contoso.example").length;
  const status = async (id: number): Promise<string | undefined> =>
    (await releaseById(open.desk.database.db, id))?.status;
  const until = async (id: number, wanted: string): Promise<void> => {
    const found = await eventually(async () => ((await status(id)) === wanted ? true : undefined), 40_000);
    if (found === undefined) throw new Error(`release ${id} is ${await status(id)}, not ${wanted}`);
  };

  test.each([
    ["claim: after commit", "accepted", ["accepted"]],
    ["start: after commit", "uncertain", ["uncertain"]],
    ["deliver: after the relay's answer", "uncertain", ["uncertain"]],
  ] as const)(
    "60 · one that was stopped at “%s” wakes after its lease: fenced, and nothing is doubled",
    { timeout: 120_000 },
    async (place, meanwhile, outcomes) => {
      const before = toAna();
      const first = await worker();
      const stopped = first.holdAt(place);
      const ticketId = await emptyTicket(open.desk);
      const id = await heldReply(open.desk, ticketId);
      await stopped;
      expect(first.held()).toBe(true);
      // For this one the lease of the other has ended.
      const second = await worker(60_000);
      await until(id, meanwhile);
      first.resume();
      // What left before the stop, or after it where `started` was committed, is in doubt no more.
      if (meanwhile === "uncertain") await until(id, "accepted");
      await eventually(async () => ((await second.isQuiet()) ? true : undefined), 20_000);
      expect(await status(id)).toBe("accepted");
      expect(toAna()).toBe(before + 1);
      expect((await deliveriesOf(open.desk.database.db, [id])).map((one) => one.outcome)).toEqual(
        meanwhile === "uncertain" ? ["accepted"] : outcomes,
      );
      await end();
    },
  );

  test("59 · two sweeps that find the same mail send it once; so do a sweep and its sender", async () => {
    const { desk } = open;
    const { technicians } = await desk.directory.current();
    const [technician] = technicians;
    if (technician === undefined) throw new Error("nobody is here");
    const other = await openDesk(
      deskConfig({ directory, relayPort: relay.port, databaseUrl }),
      pino({ level: "silent" }),
    );
    try {
      for (let round = 0; round < 5; round++) {
        const before = relay.mails.length;
        const id = await transact(desk, "test", (unit) =>
          queueInside(desk, unit, {
            kind: "notice",
            technician,
            mail: { subject: "one", text: "one", html: "<p>one</p>" },
            ticketId: null,
          }),
        );
        await desk.database
          .db("outbox")
          .where({ id })
          .update({ next_attempt_at: "2020-01-01T00:00:00.000Z" });
        await Promise.all([
          sweepOutbox(desk),
          sweepOutbox(other.desk),
          sendQueued(desk, id),
          sweepOutbox(other.desk),
        ]);
        expect(relay.mails.length).toBe(before + 1);
      }
    } finally {
      await other.desk.queue.stop();
      await other.close();
    }
  });
});
