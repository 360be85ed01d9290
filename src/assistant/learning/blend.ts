import { NewtonStep } from "./newton.ts";

/** What speaks for one label of one example. */
export const SIGNS = ["separator", "vote", "nearest", "prior", "making", "lately"] as const;
const WIDTH = SIGNS.length;

/** The labels that came into question for one example, with their signs, and which of them was right. */
export interface Trial {
  /** `[candidate, sign]`. */
  readonly signs: Float32Array;
  /** Place of the right label among the candidates, -1 where it was none of them. */
  readonly right: number;
}

/** Where nothing was tried yet: what was good on other desks' tickets. */
const BELIEF = [2.5, 1.5, 0.5, 0.1, 1.5, 0.7];
const STRENGTH = [3, 3, 3, 3, 3, 3];

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
      if (sum > largest) largest = sum;
    }
    let total = 0;
    for (let each = 0; each < count; each += 1) {
      const chance = Math.exp(chances[each]! - largest);
      chances[each] = chance;
      total += chance;
    }
    for (let each = 0; each < count; each += 1) chances[each]! /= total;
    return chances;
  }
}

/** A step of Newton's method towards the blend that gives the right candidates the best chances. */
export class BlendStep {
  readonly #blend: Blend;
  readonly #step: NewtonStep;
  readonly #mean = new Float64Array(WIDTH);

  constructor(blend: Blend) {
    this.#blend = blend;
    this.#step = new NewtonStep(blend.weights, BELIEF, STRENGTH);
  }

  /** One candidate alone, or a right label that was none of them, tells nothing. */
  add({ signs, right }: Trial): void {
    if (right < 0 || signs.length <= WIDTH) return;
    const { slope, bend } = this.#step;
    const chances = this.#blend.chances(signs);
    const mean = this.#mean.fill(0);
    for (let each = 0; each < chances.length; each += 1) {
      const chance = chances[each]!;
      const from = each * WIDTH;
      for (let row = 0; row < WIDTH; row += 1) {
        const part = chance * signs[from + row]!;
        mean[row]! += part;
        for (let column = 0; column <= row; column += 1)
          bend[row * WIDTH + column]! += part * signs[from + column]!;
      }
    }
    for (let row = 0; row < WIDTH; row += 1) {
      slope[row]! += mean[row]! - signs[right * WIDTH + row]!;
      for (let column = 0; column <= row; column += 1)
        bend[row * WIDTH + column]! -= mean[row]! * mean[column]!;
    }
  }

  taken(): Blend {
    return new Blend(this.#step.taken(2));
  }
}
