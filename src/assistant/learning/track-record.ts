import { Blend, SIGNS } from "./blend.ts";
import { fittedTo, fitting, refitted, unfitted, type Fitted, type Outcome } from "./record-fit.ts";
import { chanceOf, indexOfLargest, Sureness, witnessesOf } from "./sureness.ts";

export type { Outcome } from "./record-fit.ts";

/** Only the latest count: the desk and the model change. */
const KEPT = 6000;
/** Outcomes between two fits, while few are known and later. */
const FIT_EVERY = { few: 16, many: 128 } as const;
const FEW = 400;
/** Outcomes that a threshold is taken from: early ones tell how little was known, not how much is. */
const LATER = 0.5;
/** Of all known mail, the share that is this unfamiliar when novelty is one half. */
const ODD_SHARE = 0.05;

/** What one held-out decision would have been given for a label. */
interface HeldOutChance {
  readonly chance: number;
  /** The label was the right one. */
  readonly right: boolean;
}

/** How far a record is with its fits; enough to go on from there. */
export interface Progress {
  /** Outcomes that came after those which the fit knows. */
  readonly behind: number;
  /** Outcomes since the next fit was begun; `null` where none is under way. */
  readonly begun: number | null;
  readonly blend: readonly number[];
  readonly sureness: readonly number[];
}

/** What is to be said of one prediction. */
export interface Verdict {
  readonly chances: Float64Array;
  /** Place of the best candidate. */
  readonly best: number;
  /** Calibrated chance that it is right. */
  readonly confidence: number;
  readonly expected: { readonly error: number; readonly decisions: number };
  readonly novelty: number;
}

/** Turns signs into chances, by what came true of earlier predictions. */
export class TrackRecord {
  #outcomes: Outcome[];
  #fitted: Fitted;
  #behind = 0;
  /** By label, of the fit that is in use. */
  #heldOutFor = new Map<number, readonly HeldOutChance[]>();
  #begun: { readonly work: ReturnType<typeof fitting>; since: number } | null = null;

  /** Fitted to outcomes, oldest first. */
  constructor(outcomes: readonly Outcome[] = []) {
    this.#outcomes = outcomes.slice(-KEPT);
    this.#fitted = outcomes.length === 0 ? unfitted() : fittedTo(this.#outcomes);
  }

  /** As it was, so that it goes on as it would have gone on. */
  static restore(outcomes: readonly Outcome[], { behind, begun, blend, sureness }: Progress): TrackRecord {
    const record = new TrackRecord();
    record.#outcomes = [...outcomes];
    record.#behind = behind;
    record.#fitted = refitted(record.#upTo(behind), {
      blend: new Blend(blend),
      sureness: new Sureness(sureness),
    });
    if (begun === null) return record;
    record.#begun = { work: fitting(record.#upTo(begun), record.#fitted), since: begun };
    for (let slice = 0; slice <= begun; slice += 1) record.#begun.work.next();
    return record;
  }

  /** Oldest first. */
  get outcomes(): readonly Outcome[] {
    return this.#outcomes;
  }

  get progress(): Progress {
    const { blend, sureness } = this.#fitted;
    return {
      behind: this.#behind,
      begun: this.#begun?.since ?? null,
      blend: blend.weights,
      sureness: sureness.weights,
    };
  }

  /** Notes what came true; a fit goes on by one slice, so that no single decision has to wait for the whole of it. */
  add(outcome: Outcome): void {
    this.#outcomes.push(outcome);
    if (this.#outcomes.length > KEPT + 4 * FIT_EVERY.many)
      this.#outcomes = this.#outcomes.slice(-KEPT - 2 * FIT_EVERY.many);
    this.#behind += 1;
    if (this.#begun) this.#begun.since += 1;
    else if (this.#behind >= (this.#outcomes.length < FEW ? FIT_EVERY.few : FIT_EVERY.many))
      this.#begun = { work: fitting(this.#upTo(0), this.#fitted), since: 0 };
    const state = this.#begun?.work.next();
    if (!this.#begun || !state?.done) return;
    this.#fitted = state.value;
    this.#heldOutFor = new Map();
    this.#behind = this.#begun.since;
    this.#begun = null;
  }

  /** The candidates' chances and the place of the best one. */
  chances(signs: Float32Array): Pick<Verdict, "chances" | "best"> {
    const chances = this.#fitted.blend.chances(signs);
    return { chances, best: indexOfLargest(chances) };
  }

  judge(signs: Float32Array, familiarity: number): Verdict {
    const { sureness, heldOut } = this.#fitted;
    const { chances, best } = this.chances(signs);
    const odds = sureness.of(witnessesOf(signs, chances, best, familiarity));
    return {
      chances,
      best,
      confidence: chanceOf(odds),
      expected: heldOut.expectedError(odds),
      novelty: this.#novelty(familiarity),
    };
  }

  /**
   * What the later held-out decisions of a field of two labels would have been given for one of them, and whether it was
   * right. As fresh as the last fit.
   */
  heldOutFor(label: number): readonly HeldOutChance[] {
    const known = this.#heldOutFor.get(label);
    if (known !== undefined) return known;
    const told = this.#upTo(this.#behind);
    const found = told.slice(Math.floor(told.length * (1 - LATER))).flatMap((outcome) => {
      if (outcome.right < 0 || outcome.label < 0) return [];
      const chance = this.#fitted.blend.chances(outcome.signs)[outcome.right]!;
      // With two labels the other one has what is left.
      const right = outcome.label === label;
      return [{ chance: right ? chance : 1 - chance, right }];
    });
    this.#heldOutFor.set(label, found);
    return found;
  }

  /** 0 to 1; one half where a twentieth of all known mail was as unfamiliar. */
  #novelty(familiarity: number): number {
    const known = this.#fitted.familiarities;
    if (known.length === 0) return familiarity < 0.5 ? 0.5 : 0;
    let [below, above] = [0, known.length];
    while (below < above) {
      const middle = (below + above) >> 1;
      if (known[middle]! <= familiarity) below = middle + 1;
      else above = middle;
    }
    const share = (below + 0.5) / (known.length + 1);
    return 1 / (1 + (share / ODD_SHARE) ** 2);
  }

  /** The latest outcomes but for the last few. */
  #upTo(but: number): readonly Outcome[] {
    const end = this.#outcomes.length - but;
    return this.#outcomes.slice(Math.max(0, end - KEPT), end);
  }
}

/** Numbers that an outcome is, beside its signs. */
const FACTS = 4;

/** Outcomes as arrays of numbers: candidates, right ones, familiarities and labels; all signs. */
export function outcomesAsNumbers(outcomes: readonly Outcome[]): readonly [Float32Array, Float32Array] {
  const facts = new Float32Array(FACTS * outcomes.length);
  const signs = new Float32Array(outcomes.reduce((sum, outcome) => sum + outcome.signs.length, 0));
  let from = 0;
  outcomes.forEach((outcome, at) => {
    const { right, familiarity, label } = outcome;
    facts.set([outcome.signs.length / SIGNS.length, right, familiarity, label], FACTS * at);
    signs.set(outcome.signs, from);
    from += outcome.signs.length;
  });
  return [facts, signs];
}

export function outcomesOf(facts: Float32Array, signs: Float32Array): Outcome[] {
  const outcomes: Outcome[] = [];
  let from = 0;
  for (let at = 0; at + FACTS <= facts.length; at += FACTS) {
    const to = from + facts[at]! * SIGNS.length;
    outcomes.push({
      signs: signs.slice(from, to),
      right: facts[at + 1]!,
      familiarity: facts[at + 2]!,
      label: facts[at + 3]!,
    });
    from = to;
  }
  return outcomes;
}
