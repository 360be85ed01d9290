import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pino from "pino";
import { openDesk } from "../../src/cli/open-desk.ts";
import { parseDeskFile } from "../../src/desk/desk-file.ts";
import type { Desk } from "../../src/steps/desk.ts";
import { importDeskFile } from "../../src/steps/admin/import-desk.ts";
import { startWorker } from "../../src/worker.ts";
import { deskConfig, startDeskProcess, type DeskProcess } from "./desk-process.ts";
import { startRelay, type Relay } from "./relay.ts";
import { hangUp, sendMail } from "./smtp.ts";
import { DESK_YAML, eventually, startTestDesk } from "./test-desk.ts";

/** Mails that are to be handled at the same moment. */
export interface RacingMail {
  readonly from: string;
  readonly to: string;
  readonly raw: string;
  /** The transaction that is raced: a client's mail is filed, a technician's reply is filed and then decided on. */
  readonly meetsAt: "file" | "decide";
}

/**
 * A desk on which races really happen. In one process mails meet at the door of their transaction; four processes are each
 * stopped (SIGSTOP) at a fail point with a mail in hand, and then let go together.
 */
export interface RaceDesk {
  /** For looking and for tampering; it works no jobs. */
  readonly desk: Desk;
  readonly relay: Relay;
  /** Several workers: whether mails can meet at all. */
  readonly meets: boolean;
  /**
   * Sends them, lets them go at once in an order that `round` chooses, and waits until the desk is quiet. Where the first one
   * holds its locks (`locked`), the others run into them.
   */
  race(mails: readonly RacingMail[], round: number, locked?: boolean): Promise<void>;
  send(mail: { readonly from: string; readonly to: string; readonly raw: string }): Promise<void>;
  idle(): Promise<void>;
  /** What a job handler threw; a lost race is no error. */
  readonly failures: readonly string[];
  close(): Promise<void>;
}

async function post(port: number, mail: { from: string; to: string; raw: string }): Promise<void> {
  const answer = await sendMail(port, mail);
  if (answer.code !== 250) throw new Error(`the desk answered ${answer.code} ${answer.text}`);
}

async function untilQuiet(desk: Desk): Promise<void> {
  const looks = async (): Promise<boolean> =>
    (await desk.queue.counts()).every(({ state }) => state === "failed") &&
    (await desk.database.reader("outbox").where({ status: "queued" })).length === 0;
  const quiet = await eventually(async () => ((await looks()) && (await looks()) ? true : undefined), 60_000);
  if (quiet === undefined) throw new Error(`not quiet: ${JSON.stringify(await desk.queue.counts())}`);
}

/** In an order that is the same for the same round. */
function shuffled<T>(list: readonly T[], round: number): readonly T[] {
  return list.map(
    (_, index) => list[(index * (round % 2 === 0 ? 1 : list.length - 1) + round) % list.length] as T,
  );
}

/** Everybody waits at the door until all are there. */
class Meeting {
  readonly #expected: number;
  readonly #round: number;
  readonly #waiting: (() => void)[] = [];
  isOver = false;

  constructor(expected: number, round: number) {
    this.#expected = expected;
    this.#round = round;
  }

  async arrive(): Promise<void> {
    if (this.isOver) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length < this.#expected) return;
      this.isOver = true;
      for (const go of shuffled(this.#waiting, this.#round)) go();
    });
  }
}

/** One process; `concurrency` jobs at a time. */
export async function oneProcess(options: {
  readonly databaseUrl?: string;
  readonly concurrency: number;
}): Promise<RaceDesk> {
  const running = await startTestDesk({
    worker: false,
    ...(options.databaseUrl === undefined ? {} : { databaseUrl: options.databaseUrl }),
  });
  const { desk } = running;
  const failures: string[] = [];
  const hands = new AsyncLocalStorage<{ left: number; readonly meeting: Meeting }>();
  let racing: { readonly meeting: Meeting; readonly at: ReadonlyMap<string, RacingMail["meetsAt"]> } | null =
    null;
  atTheDoor(desk, async () => {
    const hand = hands.getStore();
    if (hand !== undefined && --hand.left === 0) await hand.meeting.arrive();
  });
  const worker = await startWorker({
    ...desk,
    queue: {
      ...desk.queue,
      work(handlers, work) {
        const watched = Object.entries(handlers).map(([kind, handle]) => [
          kind,
          async (job: Parameters<typeof handle>[0]) => {
            const at =
              kind === "handle-message"
                ? racing?.at.get(await hashOfMessage(desk, job.payload["messageId"]))
                : undefined;
            const run = (): Promise<void> => handle(job);
            const done =
              at === undefined || racing === null
                ? run()
                : hands.run({ left: at === "file" ? 1 : 2, meeting: racing.meeting }, run);
            await done.catch((error: unknown) => {
              failures.push(`${kind}: ${String(error)}`);
              throw error;
            });
          },
        ]);
        return desk.queue.work(Object.fromEntries(watched), { ...work, concurrency: options.concurrency });
      },
    },
  });
  const meets = options.concurrency > 1;
  return {
    desk,
    relay: running.relay,
    meets,
    failures,
    send: (mail) => post(running.port, mail),
    idle: () => untilQuiet(desk),
    async race(mails, round) {
      // A mail and its copy are one to the store, and two at the door.
      const at = new Map(mails.map((mail) => [hashOf(mail.raw), mail.meetsAt]));
      const copies = new Set(mails.map(({ raw }) => raw)).size;
      const meeting = new Meeting(copies, round);
      if (meets) racing = { meeting, at };
      await Promise.all(mails.map((mail) => post(running.port, mail)));
      await untilQuiet(desk);
      racing = null;
      if (meets && !meeting.isOver) throw new Error("the mails did not meet");
    },
    async close() {
      await worker.stop();
      await running.close();
    },
  };
}

/** Before each transaction of this database begins. */
function atTheDoor(desk: Desk, wait: () => Promise<void>): void {
  const { db } = desk.database;
  const begin = db.transaction.bind(db) as (...rest: unknown[]) => Promise<unknown>;
  Object.defineProperty(db, "transaction", {
    configurable: true,
    value: async (...rest: unknown[]) => {
      await wait();
      return begin(...rest);
    },
  });
}

async function hashOfMessage(desk: Desk, id: unknown): Promise<string> {
  const row = (await desk.database.reader("messages").where({ id }).first("raw_sha256")) as
    { raw_sha256: string } | undefined;
  return row?.raw_sha256 ?? "";
}

/** As the desk hashes what `sendMail` sends. */
function hashOf(raw: string): string {
  const wire = raw.replaceAll(/\r?\n/g, "\r\n");
  return createHash("sha256")
    .update(wire.endsWith("\r\n") ? wire : `${wire}\r\n`)
    .digest("hex");
}

/** Where a process is stopped with a mail in hand. `locked`: within its transaction. */
const PLACES = {
  file: { free: "receive: before commit", locked: "file: before commit" },
  decide: { free: "file: after commit", locked: "decide: before commit" },
} as const;

/** Long enough for a worker to take a job and to run into a lock. */
const TO_MEET_MS = 1500;

/** Four processes on one PostgreSQL database. */
export async function fourProcesses(databaseUrl: string): Promise<RaceDesk> {
  const directory = await mkdtemp(join(tmpdir(), "countersign-race-"));
  const relay = await startRelay();
  const settings = { directory, relayPort: relay.port, databaseUrl, compileCache: join(directory, "cache") };
  const open = await openDesk(deskConfig(settings), pino({ level: "silent" }));
  const { desk } = open;
  await importDeskFile(desk, parseDeskFile(DESK_YAML, "desk.yaml").desk, "alex@msp.example");
  const started = await Promise.all(Array.from({ length: 4 }, () => startDeskProcess(settings)));
  const processes = started.filter((one): one is DeskProcess => one !== null);
  let turn = 0;
  const free = (): DeskProcess => {
    const found = processes.filter((one) => !one.held());
    const next = found[(turn += 1) % Math.max(found.length, 1)];
    if (next === undefined) throw new Error("all processes are stopped");
    return next;
  };
  return {
    desk,
    relay,
    meets: true,
    failures: [],
    send: (mail) => post(free().port, mail),
    idle: () => untilQuiet(desk),
    async race(mails, round, locked = false) {
      const posts: Promise<void>[] = [];
      for (const [index, mail] of shuffled(mails, round).entries()) {
        const place = PLACES[mail.meetsAt][locked && index === 0 ? "locked" : "free"];
        const others = processes.filter((one) => !one.held());
        const met = Promise.race(others.map((one) => one.holdAt(place)));
        posts.push(post(free().port, mail));
        await Promise.race([met, pause(TO_MEET_MS)]);
        for (const one of others) if (!one.held()) one.holdNowhere();
      }
      for (const one of shuffled(processes, round)) one.resume();
      await Promise.all(posts);
      await untilQuiet(desk);
    },
    async close() {
      for (const one of processes) one.resume();
      for (const one of processes) hangUp(one.port);
      await Promise.all(processes.map((one) => one.stop()));
      await desk.queue.stop();
      await open.close();
      await relay.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
