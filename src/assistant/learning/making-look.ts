import { LinearModel, type LinearOptions } from "./linear-model.ts";
import { MAKING_BUCKETS, unpackMaking } from "./making.ts";
import { joined, scaledTo, type SparseVector } from "./sparse-vector.ts";

/** A wrong side costs more than among words: clues are few, and they are no matter of opinion. */
const OPTIONS: LinearOptions = { buckets: MAKING_BUCKETS, cost: 3, balance: 0 };

/** One mail's clues, as `packMaking` wrote them, and what it was. */
interface MadeRow {
  readonly making: string;
  readonly label: string;
}

/** A second look at mails: not what they say, but how they were made. A separator of its own over their clues. */
export class MakingLook {
  readonly #met: Uint32Array<ArrayBuffer>;
  #counted: number;
  readonly linear: LinearModel;

  constructor(linear = LinearModel.create(OPTIONS), met = new Uint32Array(MAKING_BUCKETS), counted = 0) {
    this.linear = linear;
    this.#met = met;
    this.#counted = counted;
  }

  /** @param pairs as `pairs` gives them */
  static restore(linear: LinearModel, counted: number, pairs: Uint32Array): MakingLook {
    const met = new Uint32Array(MAKING_BUCKETS);
    for (let at = 0; at + 1 < pairs.length; at += 2) met[pairs[at]!] = pairs[at + 1]!;
    return new MakingLook(linear, met, counted);
  }

  get counted(): number {
    return this.#counted;
  }

  /** A look of the same rarities that has not learned yet: for what is judged by a part of what is known. */
  unlearned(): MakingLook {
    return new MakingLook(LinearModel.create(OPTIONS), this.#met, this.#counted);
  }

  learn({ making, label }: MadeRow): void {
    this.#count(making);
    this.linear.update(this.#vectorOf(making), label);
  }

  /** Learns a whole history at once, its rarities first. */
  fit(rows: readonly MadeRow[]): void {
    for (const { making } of rows) this.#count(making);
    this.fitLabels(rows);
  }

  fitLabels(rows: readonly MadeRow[]): void {
    this.linear.fit(rows.map(({ making, label }) => ({ vector: this.#vectorOf(making), label })));
  }

  /** By label; `null` where too little is known to tell two apart. */
  scores(making: string): ReadonlyMap<string, number> | null {
    if (this.linear.labelCount < 2) return null;
    const scores = this.linear.scores(this.#vectorOf(making));
    return new Map(this.linear.labels.map((label, at) => [label, scores[at]!]));
  }

  /** Index and count of every clue that was met, one after the other. */
  pairs(): Uint32Array {
    const pairs: number[] = [];
    this.#met.forEach((count, index) => {
      if (count > 0) pairs.push(index, count);
    });
    return Uint32Array.from(pairs);
  }

  #count(making: string): void {
    const { envelope, body } = unpackMaking(making);
    this.#counted += 1;
    for (const part of [envelope, body]) for (const clue of part) this.#met[clue]! += 1;
  }

  /** Header and body count alike, however many clues either has. */
  #vectorOf(making: string): SparseVector {
    const { envelope, body } = unpackMaking(making);
    return joined(
      [envelope, body].map((indices) => scaledTo({ indices, values: this.#rarities(indices) }, 1)),
    );
  }

  #rarities(indices: Uint32Array): Float32Array {
    return Float32Array.from(indices, (clue) => Math.log((1 + this.#counted) / (1 + this.#met[clue]!)) + 1);
  }
}
