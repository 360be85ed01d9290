import { errorBound } from "./error-bound.ts";

/** Below so many decisions nothing is said about the error. */
const FEWEST = 20;
/** Only the latest count: the desk and the model change. */
const KEPT = 6000;
/** The bound is worked out at so many places of the sureness, no more. */
const STEPS = 60;

/** A decision that the model had not learned from when it was asked. */
interface HeldOut {
  /** How sure the model was, on its own scale. */
  readonly sureness: number;
  readonly right: boolean;
}

interface Curve {
  readonly slope: number;
  readonly offset: number;
}

interface Step {
  readonly sureness: number;
  readonly bound: number;
  readonly decisions: number;
}

/** From sureness to log-odds where nothing is known yet. */
const BELIEF: Curve = { slope: 2, offset: -0.5 };

/** What came true of earlier predictions: turns sureness into a chance, and bounds the error. */
export class HeldOutDecisions {
  readonly #kept: readonly HeldOut[];
  readonly #steps: readonly Step[];
  #curve: Curve | null = null;

  constructor(kept: readonly HeldOut[]) {
    this.#kept = kept.slice(-KEPT);
    this.#steps = stepsOf(this.#kept);
  }

  /** The chance of being right, 0 to 1, by a logistic curve (Platt) with a weak belief of our own in front of it. */
  confidence(sureness: number): number {
    this.#curve ??= fittedCurve(this.#kept, BELIEF);
    const { slope, offset } = this.#curve;
    return 1 / (1 + Math.exp(-(slope * sureness + offset)));
  }

  /** The lowest bound that holds for decisions at most as sure as this one: who is surer is not less often right. */
  expectedError(sureness: number): { readonly error: number; readonly decisions: number } {
    let best = { error: 1, decisions: 0 };
    for (const step of this.#steps) {
      if (step.sureness > sureness) break;
      if (step.bound < best.error) best = { error: step.bound, decisions: step.decisions };
    }
    return best;
  }
}

/** Bounds of the error among all decisions at least as sure, from the least sure on. */
function stepsOf(kept: readonly HeldOut[]): readonly Step[] {
  // Loops: `from` takes ten times as long for thousands, and one decision waits for it.
  const all = new Float64Array(kept.length);
  const among = new Float64Array(kept.length);
  let errors = 0;
  for (let at = 0; at < kept.length; at += 1) {
    const { sureness, right } = kept[at]!;
    all[at] = sureness;
    if (right) continue;
    among[errors] = sureness;
    errors += 1;
  }
  all.sort();
  const wrong = among.subarray(0, errors).sort();
  const every = Math.max(1, Math.floor(all.length / STEPS));
  const steps: Step[] = [];
  let [next, lessSureErrors] = [0, 0];
  for (let at = 0; at <= all.length - FEWEST; at += 1) {
    const sureness = all[at]!;
    // Equally sure ones stand or fall together: a step in their midst would leave some of their errors out.
    if (at < next || all[at - 1] === sureness) continue;
    while (lessSureErrors < wrong.length && wrong[lessSureErrors]! < sureness) lessSureErrors += 1;
    const decisions = all.length - at;
    steps.push({ sureness, bound: errorBound(wrong.length - lessSureErrors, decisions), decisions });
    next = at + every;
  }
  return steps;
}

/** Slope and offset of the logistic curve by Newton's method, drawn towards the belief where little is known. */
function fittedCurve(kept: readonly HeldOut[], belief: Curve): Curve {
  const strength = 2;
  let { slope, offset } = belief;
  for (let round = 0; round < 30; round += 1) {
    let gradSlope = strength * (slope - belief.slope);
    let gradOffset = strength * (offset - belief.offset);
    let [hessSlope, hessBoth, hessOffset] = [strength, 0, strength];
    for (const { sureness, right } of kept) {
      const chance = 1 / (1 + Math.exp(-(slope * sureness + offset)));
      const off = chance - (right ? 1 : 0);
      const spread = chance * (1 - chance);
      gradSlope += off * sureness;
      gradOffset += off;
      hessSlope += spread * sureness * sureness;
      hessBoth += spread * sureness;
      hessOffset += spread;
    }
    const determinant = hessSlope * hessOffset - hessBoth * hessBoth;
    const bySlope = (hessOffset * gradSlope - hessBoth * gradOffset) / determinant;
    const byOffset = (hessSlope * gradOffset - hessBoth * gradSlope) / determinant;
    // A whole step leaps too far where the model was surer than right: the curve is flat there.
    const share = Math.min(1, 0.5 / Math.max(Math.abs(bySlope), Math.abs(byOffset), 1e-9));
    slope -= share * bySlope;
    offset -= share * byOffset;
  }
  return { slope: Math.max(0, slope), offset };
}
