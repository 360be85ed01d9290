/** What held-out messages scored in each view, and what they were. */
export interface HeldOutScore {
  readonly scores: readonly number[];
  readonly spam: boolean;
}

/** Turns the scores of the views into one chance, 0 to 1. */
export type ChanceCurve = (scores: readonly number[]) => number;

const ROUNDS = 40;
/** How each view is believed in before anything was held out, and how strongly. */
const FIRST_SLOPE = 2;
const STRENGTH = 0.1;

/**
 * A logistic curve through held-out scores (Platt, 1999), with a slope for each view, by Newton's method: it weighs the
 * views and makes a chance of them in one. A weak belief of our own stands in front of it, so that a few perfect answers
 * do not make it certain.
 */
export function fittedChance(heldOut: readonly HeldOutScore[], views: number): ChanceCurve {
  // The last one is the offset, its input always 1.
  const inputs = heldOut.map(({ scores, spam }) => ({ x: [...scores, 1], spam }));
  const first = [...Array.from({ length: views }, () => FIRST_SLOPE), 0];
  let curve = first.slice();
  for (let round = 0; round < ROUNDS; round += 1) {
    const gradient = curve.map((value, at) => STRENGTH * (value - first[at]!));
    const hessian = curve.map((_, row) => curve.map((__, column) => (row === column ? STRENGTH : 0)));
    for (const { x, spam } of inputs) {
      const chance = logistic(dot(curve, x));
      const off = chance - (spam ? 1 : 0);
      const spread = Math.max(1e-6, chance * (1 - chance));
      for (let row = 0; row < x.length; row += 1) {
        gradient[row]! += off * x[row]!;
        for (let column = 0; column < x.length; column += 1)
          hessian[row]![column]! += spread * x[row]! * x[column]!;
      }
    }
    const step = solved(hessian, gradient);
    // A step no longer than 2, since far from the solution Newton's leaps lead away from it.
    const length = Math.hypot(...step);
    const part = length > 2 ? 2 / length : 1;
    curve = curve.map((value, at) => value - part * step[at]!);
    if (length < 1e-6) break;
  }
  // More evidence in one view never makes it less likely.
  const rising = curve.map((value, at) => (at < views ? Math.max(0.01, value) : value));
  return (scores) => logistic(dot(rising, [...scores, 1]));
}

const logistic = (value: number): number => 1 / (1 + Math.exp(-value));

const dot = (left: readonly number[], right: readonly number[]): number =>
  left.reduce((sum, value, at) => sum + value * right[at]!, 0);

/** Gaussian elimination of a symmetric, positive definite system of a few rows. */
function solved(matrix: readonly (readonly number[])[], right: readonly number[]): readonly number[] {
  const rows = matrix.map((row, at) => [...row, right[at]!]);
  for (let pivot = 0; pivot < rows.length; pivot += 1) {
    for (let row = 0; row < rows.length; row += 1) {
      if (row === pivot) continue;
      const factor = rows[row]![pivot]! / rows[pivot]![pivot]!;
      for (let at = pivot; at <= rows.length; at += 1) rows[row]![at]! -= factor * rows[pivot]![at]!;
    }
  }
  return rows.map((row, at) => row[rows.length]! / row[at]!);
}
