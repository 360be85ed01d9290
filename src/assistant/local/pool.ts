import type { Prediction } from "../learning/example.ts";

/** One answer with its chance, 0 to 1. */
export interface Chance {
  readonly value: string;
  readonly chance: number;
}

/** How much of the word a model has beside the rule table. */
export interface Trust {
  /** Its share before anybody has decided anything: what the starter set alone is worth. */
  readonly atStart: number;
  /** So many decisions weigh as much as that first opinion of it. */
  readonly decisions: number;
  /** How much surer the starter set is than a model without decisions says: its chances are raised to this power; 1 where left out. */
  readonly sharpness?: number;
  /** False: the mean of table and model is as sure as it may be, and needs no correction. */
  readonly modest?: boolean;
}

/** The model's share after so many decisions of the desk's people: it grows towards the whole. */
export function shareOf(trust: Trust, decisions: number): number {
  return (trust.atStart * trust.decisions + decisions) / (trust.decisions + decisions);
}

/** After so many decisions half of the correction is gone: a model then knows by itself how sure it may be. */
const OWN_WORD = 10;

/**
 * A model's answers before it has been told how often it is right. It is modest then: on mails that the starter set had not
 * seen, 0.3 for a category was right four times in five. Raised to a power they are as often right as they say; each
 * decision brings the power nearer to 1.
 */
export function sharpened(prediction: Prediction, trust: Trust, decisions: number): readonly Chance[] {
  const { label, confidence, alternatives } = prediction;
  const named = [{ label, confidence }, ...alternatives];
  const power = 1 + (((trust.sharpness ?? 1) - 1) * OWN_WORD) / (OWN_WORD + decisions);
  const left = Math.max(0, 1 - named.reduce((sum, one) => sum + one.confidence, 0));
  // What is left is shared by labels that are not named, none of them likelier than the last one that is.
  const last = Math.max(1e-6, named.at(-1)?.confidence ?? 0);
  const others = left === 0 ? 0 : Math.max(1, left / last);
  const raised = named.map((one) => one.confidence ** power);
  const sum =
    raised.reduce((total, one) => total + one, 0) + (others === 0 ? 0 : others * (left / others) ** power);
  return named.map((one, at) => ({ value: one.label, chance: sum === 0 ? 0 : (raised[at] ?? 0) / sum }));
}

/**
 * A mean of two opinions is too modest where they agree. This corrects most of that, and fades as the model's own,
 * calibrated word becomes the whole.
 */
export function corrected(mean: number, trust: Trust, decisions: number): number {
  if (mean <= 0 || mean >= 1 || trust.atStart === 0 || trust.modest === false) return mean;
  const part = trust.decisions / (trust.decisions + decisions);
  const odds = Math.log(mean / (1 - mean));
  return 1 / (1 + Math.exp(-(0.6 * part + (1 + 0.6 * part) * odds)));
}

/**
 * The table's answers and the model's as one list, best first: each answer's chance is the mean of both, by the model's
 * share. Where the share is 1 the model's calibrated confidence is left as it is.
 *
 * @param share 0 to 1
 * @param allowed answers of the model that this desk can use; others are left out
 */
export function pooled(
  table: readonly Chance[],
  model: readonly Chance[],
  share: number,
  allowed: (value: string) => boolean,
): readonly Chance[] {
  const chances = new Map<string, number>();
  const add = (value: string, chance: number): void => {
    chances.set(value, (chances.get(value) ?? 0) + chance);
  };
  for (const { value, chance } of table) add(value, chance * (1 - share));
  for (const { value, chance } of model) {
    if (allowed(value)) add(value, chance * share);
  }
  return [...chances]
    .map(([value, chance]) => ({ value, chance }))
    .sort((left, right) => right.chance - left.chance);
}
