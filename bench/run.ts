/** `npm run bench`: what a mail costs from SMTP to the mailed review, beside the least it could cost on this machine. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { UsageError } from "../src/errors.ts";
import { medians } from "./figures.ts";
import type { MailKind } from "./mails.ts";
import { measureDesk, measureFloor, type DeskFigures, type FloorFigures } from "./measure.ts";
import { measureMemory, type MemoryFigures } from "./memory.ts";
import { readOptions, USAGE, type Options } from "./options.ts";
import { startRelay, type Relay } from "./relay.ts";
import { aims, render, type Results } from "./report.ts";
import { SeededDatabases } from "./seeded.ts";

/** As many as the desk needs for a mail at full load: what they alone cost by this driver. */
const STATEMENTS = 17;

/** Runs with tickets in the database are compared with one another, so that fewer mails do. */
const MAILS_PER_TICKET_RUN = 800;

class Bench {
  readonly #options: Options;
  readonly #folder: string;
  readonly #relay: Relay;
  readonly #seeded: SeededDatabases;
  #runs = 0;
  #texts: Results["texts"] = [];
  #threads: Results["threads"] = {};

  constructor(options: Options, folder: string, relay: Relay) {
    this.#options = options;
    this.#folder = folder;
    this.#relay = relay;
    this.#seeded = new SeededDatabases(folder, relay);
  }

  async run(): Promise<Results> {
    const { only, ticketCounts } = this.#options;
    const load = loadavg()[0] ?? 0;
    const floor: Partial<Record<MailKind, FloorFigures>> = {};
    const desk: Partial<Record<MailKind, DeskFigures>> = {};
    for (const kind of ["plain", "multipart"] as const) {
      if (only.has("floor") || only.has(kind)) floor[kind] = await this.#floor(kind);
      if (only.has(kind)) desk[kind] = await this.#desk(kind, null);
    }
    const busyFloor =
      only.has("floor") || only.has("plain") ? await this.#floor("plain", STATEMENTS) : undefined;
    const tickets: Record<number, DeskFigures> = {};
    if (only.has("tickets")) {
      floor.plain ??= await this.#floor("plain");
      for (const count of ticketCounts) tickets[count] = await this.#desk("plain", count);
    }
    const memory = only.has("memory") ? await this.#memory() : null;
    return {
      machine: {
        cores: availableParallelism(),
        cpu: cpus()[0]?.model.trim() ?? "unknown",
        node: process.version,
        "load at the start": load.toFixed(1),
        runs: this.#options.repeat,
      },
      floor,
      busyFloor: busyFloor === undefined ? null : { ...busyFloor, statements: STATEMENTS },
      desk,
      tickets,
      memory,
      threads: this.#threads,
      texts: this.#texts.slice(0, this.#options.statements),
    };
  }

  #floor(kind: MailKind, statements = 1): Promise<FloorFigures> {
    const { warmUp, sendForMs, [kind]: mails } = this.#options;
    return this.#repeat(`floor, ${kind}${statements === 1 ? "" : `, ${statements} statements`}`, () =>
      measureFloor(kind, this.#newFolder(), { warmUp, mails, sendForMs }, statements),
    );
  }

  #desk(kind: MailKind, tickets: number | null): Promise<DeskFigures> {
    const { warmUp, sendForMs, paceForMs, cpuProf } = this.#options;
    const all = this.#options[kind];
    return this.#repeat(tickets === null ? `desk, ${kind}` : `desk with ${tickets} tickets`, async () => {
      const directory = tickets === null ? this.#newFolder() : await this.#seeded.copy(tickets);
      const run = await measureDesk(
        {
          kind,
          directory,
          fresh: tickets === null,
          warmUp,
          mails: tickets === null ? all : Math.min(all, MAILS_PER_TICKET_RUN),
          sendForMs,
          paceForMs,
          cpuProf,
        },
        this.#relay,
      );
      if (kind === "plain" && tickets === null) [this.#texts, this.#threads] = [run.texts, run.threads];
      await this.#seeded.discard(directory);
      return run.figures;
    });
  }

  #memory(): Promise<MemoryFigures> {
    return this.#repeat("a mail of 50 MB", () => measureMemory(this.#newFolder(), this.#relay));
  }

  async #repeat<T extends Readonly<Record<string, number>>>(
    name: string,
    measure: () => Promise<T>,
  ): Promise<T> {
    const runs: T[] = [];
    for (let run = 1; run <= Math.max(1, this.#options.repeat); run++) {
      const begun = performance.now();
      runs.push(await measure());
      process.stderr.write(
        `${name}: ${((performance.now() - begun) / 1000).toFixed(1)} s${brief(runs.at(-1))}\n`,
      );
    }
    return medians(runs);
  }

  #newFolder(): string {
    return join(this.#folder, `run-${++this.#runs}`);
  }
}

function brief(figures: Readonly<Record<string, number>> | undefined): string {
  const { perSecond, cpuMs, halfCpuMs } = figures ?? {};
  return perSecond === undefined || cpuMs === undefined
    ? ""
    : ` (${perSecond.toFixed(0)}/s, ${cpuMs.toFixed(2)} ms CPU${halfCpuMs === undefined ? "" : `, ${halfCpuMs.toFixed(2)} ms at half load`})`;
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options === "help") return void process.stdout.write(`${USAGE}\n`);
  if (options.cpuProf !== null) await mkdir(options.cpuProf, { recursive: true });
  const folder = await mkdtemp(join(tmpdir(), "countersign-bench-"));
  const relay = await startRelay();
  try {
    const results = await new Bench(options, folder, relay).run();
    process.stdout.write(`\n${render(results)}`);
    if (options.json !== null)
      await writeFile(options.json, `${JSON.stringify({ ...results, aims: aims(results) }, null, 2)}\n`);
  } finally {
    await relay.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(
    `${error instanceof UsageError ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
  );
  process.exit(error instanceof UsageError ? 2 : 1);
}
