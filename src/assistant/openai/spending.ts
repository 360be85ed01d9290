import { ModelFailure } from "../hosted/model-failure.ts";
import type { OpenAiSettings } from "./settings.ts";

/** What one call came to. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/**
 * The day's spending, shared by every process of a desk and kept over a restart. Money is in millionths of the currency, so that
 * sums are whole numbers.
 */
export interface SpendingStore {
  /**
   * Set an amount aside if the day's sum stays within the cap; `false` where it would not. INVARIANT: one statement, so that two
   * processes cannot both take the last of it.
   */
  setAside(day: string, micros: number, capMicros: number): Promise<boolean>;
  /** What was set aside, and what it came to in the end. */
  settle(day: string, call: Usage & { readonly setAside: number; readonly spent: number }): Promise<void>;
}

export interface Purse {
  /**
   * Room for one call: what it costs at most. @throws ModelFailure `budget`.
   * Whoever has it must call the answer once: with what the server reports, `null` where it reports nothing (then all of it
   * counts as spent: the server may bill what nobody got to see), "nothing" where it refused the call.
   */
  open(most: Usage): Promise<(usage: Usage | null | "nothing") => Promise<void>>;
}

export function createPurse(
  settings: Pick<OpenAiSettings, "maxCostPerDay" | "priceInput" | "priceOutput">,
  store: SpendingStore,
  clock: () => Date,
): Purse {
  // A price for a million tokens is the price of one token in millionths.
  const costOf = (usage: Usage): number =>
    Math.ceil(usage.inputTokens * settings.priceInput + usage.outputTokens * settings.priceOutput);
  const cap = settings.maxCostPerDay === null ? null : Math.round(settings.maxCostPerDay * 1_000_000);
  return {
    async open(most) {
      const day = clock().toISOString().slice(0, 10);
      const setAside = cap === null ? 0 : costOf(most);
      if (cap !== null && !(await store.setAside(day, setAside, cap)))
        throw new ModelFailure(
          "budget",
          `the day's cap (assistant.openai.max_cost_per_day, ${settings.maxCostPerDay}) is reached`,
        );
      return (usage) => {
        const came = usage === "nothing" ? { inputTokens: 0, outputTokens: 0 } : (usage ?? most);
        return store.settle(day, { ...came, setAside, spent: costOf(came) });
      };
    },
  };
}
