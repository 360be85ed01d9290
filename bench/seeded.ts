import { constants } from "node:fs";
import { copyFile, mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { startChild } from "./child.ts";
import { databaseFile } from "./desk-setup.ts";
import { freshMails, startDesk } from "./measure.ts";
import type { Relay } from "./relay.ts";
import { Load } from "./smtp-load.ts";

/** How many cases the desk works through itself; the others are copies of them. */
const SAMPLES = 120;

/** Databases with many tickets, each made once; a measurement gets a copy. */
export class SeededDatabases {
  readonly #folder: string;
  readonly #relay: Relay;
  readonly #made = new Map<number, string>();
  #sample: string | null = null;
  #copies = 0;

  constructor(folder: string, relay: Relay) {
    this.#folder = folder;
    this.#relay = relay;
  }

  /** A folder for a desk that has so many tickets. */
  async copy(tickets: number): Promise<string> {
    let made = this.#made.get(tickets);
    if (made === undefined) this.#made.set(tickets, (made = await this.#make(tickets)));
    return this.#copyOf(made);
  }

  async discard(directory: string): Promise<void> {
    await rm(directory, { recursive: true, force: true });
  }

  async #make(tickets: number): Promise<string> {
    const begun = performance.now();
    this.#sample ??= await this.#workSample();
    const directory = await this.#copyOf(this.#sample);
    const child = await startChild("seed-child");
    await child.ask("seed", { directory, tickets });
    await child.stop();
    process.stderr.write(`${tickets} tickets made in ${((performance.now() - begun) / 1000).toFixed(1)} s\n`);
    return directory;
  }

  async #workSample(): Promise<string> {
    const directory = join(this.#folder, "sample");
    const { desk, port } = await startDesk(directory, this.#relay, { fresh: true, cpuProf: null });
    const load = await Load.open(port, 4);
    await this.#relay.reset();
    const sent = await load.flood(freshMails("plain", SAMPLES), 20_000);
    await this.#relay.reviews(sent.length);
    load.close();
    await desk.stop();
    return directory;
  }

  async #copyOf(from: string): Promise<string> {
    const directory = join(this.#folder, `copy-${++this.#copies}`);
    await mkdir(dirname(databaseFile(directory)), { recursive: true });
    // Stopped desks leave no write-ahead log behind, so one file is all.
    await copyFile(databaseFile(from), databaseFile(directory), constants.COPYFILE_FICLONE);
    await copyFile(join(from, "data", "desk.key"), join(directory, "data", "desk.key"));
    return directory;
  }
}
