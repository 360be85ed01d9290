import { SIGNS, type Blend } from "./blend.ts";
import { NewtonStep } from "./newton.ts";

const WIDTH = SIGNS.length;

/** The log-odds of the best candidate's chance, what speaks for it by itself, and how familiar the example is. */
const WITNESSES = ["certain", "log-odds", "separator", "vote", "nearest", "familiarity"] as const;

/** Before anything was tried: as sure as the chance says, and somewhat less. */
const BELIEF = [-0.3, 1, 0, 0, 0, 0];
/** Outcomes that a weight needs to leave its belief; few outcomes would be learned by heart. */
const STRENGTH = [2, 10, 10, 10, 10, 10];

/** What came of one prediction, as a case for learning how sure one may be. */
export interface Judged {
  readonly witnesses: Float64Array;
  readonly right: boolean;
}

/**
 * How sure a prediction is, as log-odds of its being right (logistic regression). The chances of the candidates say which is
 * best; that a near-duplicate was decided so, or that the example is like nothing known, says more about whether it is right.
 */
export class Sureness {
  readonly weights: readonly number[];

  constructor(weights: readonly number[] = BELIEF) {
    this.weights = weights;
  }

  of(witnesses: Float64Array): number {
    let sum = 0;
    for (let at = 0; at < WITNESSES.length; at += 1) sum += this.weights[at]! * witnesses[at]!;
    return sum;
  }
}

/** What there is to say about the best candidate. */
export function witnessesOf(
  signs: Float32Array,
  chances: Float64Array,
  best: number,
  familiarity: number,
): Float64Array {
  const from = best * WIDTH;
  return Float64Array.of(
    1,
    logOdds(chances[best] ?? 0),
    Math.max(-2, Math.min(2, signs[from] ?? 0)),
    signs[from + 1] ?? 0,
    signs[from + 2] ?? 0,
    familiarity,
  );
}

/** The best candidate by a blend, with its witnesses, and whether it was right. */
export function judged(
  { signs, right, familiarity }: { signs: Float32Array; right: number; familiarity: number },
  blend: Blend,
): Judged {
  const chances = blend.chances(signs);
  const best = indexOfLargest(chances);
  return { witnesses: witnessesOf(signs, chances, best, familiarity), right: best === right };
}

/** A step of Newton's method towards the sureness under which what came true was likeliest. */
export class SurenessStep {
  readonly #sureness: Sureness;
  readonly #step: NewtonStep;

  constructor(sureness: Sureness) {
    this.#sureness = sureness;
    this.#step = new NewtonStep(sureness.weights, BELIEF, STRENGTH);
  }

  add({ witnesses, right }: Judged): void {
    const { slope, bend, width } = this.#step;
    const chance = chanceOf(this.#sureness.of(witnesses));
    const off = chance - (right ? 1 : 0);
    const spread = chance * (1 - chance);
    for (let row = 0; row < width; row += 1) {
      const own = witnesses[row]!;
      slope[row]! += off * own;
      for (let column = 0; column <= row; column += 1)
        bend[row * width + column]! += spread * own * witnesses[column]!;
    }
  }

  taken(): Sureness {
    return new Sureness(this.#step.taken(1));
  }
}

export const chanceOf = (odds: number): number => 1 / (1 + Math.exp(-odds));

const logOdds = (chance: number): number => {
  const inside = Math.min(1 - 1e-5, Math.max(1e-5, chance));
  return Math.log(inside / (1 - inside));
};

export function indexOfLargest(values: Float64Array): number {
  let best = 0;
  for (let at = 1; at < values.length; at += 1) if (values[at]! > values[best]!) best = at;
  return best;
}
