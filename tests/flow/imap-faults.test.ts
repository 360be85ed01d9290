import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readiness } from "../../src/cli/readiness.ts";
import { startWatch, type Watch } from "../../src/cli/watch.ts";
import type { ImapConfig } from "../../src/config.ts";
import { listMail } from "../../src/store/messages.ts";
import { startDovecot, type Dovecot } from "../support/dovecot.ts";
import { startImapWire, type ImapWire, type WireFault } from "../support/imap-wire.ts";
import { rawMail } from "../support/mail-program.ts";
import { eventually, startTestDesk, type TestDesk, type TestDeskOptions } from "../support/test-desk.ts";
import { requires } from "../skips.ts";

/** A mailbox on Dovecot, and a wire to it that goes wrong: whatever happens, each mail is taken once, and somebody is told. */

const FOLDER = "Support";
const PATIENCE = {
  backoff: { least: 10, most: 80 },
  pollEvery: 100,
  answerWithin: 300,
  connectWithin: 300,
  silentFor: 500,
};

const FAULTS: readonly WireFault[] = [
  { command: "LOGIN", reply: "NO [UNAVAILABLE] try again later", times: 3 },
  { command: "LOGIN", reply: "BAD what?", times: 2 },
  { command: "SELECT", reply: "NO [SERVERBUG] internal error", times: 3 },
  { command: "SELECT", reply: "BAD no", times: 2 },
  { command: "UID FETCH", reply: "NO [SERVERBUG] internal error", times: 3 },
  { command: "UID FETCH", reply: "BAD no", times: 3 },
  { command: "UID FETCH", close: true, times: 3 },
  { command: "NOOP", reply: "BAD no", times: 3 },
  { command: "IDLE", reply: "BAD no", times: 5 },
  { command: "CAPABILITY", reply: "BAD no" },
];

describe.skipIf(!requires("dovecot"))("a mailbox behind a bad wire", () => {
  let dovecot: Dovecot;
  let wire: ImapWire;
  let desk: TestDesk | null = null;
  let watch: Watch | null = null;

  beforeAll(async () => {
    dovecot = await startDovecot({ connections: 3 });
  });
  afterAll(() => dovecot.stop());
  beforeEach(async () => {
    await dovecot.recreate(FOLDER);
    wire = await startImapWire(dovecot.port);
  });
  afterEach(async () => {
    await watch?.close();
    await desk?.close();
    await wire.close();
    watch = null;
    desk = null;
  });

  async function open(options: TestDeskOptions = {}): Promise<TestDesk> {
    const intake: ImapConfig = {
      kind: "imap",
      host: "127.0.0.1",
      port: wire.port,
      secure: false,
      auth: { kind: "password", user: dovecot.user, pass: dovecot.pass },
      folder: FOLDER,
      archive: null,
      sentFolder: null,
      since: null,
    };
    desk = await startTestDesk({
      intake: [intake],
      patience: PATIENCE,
      ...options,
    });
    return desk;
  }

  const state = async (...wanted: readonly string[]): Promise<string> => {
    const found = await eventually(() => {
      const [one] = desk?.intakes.mailboxes() ?? [];
      return one !== undefined && wanted.includes(one.state) ? one : undefined;
    }, 15_000);
    expect(wanted, JSON.stringify(desk?.intakes.mailboxes())).toContain(found?.state);
    return found?.detail ?? "";
  };
  let written = 0;
  const write = async (folder = FOLDER): Promise<string> => {
    const subject = `Mail ${++written}`;
    await dovecot.append(folder, rawMail({ from: "ana@contoso.example", subject, text: "Hello" }).raw);
    return subject;
  };
  const subjects = async (): Promise<string[]> =>
    (await listMail(desk!.desk.database.reader, { limit: 100 }))
      .map(({ subject }) => subject ?? "")
      .toSorted();
  /** Each of these was taken, and nothing else, and none twice. */
  async function taken(when: string, expected: readonly string[]): Promise<void> {
    await eventually(async () => ((await subjects()).length >= expected.length ? true : undefined), 30_000);
    await desk!.idle();
    expect(await subjects(), when).toEqual(expected.toSorted());
  }

  test("49 · a wire that goes silent in mid-IDLE: alarm by mail and readyz while it lasts, then each mail once", async () => {
    await open({ alerts: { afterMs: 400, webhook: null } });
    await state("connected");
    const first = await write();
    await taken("before", [first]);
    // Not before: on a busy machine the first login may take longer than the alarm waits.
    watch = startWatch(desk!.open, { mailboxes: desk!.intakes.mailboxes, relay: false, everyMs: 50 });
    wire.silence("all");
    const meanwhile = await write();
    const alert = await desk!.mailFor("alex@msp.example");
    expect(alert.bytes.toString()).toMatch(/cannot be read/);
    const checks = await readiness(desk!.open, desk!.intakes.mailboxes());
    expect(checks.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(["mailbox support@127.0.0.1"]);
    wire.heal();
    await state("connected");
    await desk!.mailFor("alex@msp.example", 2);
    await taken("after", [first, meanwhile]);
    expect(desk!.mailsFor("alex@msp.example")).toHaveLength(2);
  });

  test("49 · an outage goes on over a restart of the desk, and is told once", async () => {
    wire.silence("all");
    const alerts = { afterMs: 300, webhook: null };
    await open({ alerts });
    const look = async (): Promise<void> => {
      watch = startWatch(desk!.open, { mailboxes: desk!.intakes.mailboxes, relay: false, everyMs: 50 });
      await desk!.mailFor("alex@msp.example");
      await watch.close();
    };
    await look();
    // A second intake in the same database is what a restarted desk is.
    await look();
    watch = startWatch(desk!.open, { mailboxes: desk!.intakes.mailboxes, relay: false, everyMs: 50 });
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(desk!.mailsFor("alex@msp.example")).toHaveLength(1);
  });

  test("a server that closes each connection is asked ever more seldom", async () => {
    wire.fail({ command: "NOOP", close: true, times: Infinity });
    wire.fail({ command: "IDLE", close: true, times: Infinity });
    const backoff = { least: 50, most: 400 };
    await open({ patience: { ...PATIENCE, backoff } });
    await eventually(() => (wire.connections.length >= 6 ? true : undefined), 30_000);
    const gaps = wire.connections.slice(1).map((at, index) => at - (wire.connections[index] ?? 0));
    for (const [index, gap] of gaps.entries()) {
      const least = Math.min(backoff.least * 2 ** index, backoff.most) * 0.75;
      expect(gap, `gap ${index} of ${gaps.map(Math.round).join()}`).toBeGreaterThan(least - 5);
    }
    const mails = [await write(), await write()];
    await taken("meanwhile", mails);
    wire.heal();
    const last = await write();
    await taken("after", [...mails, last]);
  });

  test("a command that fails loses and doubles nothing", { timeout: 60_000 }, async () => {
    await open();
    await state("connected");
    const mails: string[] = [];
    for (const fault of FAULTS) {
      wire.fail(fault);
      // Whatever was open is made anew: the fault meets the login too.
      wire.hangUp();
      mails.push(await write(), await write());
      await taken(JSON.stringify(fault), mails);
      wire.heal();
      await state("connected");
    }
  });

  test("a line that is cut in the midst of a mail: the mail comes again, once", async () => {
    await open();
    await state("connected");
    wire.silence();
    // Somewhere in the greeting, the login, the list, the mails: wherever these bytes end.
    const mails = [await write(), await write(), await write()];
    for (const bytes of [40, 400, 900, 1300, 1700, 2100]) {
      const before = wire.connections.length;
      wire.cutAfter(bytes);
      wire.silence();
      await eventually(() => (wire.connections.length > before ? true : undefined), 30_000);
    }
    await taken("meanwhile", mails);
  });

  test("a folder that was renamed or removed is named, and read again where it was when it is back", async () => {
    await open();
    await state("connected");
    const before = await write();
    await taken("before", [before]);
    const client = await dovecot.client();
    await client.mailboxRename(FOLDER, "Elsewhere");
    expect(await state("failed")).toMatch(/Support/);
    const checks = await readiness(desk!.open, desk!.intakes.mailboxes());
    expect(checks.find(({ name }) => name.startsWith("mailbox"))?.ok).toBe(false);
    const meanwhile = await write("Elsewhere");
    await client.mailboxRename("Elsewhere", FOLDER);
    await state("connected");
    await taken("renamed", [before, meanwhile]);
    await client.mailboxDelete(FOLDER);
    await state("failed");
    await client.mailboxCreate(FOLDER);
    await client.logout();
    await state("connected");
    const after = await write();
    await taken("removed", [before, meanwhile, after]);
  });

  test("a server with no connection left: waits, and says what it said", async () => {
    const others = await Promise.all([dovecot.client(), dovecot.client(), dovecot.client()]);
    await open();
    expect(await state("failed", "reconnecting")).toMatch(/[Mm]aximum number of connections/);
    await Promise.all(others.map((one) => one.logout()));
    await state("connected");
    const mail = await write();
    await taken("after", [mail]);
  });
});
