/**
 * How a rule table's score becomes a confidence. A score is the sum of the weights of different phrases: an ordinary
 * word 2, one in the subject 3, a product's name 3 to 4.5.
 *
 * | best rule | next rule | confidence |
 * | --- | --- | --- |
 * | none | | 0.20, category `general` |
 * | 2 (one ordinary word) | 0 | 0.50 |
 * | 4.5 (one name in the subject) | 0 | 0.65 |
 * | 4.5 | 4.5 | 0.40 |
 * | 10 | 0 | 0.78 |
 * | 10 | 6 | 0.59 |
 * | 20 or more | 0 | 0.85, the cap |
 *
 * The cap is what words alone can know. More needs a desk's own decisions, and is for a calibrated engine to say.
 */
export const CAP = 0.85;
export const NOTHING_MATCHED = 0.2;

export function confidenceOf(best: number, next: number): number {
  if (best <= 0) return NOTHING_MATCHED;
  const amount = best / (best + 3);
  const margin = Math.max(0, best - Math.max(0, next)) / best;
  return rounded(Math.min(CAP, NOTHING_MATCHED + 0.75 * amount * (0.45 + 0.55 * margin)));
}

export function rounded(confidence: number): number {
  return Math.round(confidence * 100) / 100;
}
