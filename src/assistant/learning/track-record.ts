import { Blend, SIGNS, type Trial } from "./blend.ts";
import { HeldOutDecisions, type HeldOut } from "./held-out.ts";

/** What came true of one prediction that was made before its decision was learned. */
export interface Outcome extends Trial {
  /** How like what was known the example was. */
  readonly familiarity: number;
}

/** Only the latest count: the desk and the model change. */
const KEPT = 6000;
/** Outcomes between two fits, while few are known and later: fits cost some milliseconds. */
const FIT_EVERY = { few: 16, many: 128 } as const;
const FEW = 400;
/** Of all known mail, the share that is this unfamiliar when novelty is one half. */
const ODD_SHARE = 0.05;

/** Turns signs into chances, by what came true of earlier predictions. */
export class TrackRecord {
  #outcomes: Outcome[];
  #blend = new Blend();
  #heldOut = new HeldOutDecisions([], { slope: 1, offset: -0.3 });
  #familiarities = new Float32Array();
  #unfitted = 0;

  /** @param unfitted how many of the latest were added since the last fit */
  constructor(outcomes: readonly Outcome[] = [], unfitted = 0) {
    this.#outcomes = [...outcomes];
    if (outcomes.length > unfitted) this.#fit(outcomes.slice(0, outcomes.length - unfitted));
    this.#unfitted = unfitted;
  }

  /** Outcomes, oldest first, and how many of them the fit does not know yet. */
  get state(): { readonly outcomes: readonly Outcome[]; readonly unfitted: number } {
    return { outcomes: this.#outcomes, unfitted: this.#unfitted };
  }

  add(outcome: Outcome): void {
    this.#outcomes.push(outcome);
    if (this.#outcomes.length > KEPT + FIT_EVERY.many) this.#outcomes = this.#outcomes.slice(-KEPT);
    this.#unfitted += 1;
    if (this.#unfitted >= (this.#outcomes.length < FEW ? FIT_EVERY.few : FIT_EVERY.many)) {
      this.#fit(this.#outcomes);
      this.#unfitted = 0;
    }
  }

  chances(signs: Float32Array): Float64Array {
    return this.#blend.chances(signs);
  }

  confidence(chance: number): number {
    return this.#heldOut.confidence(logOdds(chance));
  }

  expectedError(chance: number): { readonly error: number; readonly decisions: number } {
    return this.#heldOut.expectedError(logOdds(chance));
  }

  /** 0 to 1; one half where a twentieth of all known mail was as unfamiliar. */
  novelty(familiarity: number): number {
    const known = this.#familiarities;
    if (known.length === 0) return familiarity < 0.5 ? 0.5 : 0;
    let below = 0;
    while (below < known.length && known[below]! <= familiarity) below += 1;
    const share = (below + 0.5) / (known.length + 1);
    return 1 / (1 + (share / ODD_SHARE) ** 2);
  }

  #fit(outcomes: readonly Outcome[]): void {
    this.#blend = Blend.fitted(outcomes);
    this.#heldOut = new HeldOutDecisions(
      outcomes.map((outcome) => judged(outcome, this.#blend)),
      { slope: 1, offset: -0.3 },
    );
    this.#familiarities = Float32Array.from(outcomes, ({ familiarity }) => familiarity).sort();
  }
}

function judged({ signs, right }: Outcome, blend: Blend): HeldOut {
  const chances = blend.chances(signs);
  const best = indexOfLargest(chances);
  return { sureness: logOdds(chances[best] ?? 0), right: best === right };
}

export function indexOfLargest(values: Float64Array): number {
  let best = 0;
  for (let at = 1; at < values.length; at += 1) if (values[at]! > values[best]!) best = at;
  return best;
}

const logOdds = (chance: number): number => {
  const inside = Math.min(1 - 1e-5, Math.max(1e-5, chance));
  return Math.log(inside / (1 - inside));
};

/** Outcomes as arrays of numbers: candidates, right ones and familiarities; all signs. */
export function outcomesAsNumbers(outcomes: readonly Outcome[]): readonly [Float32Array, Float32Array] {
  const facts = new Float32Array(3 * outcomes.length);
  const signs = new Float32Array(outcomes.reduce((sum, outcome) => sum + outcome.signs.length, 0));
  let from = 0;
  outcomes.forEach((outcome, at) => {
    facts.set([outcome.signs.length / SIGNS.length, outcome.right, outcome.familiarity], 3 * at);
    signs.set(outcome.signs, from);
    from += outcome.signs.length;
  });
  return [facts, signs];
}

export function outcomesOf(facts: Float32Array, signs: Float32Array): Outcome[] {
  const outcomes: Outcome[] = [];
  let from = 0;
  for (let at = 0; at + 2 < facts.length; at += 3) {
    const to = from + facts[at]! * SIGNS.length;
    outcomes.push({ signs: signs.slice(from, to), right: facts[at + 1]!, familiarity: facts[at + 2]! });
    from = to;
  }
  return outcomes;
}
