import { Blend, BlendStep, type Trial } from "./blend.ts";
import { HeldOutDecisions } from "./held-out.ts";
import { judged, Sureness, SurenessStep, type Judged } from "./sureness.ts";

/** What came true of one prediction that was made before its decision was learned. */
export interface Outcome extends Trial {
  /** How like what was known the example was. */
  readonly familiarity: number;
  /** Number of the right label; -1 where nobody said it. */
  readonly label: number;
}

/** What outcomes have taught: how signs become chances, how sure one may be, and where known mail lies. */
export interface Fitted {
  readonly blend: Blend;
  readonly sureness: Sureness;
  readonly heldOut: HeldOutDecisions;
  /** Of all outcomes, rising. */
  readonly familiarities: Float32Array;
}

/** Outcomes gone over before others are let in: about a fifth of a millisecond. */
const SLICE = 150;
/** A handful of weights that begin near their place need no more outcomes than the latest. */
const TELLING = 3000;

export const unfitted = (): Fitted => finished(new Blend(), new Sureness(), []);

/** Fitted to outcomes at once. */
export function fittedTo(outcomes: readonly Outcome[]): Fitted {
  const work = fitting(outcomes, unfitted(), { rounds: 8, telling: outcomes.length });
  let state = work.next();
  while (!state.done) state = work.next();
  return state.value;
}

/** What outcomes say by weights that were fitted before. */
export function refitted(
  outcomes: readonly Outcome[],
  { blend, sureness }: Pick<Fitted, "blend" | "sureness">,
): Fitted {
  return finished(
    blend,
    sureness,
    outcomes,
    outcomes.map((outcome) => judged(outcome, blend)),
  );
}

/**
 * Fits in slices, so that no one decision waits for all of it. Begins where an earlier fit stood.
 *
 * @param effort.rounds of Newton's method; from an earlier fit a few are enough
 * @param effort.telling so many of the latest outcomes are gone over in each
 */
export function* fitting(
  outcomes: readonly Outcome[],
  from: Pick<Fitted, "blend" | "sureness">,
  { rounds, telling } = { rounds: 2, telling: TELLING },
): Generator<undefined, Fitted, undefined> {
  let { blend, sureness } = from;
  let done = 0;
  const sliceEnds = (): boolean => (done += 1) % SLICE === 0;
  for (let round = 0; round < rounds; round += 1) {
    const step = new BlendStep(blend);
    for (const outcome of outcomes.slice(-telling)) {
      step.add(outcome);
      if (sliceEnds()) yield;
    }
    blend = step.taken();
  }
  const cases: Judged[] = [];
  for (const outcome of outcomes) {
    cases.push(judged(outcome, blend));
    if (sliceEnds()) yield;
  }
  for (let round = 0; round < rounds; round += 1) {
    const step = new SurenessStep(sureness);
    for (const each of cases.slice(-telling)) {
      step.add(each);
      if (sliceEnds()) yield;
    }
    sureness = step.taken();
  }
  return finished(blend, sureness, outcomes, cases);
}

function finished(
  blend: Blend,
  sureness: Sureness,
  outcomes: readonly Outcome[],
  cases: readonly Judged[] = [],
): Fitted {
  const familiarities = new Float32Array(outcomes.length);
  for (let at = 0; at < outcomes.length; at += 1) familiarities[at] = outcomes[at]!.familiarity;
  return {
    blend,
    sureness,
    heldOut: new HeldOutDecisions(
      cases.map(({ witnesses, right }) => ({ sureness: sureness.of(witnesses), right })),
    ),
    familiarities: familiarities.sort(),
  };
}
