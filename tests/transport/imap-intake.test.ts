import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { PermanentError, TemporaryError } from "../../src/errors.ts";
import {
  startImapIntake,
  type ImapCursor,
  type ImapHooks,
  type ImapIntake,
  type ImapIntakeOptions,
  type ImapState,
} from "../../src/transport/imap-intake.ts";
import { startDovecot, type Dovecot } from "../support/dovecot.ts";
import { startImapWire } from "../support/imap-wire.ts";
import { requires } from "../skips.ts";

const FOLDER = "Support";

function mail(subject: string): string {
  return `From: ana@contoso.example\nTo: support@desk.example\nSubject: ${subject}\nMessage-ID: <${subject}@contoso.example>\n\n${subject}\n`;
}

/** The desk's side, in memory: what a store would commit in one transaction is changed in one step. */
class Ledger implements ImapHooks {
  readonly subjects: string[] = [];
  readonly sizes: number[] = [];
  readonly bad: { readonly uid: number; readonly reason: string }[] = [];
  readonly states: ImapState[] = [];
  readonly cursors = new Map<string, ImapCursor>();
  started: Date | null = null;
  /** Called before each commit; throws to make it fail. */
  hurdle: (subject: string) => void = () => undefined;
  readonly #waiting = new Set<() => void>();

  startedOn = async (): Promise<Date | null> => Promise.resolve(this.started);
  loadCursor = async (uidValidity: string): Promise<ImapCursor | null> =>
    Promise.resolve(this.cursors.get(uidValidity) ?? null);
  startAt: ImapHooks["startAt"] = async (uidValidity, uidNext, rescanBelow) => {
    this.started ??= new Date();
    this.cursors.set(uidValidity, {
      lastUid: uidNext - 1,
      ...(rescanBelow === undefined ? {} : { rescanBelow }),
    });
    return Promise.resolve();
  };
  onMail: ImapHooks["onMail"] = async ({ source, sha256, size, body }) => {
    const bytes = "bytes" in body ? body.bytes : await readFile(body.file);
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(sha256);
    expect(bytes).toHaveLength(size);
    const subject = /^Subject: (.*)\r$/m.exec(bytes.subarray(0, 1000).toString())?.[1] ?? "";
    this.hurdle(subject);
    if (source.kind !== "imap") throw new Error("not from a mailbox");
    this.#move(source.uidValidity, source.uid);
    this.subjects.push(subject);
    this.sizes.push(size);
    this.#changed();
  };
  onBad: ImapHooks["onBad"] = async (source, reason) => {
    this.#move(source.uidValidity, source.uid);
    this.bad.push({ uid: source.uid, reason });
    this.#changed();
    return Promise.resolve();
  };
  onState = (state: ImapState): void => {
    this.states.push(state);
    this.#changed();
  };

  /** Resolves when it holds; the test's own time-out is the limit. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
    }
  }

  #move(uidValidity: string, uid: number): void {
    const cursor = this.cursors.get(uidValidity) ?? { lastUid: 0 };
    expect(uid, "the cursor moves up only").toBeGreaterThan(cursor.lastUid);
    this.cursors.set(uidValidity, { ...cursor, lastUid: uid });
  }

  #changed(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

describe.skipIf(!requires("dovecot"))("a mailbox on Dovecot", () => {
  let dovecot: Dovecot;
  let spoolDir: string;
  const open: ImapIntake[] = [];

  beforeAll(async () => {
    dovecot = await startDovecot();
    spoolDir = await mkdtemp(join(tmpdir(), "spool-"));
  });
  afterAll(async () => {
    await dovecot.stop();
    await rm(spoolDir, { recursive: true, force: true });
  });
  beforeEach(() => dovecot.recreate(FOLDER));
  afterEach(async () => {
    await Promise.all(open.splice(0).map((intake) => intake.close()));
    expect(await readdir(spoolDir)).toEqual([]);
  });

  async function read(ledger: ImapHooks, changes: Partial<ImapIntakeOptions> = {}): Promise<ImapIntake> {
    const intake = await startImapIntake(
      {
        account: "support",
        host: dovecot.host,
        port: dovecot.port,
        secure: false,
        user: dovecot.user,
        pass: dovecot.pass,
        folder: FOLDER,
        maxSize: 20_000_000,
        spoolDir,
        backoff: { least: 20, most: 200 },
        ...changes,
      },
      ledger,
    );
    open.push(intake);
    return intake;
  }

  async function reading(ledger: Ledger, changes: Partial<ImapIntakeOptions> = {}): Promise<ImapIntake> {
    const before = ledger.states.length;
    const intake = await read(ledger, changes);
    await ledger.until(() =>
      ledger.states.slice(before).some((state) => state === "connected" || state === "stalled"),
    );
    return intake;
  }

  it("starts at UIDNEXT, then takes what arrives, by IDLE, in order", async () => {
    for (const subject of ["old-1", "old-2"]) await dovecot.append(FOLDER, mail(subject));
    const ledger = new Ledger();
    // The poll is out of the way: only IDLE can bring these.
    await reading(ledger, { pollEvery: 3_600_000 });
    await dovecot.append(FOLDER, mail("new-1"));
    await ledger.until(() => ledger.subjects.length === 1);
    await dovecot.append(FOLDER, mail("new-2"));
    await ledger.until(() => ledger.subjects.length === 2);
    expect(ledger.subjects).toEqual(["new-1", "new-2"]);
  });

  it("takes mails that arrive together, and leaves them unseen", async () => {
    const ledger = new Ledger();
    await reading(ledger);
    await Promise.all(["a", "b", "c"].map((subject) => dovecot.append(FOLDER, mail(subject))));
    await ledger.until(() => ledger.subjects.length === 3);
    expect(ledger.subjects.toSorted()).toEqual(["a", "b", "c"]);
    const client = await dovecot.client();
    await client.mailboxOpen(FOLDER);
    expect(await client.search({ seen: true })).toEqual([]);
  });

  it("goes on where it was after a restart of the desk, also for mail that came meanwhile", async () => {
    const ledger = new Ledger();
    const first = await reading(ledger);
    await dovecot.append(FOLDER, mail("one"));
    await ledger.until(() => ledger.subjects.length === 1);
    await first.close();
    expect(first.state().state).toBe("closed");
    for (let n = 0; n < 40; n++) await dovecot.append(FOLDER, mail(`away-${n}`));
    await reading(ledger);
    await ledger.until(() => ledger.subjects.length === 41);
    expect(ledger.subjects).toEqual(["one", ...Array.from({ length: 40 }, (_, n) => `away-${n}`)]);
  });

  it("takes older mail when asked for, from that time on", async () => {
    await dovecot.append(FOLDER, mail("last-year"), new Date("2020-05-01T10:00:00Z"));
    await dovecot.append(FOLDER, mail("in-june"), new Date("2021-06-10T10:00:00Z"));
    await dovecot.append(FOLDER, mail("before-noon"), new Date("2021-06-01T09:00:00Z"));
    await dovecot.append(FOLDER, mail("after-noon"), new Date("2021-06-01T13:00:00Z"));
    const ledger = new Ledger();
    await reading(ledger, { since: new Date("2021-06-01T12:00:00Z") });
    await ledger.until(() => ledger.subjects.length === 2);
    await dovecot.append(FOLDER, mail("now"));
    await ledger.until(() => ledger.subjects.includes("now"));
    expect(ledger.subjects).toEqual(["in-june", "after-noon", "now"]);
  });

  it("47 · rescans under a new UIDVALIDITY, and passes over what is older than the first contact", async () => {
    const ledger = new Ledger();
    const first = await reading(ledger);
    await dovecot.append(FOLDER, mail("one"));
    await ledger.until(() => ledger.subjects.length === 1);
    await first.close();
    await dovecot.recreate(FOLDER);
    await dovecot.append(FOLDER, mail("ancient"), new Date("2019-01-01T00:00:00Z"));
    await dovecot.append(FOLDER, mail("one"));
    await dovecot.append(FOLDER, mail("ancient-too"), new Date("2019-01-01T00:00:00Z"));
    await dovecot.append(FOLDER, mail("two"));
    let interrupted = false;
    ledger.hurdle = (subject) => {
      if (subject === "two" && !interrupted) {
        interrupted = true;
        throw new TemporaryError("stopped in the middle of the rescan");
      }
    };
    const second = await reading(ledger, { backoff: { least: 60_000, most: 60_000 } });
    await ledger.until(() => ledger.subjects.length === 2);
    await second.close();
    await reading(ledger);
    await ledger.until(() => ledger.subjects.length === 3);
    // What is older by date, but comes after the rescan, was moved here by somebody: it is new to the desk.
    await dovecot.append(FOLDER, mail("moved-here"), new Date("2019-01-01T00:00:00Z"));
    await ledger.until(() => ledger.subjects.length === 4);
    expect(ledger.subjects).toEqual(["one", "one", "two", "moved-here"]);
    expect(ledger.cursors.size).toBe(2);
  });

  it("48 · sees a mail again when its commit failed, and none twice", async () => {
    const ledger = new Ledger();
    let failures = 0;
    ledger.hurdle = (subject) => {
      if (subject === "b" && failures++ < 3) throw new TemporaryError("the database is busy");
    };
    await reading(ledger);
    for (const subject of ["a", "b", "c"]) await dovecot.append(FOLDER, mail(subject));
    await ledger.until(() => ledger.subjects.length === 3);
    expect(ledger.subjects).toEqual(["a", "b", "c"]);
    expect(failures).toBe(4);
    expect(ledger.bad).toEqual([]);
  });

  it("57 · reports a mail that cannot be taken, and takes the next", async () => {
    const ledger = new Ledger();
    let tries = 0;
    ledger.hurdle = (subject) => {
      if (subject === "poison") {
        tries++;
        throw new Error("parser gave up");
      }
      if (subject === "refused") throw new PermanentError("not for this desk");
    };
    await reading(ledger, { tries: 3, maxSize: 10_000 });
    await dovecot.append(FOLDER, mail("a"));
    const poison = await dovecot.append(FOLDER, mail("poison"));
    const refused = await dovecot.append(FOLDER, mail("refused"));
    const large = await dovecot.append(FOLDER, mail("large") + "x".repeat(20_000));
    const larger = await dovecot.append(FOLDER, mail("larger") + "x".repeat(2_000_000));
    await dovecot.append(FOLDER, mail("b"));
    await ledger.until(() => ledger.subjects.includes("b"));
    expect(ledger.subjects).toEqual(["a", "b"]);
    expect(tries).toBe(3);
    expect(ledger.bad.map(({ uid }) => uid)).toEqual([poison, refused, large, larger]);
    expect(ledger.bad.map(({ reason }) => reason)).toEqual([
      "parser gave up",
      "not for this desk",
      expect.stringContaining("10000"),
      expect.stringContaining("10000"),
    ]);
  });

  it("streams a large mail through a file", async () => {
    const ledger = new Ledger();
    await reading(ledger);
    const raw = Buffer.from(`Subject: large\r\n\r\n${"0123456789abcdef".repeat(60)}\r\n`.repeat(8000));
    await dovecot.append(FOLDER, raw);
    await ledger.until(() => ledger.subjects.length === 1);
    expect(ledger.sizes).toEqual([raw.length]);
  });

  it("moves what it has taken to the archive, and lets nothing depend on it", async () => {
    const ledger = new Ledger();
    await dovecot.recreate("Archive");
    await dovecot.append(FOLDER, mail("old"));
    const intake = await reading(ledger, { archive: "Archive" });
    await dovecot.append(FOLDER, mail("one"));
    await dovecot.append(FOLDER, mail("two"));
    await ledger.until(() => ledger.subjects.length === 2);
    const client = await dovecot.client();
    const count = async (folder: string): Promise<number> => {
      const status = await client.status(folder, { messages: true });
      return status === false ? 0 : (status.messages ?? 0);
    };
    while ((await count("Archive")) < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await count(FOLDER)).toBe(1);
    await intake.close();

    // Dovecot has no such namespace: every move fails, every mail is taken.
    const second = new Ledger();
    await reading(second, { archive: `${"x".repeat(300)}/nowhere`, pollEvery: 50 });
    await dovecot.append(FOLDER, mail("three"));
    await second.until(() => second.subjects.length === 1);
    await dovecot.append(FOLDER, mail("four"));
    await second.until(() => second.subjects.length === 2);
    expect(second.subjects).toEqual(["three", "four"]);
    expect(second.states).toEqual(["connected"]);
  });

  it("comes back after the server was killed half-way, and takes each mail once", async () => {
    const ledger = new Ledger();
    await reading(ledger);
    const restarted = Promise.withResolvers<void>();
    ledger.hurdle = (subject) => {
      if (subject === "m-5") dovecot.restart().then(restarted.resolve, restarted.reject);
    };
    for (let n = 0; n < 20; n++) await dovecot.append(FOLDER, mail(`m-${n}`)).catch(() => undefined);
    await restarted.promise;
    const client = await dovecot.client();
    await client.mailboxOpen(FOLDER);
    const there = (await client.search({ all: true })) || [];
    await ledger.until(() => ledger.subjects.length >= there.length);
    await ledger.until(() => ledger.states.at(-1) === "connected");
    expect(ledger.subjects).toHaveLength(there.length);
    expect(new Set(ledger.subjects).size).toBe(there.length);
    expect(ledger.states.includes("reconnecting")).toBe(true);
  });

  it("waits for a server that is not there yet, and says what is wrong with a login", async () => {
    const ledger = new Ledger();
    await dovecot.kill();
    const intake = await read(ledger);
    await ledger.until(() => ledger.states.includes("reconnecting"));
    expect(intake.state().detail).not.toBe("");
    await dovecot.start();
    await ledger.until(() => ledger.states.includes("connected"));

    const wrong = new Ledger();
    const refused = await read(wrong, { pass: "wrong" });
    await wrong.until(() => wrong.states.includes("failed"));
    expect(refused.state().detail).toMatch(/auth/i);
    expect(refused.state().detail).not.toContain("wrong");
    const absent = new Ledger();
    await read(absent, { folder: "Nowhere" });
    await absent.until(() => absent.states.includes("failed"));
  });

  it("49 · notices a connection that is half open, and makes a new one", async () => {
    const wire = await startImapWire(dovecot.port);
    const ledger = new Ledger();
    await reading(ledger, { port: wire.port, pollEvery: 100, answerWithin: 2000 });
    await dovecot.append(FOLDER, mail("before"));
    await ledger.until(() => ledger.subjects.length === 1);
    wire.silence();
    await dovecot.append(FOLDER, mail("meanwhile"));
    await ledger.until(() => ledger.subjects.length === 2 && ledger.states.length === 3);
    expect(ledger.states).toEqual(["connected", "reconnecting", "connected"]);
    expect(ledger.subjects).toEqual(["before", "meanwhile"]);
    await open.pop()?.close();
    await wire.close();
  });
});
