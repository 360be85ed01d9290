import { packed, unpacked } from "./packed.ts";
import { SeededRandom } from "./seeded-random.ts";
import type { SparseVector } from "./sparse-vector.ts";

export interface LinearOptions {
  /** Indices of vectors are below this; a power of two. */
  readonly buckets?: number;
  /** How much a wrong side costs against large weights (the C of a support vector machine). */
  readonly cost?: number;
  /** 0: every example counts alike; 1: every label counts alike, however rare. */
  readonly balance?: number;
  /** Passes over all examples in `fit`. */
  readonly passes?: number;
  /** Earlier examples gone over with each `update`. */
  readonly replay?: number;
  /** The oldest examples are forgotten beyond so many. */
  readonly capacity?: number;
}

export interface LabelledVector {
  readonly vector: SparseVector;
  readonly label: string;
  /** 1 where not given. */
  readonly weight?: number;
}

const KIND = "linear-model-1";

interface Row {
  readonly vector: SparseVector;
  /** Squared length and 1 for the bias. */
  readonly square: number;
  readonly label: number;
  readonly weight: number;
  /** How much each label's separator leans on this example; never negative. */
  alphas: Float32Array;
}

/**
 * One linear separator for each label, all over the same sparse vectors: a support vector machine with squared hinge,
 * solved in its dual, example by example (Hsieh et al., 2008). Each example keeps its dual variables, so that an update
 * goes on where the solution stood, tends to the same separators as learning everything anew, and can be taken back
 * exactly.
 */
export class LinearModel {
  readonly #options: Required<LinearOptions>;
  readonly #labels: string[] = [];
  readonly #counts: number[] = [];
  readonly #rows: Row[] = [];
  #random = new SeededRandom(1);
  /** Places kept for labels in each row of weights. */
  #stride = 4;
  /** [bucket, label], the bias in one more row after the last bucket. */
  #weights: Float32Array;

  private constructor(options: LinearOptions) {
    this.#options = {
      buckets: 65_536,
      cost: 1,
      balance: 0.25,
      passes: 20,
      replay: 8,
      capacity: 12_000,
      ...options,
    };
    this.#weights = new Float32Array((this.#options.buckets + 1) * this.#stride);
  }

  static create(options: LinearOptions = {}): LinearModel {
    return new LinearModel(options);
  }

  /** @throws Error on bytes that are no model of this version */
  static restore(bytes: Uint8Array): LinearModel {
    const { head, arrays } = unpacked(bytes, KIND);
    const state = head as {
      options: LinearOptions;
      labels: string[];
      rows: Omit<Row, "vector">[];
      random: number;
    };
    const model = new LinearModel(state.options);
    for (const label of state.labels) model.#labelIndex(label);
    state.rows.forEach((row, at) => {
      const [indices, values, alphas] = arrays.slice(3 * at, 3 * at + 3);
      model.#rows.push({
        ...row,
        vector: { indices: indices as Uint32Array, values: values as Float32Array },
        alphas: alphas as Float32Array,
      });
      model.#counts[row.label]! += 1;
    });
    model.#random = new SeededRandom(state.random);
    for (const row of model.#rows) model.#lean(row, 1);
    return model;
  }

  /** In the order in which they were first met; scores stand in the same order. */
  get labels(): readonly string[] {
    return this.#labels;
  }

  get size(): number {
    return this.#rows.length;
  }

  /** How far the vector lies on each label's side: 1 and more is clearly in, -1 and less clearly out. */
  scores(vector: SparseVector): Float32Array {
    const scores = new Float32Array(this.#labels.length);
    this.#score(vector, scores);
    return scores;
  }

  /** What one feature says for each label, in the order of `labels`. */
  weightsOf(index: number): Float32Array {
    return this.#weights.slice(index * this.#stride, index * this.#stride + this.#labels.length);
  }

  /** Forgets everything and learns these. */
  fit(rows: readonly LabelledVector[]): void {
    this.#labels.length = 0;
    this.#counts.length = 0;
    this.#rows.length = 0;
    this.#weights.fill(0);
    this.#random = new SeededRandom(1);
    for (const row of rows) this.#add(row.vector, row.label, row.weight ?? 1);
    const order = new Uint32Array(this.#rows.length).map((_, at) => at);
    for (let pass = 0; pass < this.#options.passes; pass += 1) {
      this.#random.shuffle(order);
      for (const at of order) this.#settle(this.#rows[at]!);
    }
  }

  /** Learns one more, and goes over some of the earlier ones, so that the whole stays near to a model learned anew. */
  update(vector: SparseVector, label: string, weight = 1): void {
    const row = this.#add(vector, label, weight);
    this.#settle(row);
    for (let time = 0; time < this.#options.replay; time += 1)
      this.#settle(this.#rows[this.#random.below(this.#rows.length)]!);
    this.#settle(row);
  }

  serialise(): Uint8Array {
    const rows = this.#rows.map(({ square, label, weight }) => ({ square, label, weight }));
    const head = { options: this.#options, labels: this.#labels, rows, random: this.#random.state };
    return packed(
      KIND,
      head,
      this.#rows.flatMap((row) => [row.vector.indices, row.vector.values, row.alphas]),
    );
  }

  #add(vector: SparseVector, label: string, weight: number): Row {
    if (this.#rows.length >= this.#options.capacity) this.#forgetOldest();
    const index = this.#labelIndex(label);
    this.#counts[index]! += 1;
    let square = 1;
    for (const value of vector.values) square += value * value;
    const row = { vector, square, label: index, weight, alphas: new Float32Array(this.#labels.length) };
    this.#rows.push(row);
    return row;
  }

  #forgetOldest(): void {
    const row = this.#rows.shift();
    if (!row) return;
    this.#lean(row, -1);
    this.#counts[row.label]! -= 1;
  }

  /** Adds what an example contributes to the weights, or takes it away. */
  #lean(row: Row, sign: number): void {
    const change = new Float32Array(this.#labels.length);
    row.alphas.forEach((alpha, label) => {
      change[label] = sign * (label === row.label ? alpha : -alpha);
    });
    this.#shift(row.vector, change);
  }

  #labelIndex(label: string): number {
    const known = this.#labels.indexOf(label);
    if (known >= 0) return known;
    this.#labels.push(label);
    this.#counts.push(0);
    if (this.#labels.length > this.#stride) this.#widen();
    return this.#labels.length - 1;
  }

  #widen(): void {
    const [old, before] = [this.#weights, this.#stride];
    this.#stride = before < 32 ? before * 2 : before + 32;
    this.#weights = new Float32Array((this.#options.buckets + 1) * this.#stride);
    for (let row = 0; row <= this.#options.buckets; row += 1)
      this.#weights.set(old.subarray(row * before, (row + 1) * before), row * this.#stride);
  }

  /** One step of coordinate descent for every label on this example. */
  #settle(row: Row): void {
    const labels = this.#labels.length;
    if (row.alphas.length < labels) row.alphas = widened(row.alphas, labels);
    const scores = new Float32Array(labels);
    this.#score(row.vector, scores);
    let moved = false;
    for (let label = 0; label < labels; label += 1) {
      const side = label === row.label ? 1 : -1;
      const slack = 1 / (2 * this.#options.cost * row.weight * (side > 0 ? this.#rarity(label) : 1));
      const alpha = row.alphas[label]!;
      const slope = side * scores[label]! - 1 + alpha * slack;
      const next = Math.max(0, alpha - slope / (row.square + slack));
      row.alphas[label] = next;
      scores[label] = (next - alpha) * side;
      if (next !== alpha) moved = true;
    }
    if (moved) this.#shift(row.vector, scores);
  }

  /** How much more an example of this label counts on its own side than one of the others. */
  #rarity(label: number): number {
    const own = Math.max(1, this.#counts[label]!);
    return Math.max(1, (this.#rows.length / own / 2) ** this.#options.balance);
  }

  #score({ indices, values }: SparseVector, scores: Float32Array): void {
    const weights = this.#weights;
    const labels = scores.length;
    const bias = this.#options.buckets * this.#stride;
    for (let label = 0; label < labels; label += 1) scores[label] = weights[bias + label]!;
    for (let at = 0; at < indices.length; at += 1) {
      const value = values[at]!;
      const row = indices[at]! * this.#stride;
      for (let label = 0; label < labels; label += 1) scores[label]! += value * weights[row + label]!;
    }
  }

  #shift({ indices, values }: SparseVector, change: Float32Array): void {
    const weights = this.#weights;
    const labels = change.length;
    const bias = this.#options.buckets * this.#stride;
    for (let label = 0; label < labels; label += 1) weights[bias + label]! += change[label]!;
    for (let at = 0; at < indices.length; at += 1) {
      const value = values[at]!;
      const row = indices[at]! * this.#stride;
      for (let label = 0; label < labels; label += 1) weights[row + label]! += value * change[label]!;
    }
  }
}

function widened(values: Float32Array, length: number): Float32Array {
  const wider = new Float32Array(length);
  wider.set(values);
  return wider;
}
