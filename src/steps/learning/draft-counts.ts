import { errorBound } from "../../assistant/learning/error-bound.ts";
import { UNKNOWN_ERROR, type ErrorBound } from "../../desk/action.ts";
import type { Db } from "../../store/database.ts";
import { draftOutcomesAfter } from "../../store/draft-outcomes.ts";

/** Templates change, and so do people's habits: so many of a template's newest drafts tell how it does. */
const NEWEST = 200;
const PORTION = 1000;

/** What became of the drafts of each template, kept up to date from the log of outcomes. */
export class DraftCounts {
  readonly #right = new Map<string, boolean[]>();
  #through = 0;

  /** Read what is new. */
  async follow(db: Db): Promise<void> {
    for (;;) {
      const outcomes = await draftOutcomesAfter(db, this.#through, PORTION);
      for (const { id, template, outcome, first } of outcomes) {
        this.#through = id;
        if (!first) continue;
        const right = this.#right.get(template) ?? [];
        right.push(outcome === "approved");
        if (right.length > NEWEST) right.shift();
        this.#right.set(template, right);
      }
      if (outcomes.length < PORTION) return;
    }
  }

  /** How often people changed or turned down a template's drafts, at its upper bound. */
  errorOf(template: string): ErrorBound {
    const right = this.#right.get(template);
    if (right === undefined) return UNKNOWN_ERROR;
    const wrong = right.filter((one) => !one).length;
    return { expectedError: errorBound(wrong, right.length), decisions: right.length };
  }
}
