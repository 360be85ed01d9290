/** What speaks for one label of one example. */
export const SIGNS = ["separator", "vote", "nearest", "prior"] as const;
const WIDTH = SIGNS.length;

/** The labels that came into question for one example, with their signs, and which of them was right. */
export interface Trial {
  /** `[candidate, sign]`. */
  readonly signs: Float32Array;
  /** Place of the right label among the candidates, -1 where it was none of them. */
  readonly right: number;
}

/** Where nothing was tried yet: what was good on other desks' tickets. */
const BELIEF = [2.5, 1.5, 0.5, 0.1];
const STRENGTH = 3;

/** Weights of the signs by which candidates become chances (a conditional logit model). */
export class Blend {
  readonly weights: readonly number[];

  constructor(weights: readonly number[] = BELIEF) {
    this.weights = weights;
  }

  /** The chance of each candidate, as a share of 1. */
  chances(signs: Float32Array): Float64Array {
    const count = signs.length / WIDTH;
    const chances = new Float64Array(count);
    let largest = -Infinity;
    for (let each = 0; each < count; each += 1) {
      let sum = 0;
      for (let sign = 0; sign < WIDTH; sign += 1) sum += this.weights[sign]! * signs[each * WIDTH + sign]!;
      chances[each] = sum;
      largest = Math.max(largest, sum);
    }
    let total = 0;
    for (let each = 0; each < count; each += 1) {
      chances[each] = Math.exp(chances[each]! - largest);
      total += chances[each]!;
    }
    return chances.map((chance) => chance / total);
  }

  /** Fitted to trials by Newton's method, drawn towards what is believed beforehand. */
  static fitted(trials: readonly Trial[]): Blend {
    let blend = new Blend();
    const told = trials.filter(({ right, signs }) => right >= 0 && signs.length > WIDTH);
    for (let round = 0; round < 5; round += 1) blend = new Blend(stepped(blend, told));
    return blend;
  }
}

function stepped(blend: Blend, trials: readonly Trial[]): readonly number[] {
  const slope = blend.weights.map((weight, sign) => STRENGTH * (weight - BELIEF[sign]!));
  const bend = blend.weights.map((_, row) =>
    blend.weights.map((_, column) => (row === column ? STRENGTH : 0)),
  );
  const mean = new Float64Array(WIDTH);
  for (const { signs, right } of trials) {
    const chances = blend.chances(signs);
    mean.fill(0);
    for (let each = 0; each < chances.length; each += 1)
      for (let sign = 0; sign < WIDTH; sign += 1) mean[sign]! += chances[each]! * signs[each * WIDTH + sign]!;
    for (let row = 0; row < WIDTH; row += 1) {
      slope[row]! += mean[row]! - signs[right * WIDTH + row]!;
      for (let column = 0; column <= row; column += 1) {
        let spread = 0;
        for (let each = 0; each < chances.length; each += 1)
          spread += chances[each]! * signs[each * WIDTH + row]! * signs[each * WIDTH + column]!;
        bend[row]![column]! += spread - mean[row]! * mean[column]!;
      }
    }
  }
  for (let row = 0; row < WIDTH; row += 1)
    for (let column = row + 1; column < WIDTH; column += 1) bend[row]![column] = bend[column]![row]!;
  const step = solved(bend, slope);
  return blend.weights.map((weight, sign) => weight - Math.max(-2, Math.min(2, step[sign]!)));
}

/** Solves a small symmetric, positive system by elimination. */
function solved(matrix: readonly number[][], target: readonly number[]): readonly number[] {
  const rows = matrix.map((row, at) => [...row, target[at]!]);
  for (let pivot = 0; pivot < rows.length; pivot += 1)
    for (let row = 0; row < rows.length; row += 1) {
      if (row === pivot) continue;
      const factor = rows[row]![pivot]! / rows[pivot]![pivot]!;
      for (let column = pivot; column <= rows.length; column += 1)
        rows[row]![column]! -= factor * rows[pivot]![column]!;
    }
  return rows.map((row, at) => row[rows.length]! / row[at]!);
}
