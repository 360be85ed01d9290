import { rm, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import pino from "pino";
import { openDesk, type OpenDesk } from "../../src/cli/open-desk.ts";
import { parseDeskFile } from "../../src/desk/desk-file.ts";
import { importDeskFile } from "../../src/steps/admin/import-desk.ts";
import { deskConfig, type DeskProcessOptions } from "../support/desk-process.ts";
import { startRelay } from "../support/relay.ts";
import { sendMail } from "../support/smtp.ts";
import { DESK_YAML } from "../support/test-desk.ts";
import { campaignFaults, type Figures } from "./campaign-promises.ts";
import { Crowd, type Letter } from "./crowd.ts";
import { Desks, type Kill } from "./desks.ts";
import { moodyRelay } from "./moods.ts";
import { whatIsStuck } from "./stuck.ts";
import { seeded, type Seeded } from "./seeded.ts";

/**
 * A desk under `kill -9`: real processes, real SMTP on both sides, a relay with moods, clients and technicians who write,
 * answer, repeat themselves and try again where nobody said 250. Afterwards the promises are checked.
 */
interface CampaignOptions {
  /** PostgreSQL: an empty database; SQLite where left out. */
  readonly databaseUrl?: string;
  /** Processes on the database. SQLite takes one. */
  readonly workers: number;
  readonly kills: number;
  /** Mails to the desk, of clients and technicians together. */
  readonly messages: number;
  readonly seed: number;
  /** Do not wait for the leases of dead workers: they are made to end at once. */
  readonly hurries?: boolean;
  readonly onProgress?: (progress: Progress) => void;
}

export interface Progress {
  readonly phase: string;
  readonly messages: number;
  readonly kills: number;
}

export interface CampaignReport {
  readonly seed: number;
  readonly kills: readonly Kill[];
  /** Places that were passed, and how often a desk was killed there. */
  readonly places: ReadonlyMap<string, number>;
  readonly moods: ReadonlyMap<string, number>;
  readonly figures: Figures;
  /** Milliseconds from the last start until nothing was left to do. */
  readonly restedAfterMs: number;
  readonly seconds: number;
  /** One sentence a broken promise. Empty: all is well. */
  readonly faults: readonly string[];
  /** Where the database and the desk's files are; kept where something is wrong. */
  readonly directory: string;
}

const SENDERS = 4;
/** Kills that the mails may be ahead of. */
const AHEAD_OF_KILLS = 3;
const A_MINUTE = 60_000;
/** Longer than any deferral of a release or of mail inside the desk, shorter than a reminder. */
const LATER_MS = 3 * 60 * A_MINUTE;
/** Short, so that `stop` sometimes comes in time. */
const HOLD_MS = 300;

export async function runCampaign(options: CampaignOptions): Promise<CampaignReport> {
  const begun = performance.now();
  const random = seeded(options.seed);
  const directory = await mkdtemp(join(tmpdir(), "countersign-chaos-"));
  const compileCache = await mkdtemp(join(tmpdir(), "countersign-chaos-cache-"));
  const moods = moodyRelay(random.branch("relay"), (address) => address.endsWith("@msp.example"));
  const crowd = new Crowd(random.branch("crowd"), options.messages);
  const relay = await startRelay({ forgets: true, mood: moods.mood, onMail: (mail) => crowd.receive(mail) });
  const settings: DeskProcessOptions = {
    directory,
    relayPort: relay.port,
    holdMs: HOLD_MS,
    compileCache,
    ...(options.databaseUrl === undefined ? {} : { databaseUrl: options.databaseUrl }),
  };
  const desks = new Desks(settings, options.workers, random.branch("desks"));
  const faults: string[] = [];
  let restedAfterMs = 0;
  let figures: Figures | null = null;
  const progress = (phase: string): void =>
    options.onProgress?.({
      phase,
      messages: crowd.letters.filter(({ acknowledged }) => acknowledged).length,
      kills: desks.kills.length,
    });
  try {
    await people(settings);
    await desks.up();
    await attack(options, desks, crowd, random, () => progress("under fire"));
    moods.calm();
    await crowd.hasRead();

    // Nothing is stuck a minute after the restart.
    await desks.down();
    if (options.hurries === true) await endLeases(settings);
    await desks.up();
    await withDesk(settings, async ({ desk }) => {
      let stuck: readonly string[] = [];
      restedAfterMs = await within(
        A_MINUTE,
        async () => (stuck = await whatIsStuck(desk)).length === 0,
        () => progress(`after the restart, ${stuck.length} things are left to do (${stuck[0]})`),
      );
      faults.push(...stuck.map((what) => `stuck a minute after the restart: ${what}`));
    });

    // What the relay deferred goes when its time has come.
    await desks.down();
    await timePasses(settings);
    await desks.up(LATER_MS);
    await within(
      2 * A_MINUTE,
      () => desks.isQuiet(),
      () => progress("later"),
    );
    await desks.stop();
    await crowd.hasRead();
    progress("looking");
    await withDesk(settings, async ({ desk }) => {
      const looked = await campaignFaults({ desk, crowd, doubts: moods.doubts(), kills: desks.kills.length });
      figures = looked.figures;
      faults.push(...looked.faults);
    });
  } catch (error) {
    faults.push(
      `the campaign ended early: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  } finally {
    await desks.down();
    await relay.close();
    await rm(compileCache, { recursive: true, force: true });
  }
  faults.push(...desks.faults);
  if (faults.length === 0) await rm(directory, { recursive: true, force: true });
  return {
    seed: options.seed,
    kills: desks.kills,
    places: desks.places,
    moods: moods.counts,
    figures: figures ?? { messages: 0 },
    restedAfterMs,
    seconds: Math.round((performance.now() - begun) / 1000),
    faults,
    directory,
  };
}

/** The mails and the kills, each spread over the other. */
async function attack(
  options: CampaignOptions,
  desks: Desks,
  crowd: Crowd,
  random: Seeded,
  progress: () => void,
): Promise<void> {
  const perKill = options.messages / (options.kills + 1);
  let acknowledged = 0;
  const sent = { all: false };
  const sender = async (mine: Seeded): Promise<void> => {
    for (let letter = await crowd.next(); letter !== null; letter = await crowd.next()) {
      while (
        acknowledged > (desks.kills.length + AHEAD_OF_KILLS) * perKill &&
        desks.kills.length < options.kills
      )
        await pause(10);
      await post(desks, letter, mine);
      acknowledged += 1;
      await pause(mine.whole(0, 30));
    }
  };
  const killer = async (): Promise<void> => {
    while (desks.kills.length < options.kills) {
      while (!sent.all && acknowledged < (desks.kills.length + 1) * perKill) await pause(10);
      await desks.kill();
      progress();
    }
  };
  const killing = killer();
  const sending = Promise.all(
    Array.from({ length: SENDERS }, (_, nth) => sender(random.branch(`sender ${nth}`))),
  ).finally(() => (sent.all = true));
  await Promise.all([killing, sending]);
}

/** As a mail server does: the same bytes again until 250, wherever the desk takes mail. */
async function post(desks: Desks, letter: Letter, random: Seeded): Promise<void> {
  for (;;) {
    letter.tries += 1;
    const port = await desks.port(random);
    const answer = await sendMail(port, { from: letter.from, to: letter.to, raw: letter.raw }).catch(() => ({
      code: 0,
      text: "",
    }));
    if (answer.code === 250) break;
    if (answer.code >= 500) throw new Error(`the desk refused a mail: ${answer.code} ${answer.text}`);
    await pause(random.whole(10, 120));
  }
  letter.acknowledged = true;
}

async function within(ms: number, isDone: () => Promise<boolean>, progress: () => void): Promise<number> {
  const begun = performance.now();
  while (!(await isDone()) && performance.now() - begun < ms) {
    progress();
    await pause(250);
  }
  return Math.round(performance.now() - begun);
}

/** As a command such as `import` has it: open beside whatever else runs. */
async function withDesk<T>(settings: DeskProcessOptions, work: (open: OpenDesk) => Promise<T>): Promise<T> {
  const open = await openDesk(deskConfig(settings), pino({ level: "silent" }));
  try {
    return await work(open);
  } finally {
    await open.desk.queue.stop();
    await open.close();
  }
}

function people(settings: DeskProcessOptions): Promise<void> {
  return withDesk(settings, ({ desk }) =>
    importDeskFile(desk, parseDeskFile(DESK_YAML, "desk.yaml").desk, "alex@msp.example").then(
      () => undefined,
    ),
  );
}

/** On PostgreSQL a dead worker's jobs and releases wait for their leases; SQLite's one worker takes them up at once. */
function endLeases(settings: DeskProcessOptions): Promise<void> {
  return withDesk(settings, async ({ desk }) => {
    if (desk.database.dialect !== "postgres") return;
    await desk.database.db.raw(
      "UPDATE pgboss.job SET heartbeat_on = now() - interval '1 hour' WHERE state = 'active'",
    );
    const past = new Date(Date.now() - A_MINUTE).toISOString();
    await desk.database
      .db("releases")
      .whereIn("status", ["claimed", "started"])
      .update({ lease_until: past });
  });
}

/** pg-boss goes by the server's clock, which is not ours to set. */
async function timePasses(settings: DeskProcessOptions): Promise<void> {
  await endLeases(settings);
  await withDesk(settings, async ({ desk }) => {
    if (desk.database.dialect === "postgres")
      await desk.database.db.raw("UPDATE pgboss.job SET start_after = now() WHERE state < 'active'");
  });
}
