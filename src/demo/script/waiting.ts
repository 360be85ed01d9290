import { setTimeout as pause } from "node:timers/promises";

const LOOK_EVERY_MS = 40;
/** Once something did not happen, what builds on it will not either: less time for each of the rest. */
const AFTER_A_MISS_MS = 4_000;

/** Something that was to happen did not, in time. */
export class DidNotHappen extends Error {}

export interface Patience {
  /** Looks until `look` answers something; @throws DidNotHappen that names `what`. */
  until<T>(what: string, look: () => T | null | undefined | Promise<T | null | undefined>): Promise<T>;
  /** For the absence of a thing, which can only be waited for. */
  wait(ms: number): Promise<void>;
}

/** Real events, with a deadline each, and one for everything. */
export function createPatience(eachMs: number, allMs: number, interrupted: AbortSignal): Patience {
  const end = performance.now() + allMs;
  let missed = false;
  return {
    async until(what, look) {
      const patience = missed ? Math.min(eachMs, AFTER_A_MISS_MS) : eachMs;
      const deadline = Math.min(performance.now() + patience, end);
      for (;;) {
        const seen = await look();
        if (seen !== null && seen !== undefined) return seen;
        if (performance.now() > deadline) {
          missed = true;
          throw new DidNotHappen(what);
        }
        await pause(LOOK_EVERY_MS, undefined, { signal: interrupted });
      }
    },
    async wait(ms) {
      await pause(ms, undefined, { signal: interrupted });
    },
  };
}
