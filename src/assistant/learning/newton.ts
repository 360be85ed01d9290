/**
 * Slope and bend of a loss, added up over many cases, and one step of Newton's method down it. A ridge draws the weights
 * towards what is believed beforehand.
 */
export class NewtonStep {
  readonly width: number;
  readonly slope: Float64Array;
  /** `[row, column]`, filled where the column is at most the row. */
  readonly bend: Float64Array;
  readonly #weights: readonly number[];

  constructor(weights: readonly number[], belief: readonly number[], strength: readonly number[]) {
    this.#weights = weights;
    this.width = weights.length;
    this.slope = Float64Array.from(weights, (weight, at) => strength[at]! * (weight - belief[at]!));
    this.bend = new Float64Array(this.width * this.width);
    for (let at = 0; at < this.width; at += 1) this.bend[at * this.width + at] = strength[at]!;
  }

  /** The weights after the step, none of them further off than `most`. */
  taken(most: number): readonly number[] {
    const { width, bend } = this;
    const rows = Array.from({ length: width }, (_, row) => [
      ...Array.from({ length: width }, (_, column) =>
        row >= column ? bend[row * width + column]! : bend[column * width + row]!,
      ),
      this.slope[row]!,
    ]);
    const step = solved(rows);
    return this.#weights.map((weight, at) => weight - Math.max(-most, Math.min(most, step[at]!)));
  }
}

/** Solves a small symmetric, positive system by elimination; the last column is what it equals. Changes the rows. */
function solved(rows: number[][]): readonly number[] {
  for (let pivot = 0; pivot < rows.length; pivot += 1)
    for (let row = 0; row < rows.length; row += 1) {
      if (row === pivot) continue;
      const factor = rows[row]![pivot]! / rows[pivot]![pivot]!;
      for (let column = pivot; column <= rows.length; column += 1)
        rows[row]![column]! -= factor * rows[pivot]![column]!;
    }
  return rows.map((row, at) => row[rows.length]! / row[at]!);
}
