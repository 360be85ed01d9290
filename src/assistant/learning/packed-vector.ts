import type { SparseVector } from "./sparse-vector.ts";

/** Bits of a code that hold the index; the upper 14 hold the value, signed, as a share of the largest. */
const INDEX_BITS = 18;
const MOST_BUCKETS = 1 << INDEX_BITS;
export const INDEX_MASK = MOST_BUCKETS - 1;
const LARGEST = 8191;

/** A sparse vector in four bytes a feature: thousands of examples are kept to be gone over again. */
export interface PackedVector {
  readonly codes: Int32Array;
  /** What one step of a code's value stands for. */
  readonly scale: number;
}

export function packVector({ indices, values }: SparseVector): PackedVector {
  let largest = 0;
  for (let at = 0; at < values.length; at += 1) {
    const size = Math.abs(values[at]!);
    if (size > largest) largest = size;
  }
  const scale = Math.fround(largest === 0 ? 1 : largest / LARGEST);
  const codes = new Int32Array(indices.length);
  for (let at = 0; at < indices.length; at += 1)
    codes[at] = (roundedSteps(values[at]! / scale) << INDEX_BITS) | (indices[at]! & INDEX_MASK);
  return { codes, scale };
}

/** `Math.round` of what 14 bits hold, in a quarter of its time: each example of each mail is packed for each field. */
function roundedSteps(value: number): number {
  const half = value + 0.5;
  const whole = half | 0;
  return whole > half ? whole - 1 : whole;
}

/** The value of one code in steps of the scale. */
export const stepsOf = (code: number): number => code >> INDEX_BITS;
