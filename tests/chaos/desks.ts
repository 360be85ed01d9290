import { setTimeout as pause } from "node:timers/promises";
import { startDeskProcess, type DeskProcess, type DeskProcessOptions } from "../support/desk-process.ts";
import { hangUp } from "../support/smtp.ts";
import type { Seeded } from "./seeded.ts";

export interface Kill {
  /** The n-th kill, from 1. */
  readonly nth: number;
  /** Where it ended itself; `null`: at a time that chance chose. */
  readonly place: string | null;
  /** Milliseconds since the campaign began. */
  readonly atMs: number;
  readonly worker: number;
}

interface Slot {
  desk: DeskProcess | null;
  living: Promise<void>;
}

/** A place that does not come in time is tried this often, then left to chance. */
const TRIES_OF_A_PLACE = 3;
const PATIENCE_MS = 2500;
/** A busy machine takes its time over the first piece of work of a life. */
const FIRST_WORK_MS = 60_000;

const isWork = ({ name }: { readonly name: string }): boolean =>
  name.endsWith("after commit") && !/^(?:receive|recover|claim):/.test(name);

/**
 * A life in which nothing is done counts as a try of every job that was under way, and eight tries are all: a desk that
 * falls over at once, time and again, puts mail aside for a person. That is meant, and not what is looked for here.
 */
async function hasWorked(desk: DeskProcess): Promise<void> {
  const until = performance.now() + FIRST_WORK_MS;
  while (performance.now() < until && !desk.ended() && !desk.passed.some(isWork)) {
    if (await desk.isQuiet()) return;
    await pause(20);
  }
}

/** One desk of so many processes on one database; whichever ends is started again, until `down`. */
export class Desks {
  readonly kills: Kill[] = [];
  /** Every place that was passed, and how often a desk was killed there. */
  readonly places = new Map<string, number>();
  /** Starts that failed, which no kill explains. */
  readonly faults: string[] = [];
  readonly #options: DeskProcessOptions;
  readonly #random: Seeded;
  readonly #workers: number;
  readonly #inVain = new Map<string, number>();
  readonly #begun = performance.now();
  #slots: Slot[] = [];
  #isUp = false;
  /** The next start ends itself at one of these, as when the machine goes down again at once. */
  #nextStartDiesAt: string | null = null;

  constructor(options: DeskProcessOptions, workers: number, random: Seeded) {
    this.#options = options;
    this.#workers = workers;
    this.#random = random;
  }

  /** Start all; resolves when each takes mail. */
  async up(aheadMs = 0): Promise<void> {
    this.#isUp = true;
    this.#slots = Array.from({ length: this.#workers }, () => ({ desk: null, living: Promise.resolve() }));
    for (const [index, slot] of this.#slots.entries()) slot.living = this.#live(slot, index, aheadMs);
    while (this.#slots.some(({ desk }) => desk === null)) {
      if (this.faults.length > 0) throw new Error(this.faults.join("\n"));
      await pause(20);
    }
  }

  /** `kill -9` for all, for good. */
  async down(): Promise<void> {
    this.#isUp = false;
    await Promise.all(this.#slots.map(async ({ desk }) => desk?.kill()));
    await Promise.all(this.#slots.map(({ living }) => living));
    this.#notePlaces();
    hangUp();
  }

  /** As SIGTERM would, all of them. */
  async stop(): Promise<void> {
    this.#isUp = false;
    hangUp();
    await Promise.all(this.#slots.map(async ({ desk }) => desk?.stop()));
    await Promise.all(this.#slots.map(({ living }) => living));
    this.#notePlaces();
  }

  /** SMTP intake of one that runs; waits for one. */
  async port(random: Seeded): Promise<number> {
    return (await this.#running(random)).port;
  }

  /** Whether no job waits or runs and nothing is left to send. */
  async isQuiet(): Promise<boolean> {
    for (const { desk } of this.#slots) return (await desk?.isQuiet()) ?? false;
    return false;
  }

  /** End one with `kill -9`: seven times in ten at the place that was tried least, else at any moment. */
  async kill(): Promise<void> {
    const random = this.#random;
    const victim = await this.#running(random);
    const worker = this.#slots.findIndex(({ desk }) => desk === victim);
    await hasWorked(victim);
    this.#notePlaces();
    const place = random.chance(0.7) ? this.#leastTried() : null;
    if (place !== null) {
      victim.killAt(place, random.whole(1, 3));
      await Promise.race([victim.end, pause(PATIENCE_MS)]);
      if (!victim.ended()) this.#inVain.set(place, (this.#inVain.get(place) ?? 0) + 1);
    } else await pause(random.whole(0, 250));
    if (random.chance(0.15))
      this.#nextStartDiesAt = random.pick(["recover: before commit", "recover: after commit"]);
    await victim.kill();
    hangUp(victim.port);
    this.#noteKill(victim.killedAt, worker);
  }

  #noteKill(place: string | null, worker: number): void {
    if (place !== null) this.places.set(place, (this.places.get(place) ?? 0) + 1);
    const atMs = Math.round(performance.now() - this.#begun);
    this.kills.push({ nth: this.kills.length + 1, place, atMs, worker });
  }

  #leastTried(): string | null {
    const open = [...this.places].filter(([name]) => (this.#inVain.get(name) ?? 0) < TRIES_OF_A_PLACE);
    if (open.length === 0) return null;
    const least = Math.min(...open.map(([, times]) => times));
    return this.#random.pick(open.filter(([, times]) => times === least).map(([name]) => name));
  }

  #notePlaces(): void {
    for (const { desk } of this.#slots)
      for (const { name } of desk?.passed ?? []) if (!this.places.has(name)) this.places.set(name, 0);
  }

  async #running(random: Seeded): Promise<DeskProcess> {
    for (;;) {
      const running = this.#slots.map(({ desk }) => desk).filter((desk) => desk !== null && !desk.ended());
      if (running.length > 0) return random.pick(running) as DeskProcess;
      if (!this.#isUp || this.faults.length > 0)
        throw new Error(`no desk runs: ${this.faults.join("; ") || "they were ended"}`);
      await pause(20);
    }
  }

  async #live(slot: Slot, worker: number, aheadMs: number): Promise<void> {
    while (this.#isUp) {
      const diesAt = this.#nextStartDiesAt;
      this.#nextStartDiesAt = null;
      try {
        const desk = await startDeskProcess({
          ...this.#options,
          aheadMs,
          ...(diesAt === null ? {} : { killAt: { name: diesAt, nth: 1 } }),
        });
        if (desk === null) {
          this.#noteKill(diesAt, worker);
          continue;
        }
        slot.desk = desk;
        if (!this.#isUp) await desk.kill();
        await desk.end;
        this.#notePlaces();
      } catch (error) {
        this.faults.push(`a desk did not start: ${String(error)}`);
        return;
      }
    }
  }
}
