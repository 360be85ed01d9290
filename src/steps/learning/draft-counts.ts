import { errorBound } from "../../assistant/learning/error-bound.ts";
import { isByModel } from "../../assistant/hosted/model.ts";
import { UNKNOWN_ERROR, type ErrorBound } from "../../desk/action.ts";
import type { Db } from "../../store/database.ts";
import { draftOutcomesAfter, type DraftOutcome } from "../../store/draft-outcomes.ts";
import { FEWEST_RELEASES, isRewritten, keepsBeingRewritten } from "./insights.ts";

/** Templates change, and so do people's habits: so many of a template's newest drafts tell how it does. */
const NEWEST = 200;
const PORTION = 1000;

/** What became of the drafts of each template, kept up to date from the log of outcomes. */
export class DraftCounts {
  /** Whether each was sent as it was proposed. */
  readonly #right = new Map<string, boolean[]>();
  /** Of those that were sent, by template and by article, whether each was rewritten. */
  readonly #rewritten = new Map<string, boolean[]>();
  #through = 0;

  /** Read what is new. */
  async follow(db: Db): Promise<void> {
    for (;;) {
      const outcomes = await draftOutcomesAfter(db, this.#through, PORTION);
      for (const outcome of outcomes) this.#count(outcome);
      if (outcomes.length < PORTION) return;
    }
  }

  #count(one: DraftOutcome): void {
    this.#through = one.id;
    // What a policy lets out alone is the template's text: a model's says nothing of how often that is right.
    if (one.first && !isByModel(one.author)) push(this.#right, one.template, one.outcome === "approved");
    if (one.distance === null) return;
    for (const source of [one.template, ...one.articleIds.map((id) => `article ${id}`)])
      push(this.#rewritten, source, isRewritten(one));
  }

  /** How often people changed or turned down a template's drafts, at its upper bound. */
  errorOf(template: string): ErrorBound {
    const right = this.#right.get(template);
    if (right === undefined) return UNKNOWN_ERROR;
    const wrong = right.filter((one) => !one).length;
    return { expectedError: errorBound(wrong, right.length), decisions: right.length };
  }

  /** Whether some template or article is rewritten more often than not. */
  anyRewritten(): boolean {
    return [...this.#rewritten.values()].some(
      (all) =>
        all.length >= FEWEST_RELEASES &&
        keepsBeingRewritten({ releases: all.length, rewritten: all.filter((one) => one).length }),
    );
  }
}

function push(counts: Map<string, boolean[]>, key: string, value: boolean): void {
  const values = counts.get(key) ?? [];
  values.push(value);
  if (values.length > NEWEST) values.shift();
  counts.set(key, values);
}
