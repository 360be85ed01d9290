import { packed, unpacked } from "./packed.ts";
import { packVector, type PackedVector } from "./packed-vector.ts";
import { SeededRandom } from "./seeded-random.ts";
import type { SparseVector } from "./sparse-vector.ts";
import { WeightTable } from "./weight-table.ts";

export interface LinearOptions {
  /** Indices of vectors are below this; a power of two, at most 2^18. */
  readonly buckets?: number;
  /** How much a wrong side costs against large weights (the C of a support vector machine). */
  readonly cost?: number;
  /** 0: every example counts alike; 1: every label counts alike, however rare. */
  readonly balance?: number;
  /** Passes over all examples in `fit`. */
  readonly passes?: number;
  /** Earlier examples gone over with each `update`; fewer where they are long. */
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

interface Row {
  readonly vector: PackedVector;
  /** Squared length and 1 for the bias. */
  readonly square: number;
  label: number;
  readonly weight: number;
  /** How much each label's separator leans on this example; never negative. */
  alphas: Float32Array;
}

const KIND = "linear-model-3";

/** Every so many passes all labels are looked at; in between, those that had a say at the last look. */
const FULL_EVERY = 3;
/** What an update may cost: so many features for each earlier example that it goes over, all taken together. */
const FEATURES_A_REPLAY = 350;
/** Steps of this share of the whole spread evenly, however many are taken. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** So many are the latest. */
const LATEST = 200;
/** A label whose side is kept by this much more than needed has no say. */
const QUIET = 0.4;

/**
 * One linear separator for each label, all over the same sparse vectors: a support vector machine with squared hinge,
 * solved in its dual, example by example (Hsieh et al., 2008). Each example keeps its dual variables, so that an update
 * goes on where the solution stood, tends to the same separators as learning everything anew, and can be taken back.
 */
export class LinearModel {
  readonly #options: Required<LinearOptions>;
  readonly #labels = new Map<string, number>();
  readonly #counts: number[] = [];
  #rows: Row[] = [];
  /** How often an earlier example was gone over. */
  #turn = 0;
  readonly #weights: WeightTable;
  #scores = new Float64Array(4);
  #chosen = new Uint16Array(4);

  private constructor(options: LinearOptions) {
    this.#options = {
      buckets: 65_536,
      cost: 1,
      balance: 0.25,
      passes: 8,
      replay: 8,
      capacity: 40_000,
      ...options,
    };
    this.#weights = new WeightTable(this.#options.buckets);
  }

  static create(options: LinearOptions = {}): LinearModel {
    return new LinearModel(options);
  }

  /** @throws Error on bytes that are no model of this version */
  static restore(bytes: Uint8Array): LinearModel {
    const { head, arrays } = unpacked(bytes, KIND);
    const state = head as { options: LinearOptions; labels: string[]; turn: number };
    const [facts, sizes, codes] = arrays;
    // One array for all of them, as thousands of small ones would take twice the room; our own, as they change.
    const alphas = arrays[3]?.slice();
    const model = new LinearModel(state.options);
    for (const label of state.labels) model.#labelIndex(label);
    const labels = state.labels.length;
    let from = 0;
    for (let at = 0; at < (sizes?.length ?? 0); at += 1) {
      const to = from + sizes![at]!;
      const [label, square, weight, scale] = facts!.subarray(4 * at, 4 * at + 4);
      model.#rows.push({
        vector: { codes: codes!.subarray(from, to) as Int32Array, scale: scale! },
        square: square!,
        label: label!,
        weight: weight!,
        alphas: alphas!.subarray(at * labels, (at + 1) * labels) as Float32Array,
      });
      model.#counts[label!]! += 1;
      from = to;
    }
    model.#turn = state.turn;
    for (const row of model.#rows) model.#lean(row, 1);
    return model;
  }

  /** In the order in which they were first met; scores stand in the same order. */
  get labels(): readonly string[] {
    return [...this.#labels.keys()];
  }

  get labelCount(): number {
    return this.#labels.size;
  }

  get size(): number {
    return this.#rows.length;
  }

  /** How far the vector lies on each label's side: 1 and more is clearly in, -1 and less clearly out. */
  scores(vector: SparseVector): Float64Array {
    this.#weights.score(packVector(vector), this.#scores);
    return this.#scores.slice(0, this.#labels.size);
  }

  /** What one feature says for a label, by its place in `labels`. */
  weight(index: number, label: number): number {
    return this.#weights.weight(index, label);
  }

  /** Forgets everything and learns these. */
  fit(rows: readonly LabelledVector[]): void {
    this.#labels.clear();
    this.#counts.length = 0;
    this.#rows = [];
    this.#weights.clear();
    this.#turn = 0;
    const random = new SeededRandom(1);
    const kept = rows.slice(-this.#options.capacity);
    for (const row of kept) this.#labelIndex(row.label);
    for (const row of kept) this.#add(row.vector, row.label, row.weight ?? 1);
    const lively = new Map<Row, Uint16Array>();
    const order = new Uint32Array(this.#rows.length).map((_, at) => at);
    for (let pass = 0; pass < this.#options.passes; pass += 1) {
      random.shuffle(order);
      for (const at of order) {
        const row = this.#rows[at]!;
        const known = pass % FULL_EVERY === 0 ? undefined : lively.get(row);
        if (known) this.#settleSome(row, known);
        else {
          const told: number[] = [];
          this.#settle(row, told);
          lively.set(row, Uint16Array.from(told));
        }
      }
    }
  }

  /**
   * Learns one more, and goes over some of the earlier ones, so that the whole stays near to a model learned anew. The
   * newest has no last word: settled once more at the end, it would push aside what its neighbours have to say.
   */
  update(vector: SparseVector, label: string, weight = 1): void {
    if (this.#rows.length >= this.#options.capacity) this.#forgetOldest();
    this.#settle(this.#add(vector, label, weight));
    let features = this.#options.replay * FEATURES_A_REPLAY;
    for (let time = 0; time < this.#options.replay && features > 0; time += 1) {
      const earlier = this.#rows[this.#nextPlace()]!;
      features -= earlier.vector.codes.length;
      this.#settle(earlier);
    }
  }

  /**
   * Gives what was learned for one label to another: the separators change as if it had been decided so from the start.
   *
   * @param moved new number of a label for the example with this place, oldest first; the same number where it stays
   */
  relabel(moved: (label: number, place: number) => number): void {
    this.#rows.forEach((row, place) => {
      const to = moved(row.label, place);
      if (to === row.label) return;
      if (row.alphas.length < this.#labels.size) row.alphas = widened(row.alphas, this.#labels.size);
      this.#lean(row, -1);
      const from = row.label;
      [row.alphas[from], row.alphas[to]] = [row.alphas[to]!, row.alphas[from]!];
      this.#counts[from]! -= 1;
      this.#counts[to]! += 1;
      row.label = to;
      this.#lean(row, 1);
    });
  }

  serialise(): Uint8Array {
    const rows = this.#rows;
    const labels = this.#labels.size;
    const facts = new Float32Array(4 * rows.length);
    const codes = new Int32Array(rows.reduce((sum, row) => sum + row.vector.codes.length, 0));
    const alphas = new Float32Array(rows.length * labels);
    let from = 0;
    rows.forEach(({ vector, label, square, weight, alphas: own }, at) => {
      facts.set([label, square, weight, vector.scale], 4 * at);
      codes.set(vector.codes, from);
      alphas.set(own, at * labels);
      from += vector.codes.length;
    });
    const head = { options: this.#options, labels: this.labels, turn: this.#turn };
    return packed(KIND, head, [
      facts,
      new Uint32Array(rows.map((row) => row.vector.codes.length)),
      codes,
      alphas,
    ]);
  }

  /**
   * Places all over the examples in turn, none long before another: by chance some would wait for hundreds of updates.
   * One in three is among the latest, which were gone over least.
   */
  #nextPlace(): number {
    this.#turn += 1;
    const rows = this.#rows.length;
    const among = this.#turn % 3 === 0 ? Math.min(rows, LATEST) : rows;
    return rows - 1 - Math.floor(((this.#turn * GOLDEN) % 1) * among);
  }

  #add(vector: SparseVector, label: string, weight: number): Row {
    const index = this.#labelIndex(label);
    this.#counts[index]! += 1;
    let square = 1;
    for (const value of vector.values) square += value * value;
    const row = {
      vector: packVector(vector),
      square: Math.fround(square),
      label: index,
      weight: Math.fround(weight),
      alphas: new Float32Array(this.#labels.size),
    };
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
    let count = 0;
    row.alphas.forEach((alpha, label) => {
      if (alpha !== 0) count = this.#note(count, label, sign * (label === row.label ? alpha : -alpha));
    });
    if (count > 0) this.#weights.shift(row.vector, this.#chosen, count, this.#scores);
  }

  /** Puts a label and its change in place `count` of the list for `shift`, at or before where they are read. */
  #note(count: number, label: number, change: number): number {
    this.#chosen[count] = label;
    this.#scores[count] = change;
    return count + 1;
  }

  #labelIndex(label: string): number {
    const known = this.#labels.get(label);
    if (known !== undefined) return known;
    const index = this.#labels.size;
    this.#labels.set(label, index);
    this.#counts.push(0);
    this.#weights.reach(index + 1);
    if (this.#scores.length < this.#weights.stride) {
      this.#scores = new Float64Array(this.#weights.stride);
      this.#chosen = new Uint16Array(this.#weights.stride);
    }
    return index;
  }

  /**
   * One step of coordinate descent for every label on this example.
   *
   * @param lively is given the labels that have a say in it
   */
  #settle(row: Row, lively?: number[]): void {
    const labels = this.#labels.size;
    if (row.alphas.length < labels) row.alphas = widened(row.alphas, labels);
    this.#weights.score(row.vector, this.#scores);
    let count = 0;
    for (let label = 0; label < labels; label += 1) {
      const score = this.#scores[label]!;
      const change = this.#step(row, label, score);
      if (lively && (row.alphas[label] !== 0 || (label === row.label ? score : -score) < 1 + QUIET))
        lively.push(label);
      if (change !== 0) count = this.#note(count, label, change);
    }
    if (count > 0) this.#weights.shift(row.vector, this.#chosen, count, this.#scores);
  }

  /** The same for a few labels only. */
  #settleSome(row: Row, labels: Uint16Array): void {
    this.#weights.scoreSome(row.vector, labels, labels.length, this.#scores);
    let count = 0;
    for (let each = 0; each < labels.length; each += 1) {
      const change = this.#step(row, labels[each]!, this.#scores[each]!);
      if (change !== 0) count = this.#note(count, labels[each]!, change);
    }
    if (count > 0) this.#weights.shift(row.vector, this.#chosen, count, this.#scores);
  }

  /** Moves one dual variable to where the objective is least along it. Answers how far the label's weights follow. */
  #step(row: Row, label: number, score: number): number {
    const side = label === row.label ? 1 : -1;
    const slack = 1 / (2 * this.#options.cost * row.weight * (side > 0 ? this.#rarity(label) : 1));
    const alpha = row.alphas[label]!;
    const next = Math.fround(Math.max(0, alpha - (side * score - 1 + alpha * slack) / (row.square + slack)));
    row.alphas[label] = next;
    return (next - alpha) * side;
  }

  /** How much more an example of this label counts on its own side than one of the others. */
  #rarity(label: number): number {
    const own = Math.max(1, this.#counts[label]!);
    return Math.max(1, (this.#rows.length / own / 2) ** this.#options.balance);
  }
}

function widened(values: Float32Array, length: number): Float32Array {
  const wider = new Float32Array(length);
  wider.set(values);
  return wider;
}
