import { startChild, type Child } from "./child.ts";
import { now } from "./clock.ts";
import type { Relayed } from "./relay-child.ts";

/** The relay process, as a measurement sees it. */
export interface Relay {
  readonly port: number;
  reset(): Promise<void>;
  /** Waits until so many reviews were mailed, or nothing came for `quietMs`. Answers when the last came. */
  reviews(count: number, quietMs?: number): Promise<{ readonly items: number; readonly lastAt: number }>;
  mails(): Promise<readonly Relayed[]>;
  stop(): Promise<void>;
}

export async function startRelay(): Promise<Relay> {
  const child: Child = await startChild("relay-child");
  return {
    port: await child.ask<number>("port"),
    reset: () => child.ask("reset"),
    mails: () => child.ask("mails"),
    stop: () => child.stop(),
    async reviews(count, quietMs = 12_000) {
      let seen = { items: -1, lastAt: 0 };
      let changedAt = now();
      for (;;) {
        const progress = await child.ask<{ items: number; lastAt: number }>("progress");
        if (progress.items !== seen.items) changedAt = now();
        seen = progress;
        if (seen.items >= count || now() - changedAt > quietMs) return seen;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}
