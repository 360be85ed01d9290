import { createHash } from "node:crypto";
import { join } from "node:path";
import pino from "pino";
import { openDesk } from "../../src/cli/open-desk.ts";
import { embeddedDefaults } from "../../src/config.ts";
import { PermanentError, reasonOf } from "../../src/errors.ts";
import type { ParserPool } from "../../src/mail/parse/parser-pool.ts";
import type { Job, JobHandler, Queue, WorkOptions } from "../../src/queue/queue.ts";
import type { Desk, MailSender } from "../../src/steps/desk.ts";
import { createReceiver } from "../../src/steps/filing/receive.ts";
import { startWorker } from "../../src/worker.ts";

/** What becomes of the next hand-over of a reply. */
export type Fate =
  "accepted" | "deferred-early" | "deferred-late" | "rejected" | "lost-before-arrival" | "lost-after-arrival";

export interface HandOver {
  readonly from: string;
  readonly to: readonly string[];
  readonly mime: Buffer;
  readonly fate: Fate;
  /** Whether bytes left the desk: `onStarted` was awaited. */
  readonly started: boolean;
  /** Whether the client has it. */
  readonly arrived: boolean;
}

/**
 * A whole desk without sockets and timers: mail is put in, jobs are run one at a time in an order that the caller chooses, the
 * clock is the caller's, and the relay is this object. Everything else is the real thing: the database is a SQLite file.
 */
export interface BareDesk {
  readonly desk: Desk;
  readonly handOvers: readonly HandOver[];
  readonly inside: readonly { readonly to: string; readonly mime: Buffer }[];
  /** Used up one by one; then `accepted`. */
  readonly fates: Fate[];
  now: Date;
  receive(mail: {
    readonly from: string;
    readonly to: readonly string[];
    readonly raw: Buffer;
  }): Promise<void>;
  /** Runs one of the due jobs, `choice` picks which. False when none is due. */
  step(choice: number): Promise<boolean>;
  /** Errors that the queue would have logged, and jobs that were given up. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

interface BareDeskOptions {
  /** Holds a database with people in it; this desk's own. */
  readonly directory: string;
  /** Shared: its thread is slow to start. */
  readonly parser: ParserPool;
  readonly holdMs: number;
  readonly digestEveryMs: number;
  readonly random: (bytes: number) => Buffer;
  readonly start: Date;
}

const REFUSED = { code: 550, enhancedCode: "5.1.1", text: "no such user" };
const LATER = { code: 451, enhancedCode: "4.7.1", text: "try later" };

export async function openBareDesk(options: BareDeskOptions): Promise<BareDesk> {
  const defaults = embeddedDefaults(options.directory);
  let now = options.start;
  const open = await openDesk(
    {
      ...defaults,
      desk: { ...defaults.desk, name: "Northwind Support" },
      database: { kind: "sqlite", path: join(options.directory, "desk.sqlite") },
      review: { ...defaults.review, holdMs: options.holdMs, digestEveryMs: options.digestEveryMs },
    },
    pino({ level: process.env["TEST_LOG"] ?? "silent" }),
    { clock: () => now },
  );
  // No machine loses its power in these histories; kill.test.ts is about that.
  await open.desk.database.db.raw("PRAGMA synchronous = OFF");
  const handOvers: HandOver[] = [];
  const inside: { to: string; mime: Buffer }[] = [];
  const fates: Fate[] = [];
  const complaints: string[] = [];
  const mail: MailSender = {
    async attempt(shipment) {
      const { from, to, mime } = shipment;
      const fate = fates.shift() ?? "accepted";
      const early = fate === "deferred-early" || fate === "rejected";
      if (!early) await shipment.onStarted();
      const arrived = fate === "accepted" || fate === "lost-after-arrival";
      handOvers.push({ from, to, mime, fate, started: !early, arrived });
      if (fate === "accepted")
        return { state: "accepted", code: 250, enhancedCode: "2.0.0", text: "ok", relayMessageId: null };
      if (fate === "rejected") return { state: "rejected", ...REFUSED };
      if (fate === "deferred-early" || fate === "deferred-late") return { state: "deferred", ...LATER };
      return { state: "uncertain", text: "the connection ended" };
    },
    inside(one) {
      inside.push({ to: one.to, mime: one.mime });
      return Promise.resolve({
        state: "accepted",
        code: 250,
        enhancedCode: "2.0.0",
        text: "ok",
        relayMessageId: null,
      });
    },
  };
  const stepped = steppedQueue(open.desk, complaints);
  const desk: Desk = {
    ...open.desk,
    mail,
    queue: stepped.queue,
    parser: options.parser,
    random: options.random,
  };
  // Its timers are not wanted: the caller sweeps.
  await (
    await startWorker({
      ...desk,
      database: { ...desk.database, workAlone: () => Promise.resolve(async () => undefined) },
    })
  ).stop();
  const receive = createReceiver(desk);
  return {
    desk,
    handOvers,
    inside,
    fates,
    complaints,
    get now() {
      return now;
    },
    set now(at) {
      now = at;
    },
    receive: ({ from, to, raw }) =>
      receive({
        source: { kind: "smtp" },
        envelope: {
          reversePath: from,
          forwardPaths: [...to],
          remoteAddress: "192.0.2.1",
          heloName: "client.example",
        },
        sha256: createHash("sha256").update(raw).digest("hex"),
        size: raw.length,
        body: { bytes: raw },
      }),
    step: (choice) => stepped.step(choice),
    close: () => open.close(),
  };
}

/** The real jobs table, worked by hand. */
function steppedQueue(
  desk: Desk,
  complaints: string[],
): { readonly queue: Queue; step(choice: number): Promise<boolean> } {
  let handlers: Readonly<Record<string, JobHandler>> = {};
  let options: WorkOptions | undefined;
  const { db } = desk.database;
  return {
    queue: {
      ...desk.queue,
      async work(given, work) {
        handlers = given;
        options = work;
      },
      async stop() {
        // Nothing runs between two steps.
      },
    },
    async step(choice) {
      const due = (await db("jobs")
        .whereNull("failed_at")
        .where("run_at", "<=", desk.clock().toISOString())
        .orderByRaw("priority DESC, run_at, id")) as readonly JobRow[];
      const row = due[choice % Math.max(due.length, 1)];
      if (row === undefined) return false;
      const job: Job = {
        id: String(row.id),
        kind: row.kind,
        payload: JSON.parse(row.payload) as Job["payload"],
        attempt: row.attempts + 1,
      };
      await db("jobs").where({ id: row.id }).update({ attempts: job.attempt });
      try {
        await handlers[row.kind]?.(job);
        await db("jobs").where({ id: row.id }).delete();
      } catch (error) {
        complaints.push(`${row.kind} ${row.payload}: ${reasonOf(error)}`);
        const isOver = error instanceof PermanentError || job.attempt >= (options?.maxAttempts ?? 1);
        const at = desk.clock();
        await db("jobs")
          .where({ id: row.id })
          .update(
            isOver
              ? { failed_at: at.toISOString(), last_error: reasonOf(error) }
              : { run_at: new Date(at.getTime() + 1000 * 2 ** job.attempt).toISOString() },
          );
        if (isOver) await options?.onFailed(job, error);
      }
      return true;
    },
  };
}

interface JobRow {
  readonly id: number;
  readonly kind: string;
  readonly payload: string;
  readonly attempts: number;
}
