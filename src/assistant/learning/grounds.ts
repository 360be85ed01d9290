import { SIGNS } from "./blend.ts";
import type { Example } from "./example.ts";
import type { FeatureParts } from "./features.ts";
import { Lately } from "./lately.ts";
import { Lexicon, weightiest, withoutSingles } from "./lexicon.ts";
import { LinearModel, type LinearOptions } from "./linear-model.ts";
import { BUCKETS, lookAt, type Look, type LookedWord } from "./look.ts";
import { MakingLook } from "./making-look.ts";
import { Neighbours, type Neighbour } from "./neighbours.ts";
import type { Shift } from "./shift-watch.ts";
import type { SparseVector } from "./sparse-vector.ts";

/** Labels that come into question by their separators, and examples that are asked. */
const MOST_CANDIDATES = 6;
const MOST_NEIGHBOURS = 12;
/** Words that say less than this share of what the best one says are no reason that a reader would take for one. */
const LEAST_OF_BEST = 0.4;

/** How the separators of a field learn: half the usual cost of a wrong side, since people's decisions are noisy. */
export const separatorOptions = (options: Omit<LinearOptions, "buckets"> = {}): LinearOptions => ({
  cost: 0.5,
  ...options,
  buckets: BUCKETS,
});

/** An example as the parts of a field's model see it. */
export interface Reading {
  readonly parts: FeatureParts;
  readonly vector: SparseVector;
  /** `null` where nobody looked, or the field does not learn from it. */
  readonly making: string | null;
}

/** Labels that come into question, with what speaks for each. */
export interface Candidates {
  /** Numbers of labels. */
  readonly labels: readonly number[];
  /** `[candidate, sign]`, signs as in `SIGNS`. */
  readonly signs: Float32Array;
  readonly familiarity: number;
}

/** What a field's model has learned: rarities of words, a separator for each label, and the examples themselves. */
export class Grounds {
  readonly lexicon: Lexicon;
  readonly linear: LinearModel;
  readonly neighbours: Neighbours;
  /** `null`: this field does not learn from how mails are made. */
  readonly making: MakingLook | null;
  readonly lately: Lately;
  /** Number of the label of each example among the neighbours. */
  readonly #decided: number[] = [];
  readonly #counts: number[] = [];
  #labels: readonly string[] = [];

  constructor(
    linear: LinearModel,
    lexicon = new Lexicon(BUCKETS),
    making: MakingLook | null = null,
    lately = new Lately(),
  ) {
    this.lately = lately;
    this.linear = linear;
    this.making = making;
    this.lexicon = lexicon;
    this.neighbours = new Neighbours(BUCKETS);
    this.#labels = linear.labels;
  }

  static create(options: Omit<LinearOptions, "buckets"> = {}, making = false): Grounds {
    return new Grounds(
      LinearModel.create(separatorOptions(options)),
      new Lexicon(BUCKETS),
      making ? new MakingLook() : null,
    );
  }

  get labels(): readonly string[] {
    return this.#labels;
  }

  /** Number of the label of each example, as they were learned. */
  get decided(): readonly number[] {
    return this.#decided;
  }

  numberOf(label: string): number {
    return this.#labels.indexOf(label);
  }

  read({ parts, making }: Pick<Look, "parts" | "making">): Reading {
    const vector = weightiest(this.lexicon.vectorOf(parts), this.lexicon, 0);
    return { parts, vector, making: this.#ownMaking(making) };
  }

  /** `null` where this field does not learn from it. */
  #ownMaking(making: string): string | null {
    return this.making === null || making === "" ? null : making;
  }

  learn({ parts, making }: Pick<Look, "parts" | "making">, label: string, weight: number): void {
    this.lexicon.count(parts);
    this.linear.update(weightiest(this.lexicon.vectorOf(parts), this.lexicon, 1), label, weight);
    const own = this.#ownMaking(making);
    if (own !== null) this.making?.learn({ making: own, label });
    this.remember(parts.words.indices, label);
  }

  /** Learns a whole history at once. Answers the readings, for those who go over them again. */
  fit(rows: readonly { readonly example: Example; readonly label: string }[]): readonly Reading[] {
    const parts = rows.map(({ example }) => lookAt(example).parts);
    for (const each of parts) this.lexicon.count(each);
    const readings = parts.map((each, at) => ({
      parts: each,
      vector: weightiest(withoutSingles(this.lexicon.vectorOf(each), this.lexicon), this.lexicon, 1),
      making: this.#ownMaking(rows[at]!.example.making ?? ""),
    }));
    this.making?.fit(
      readings.flatMap(({ making }, at) => (making === null ? [] : [{ making, label: rows[at]!.label }])),
    );
    this.linear.fit(rows.map(({ label }, at) => ({ vector: readings[at]!.vector, label })));
    rows.forEach(({ label }, at) => this.remember(parts[at]!.words.indices, label));
    return readings;
  }

  /** Gives the work of a label before the shift to the label that has it now. */
  move({ from, to, swapped, since }: Shift): void {
    const moved = (label: number, number: number): number => {
      if (number >= since) return label;
      if (label === from) return to;
      return swapped && label === to ? from : label;
    };
    const forgotten = this.#decided.length - this.linear.size;
    this.linear.relabel((label, place) => moved(label, place + forgotten));
    this.#decided.forEach((label, number) => {
      const now = moved(label, number);
      if (now === label) return;
      this.#decided[number] = now;
      this.#counts[label]! -= 1;
      this.#counts[now] = (this.#counts[now] ?? 0) + 1;
    });
  }

  /** Adds an example to the neighbours; its label is one that the separators know. */
  remember(words: Uint32Array, label: string, length?: number): void {
    if (this.linear.labelCount !== this.#labels.length) this.#labels = this.linear.labels;
    const number = this.numberOf(label);
    this.neighbours.add(words, this.lexicon, length);
    this.#decided.push(number);
    this.#counts[number] = (this.#counts[number] ?? 0) + 1;
  }

  /**
   * @param scores of the separators, in the order of `labels`
   * @param made what was learned of how mails are made; where it is not given, the whole
   * @param admits neighbours that may be asked, where the example itself was learned before; else all
   */
  candidates(
    { parts, making }: Reading,
    scores: Float64Array,
    made: MakingLook | null = this.making,
    admits?: (number: number) => boolean,
  ): Candidates {
    const found = this.neighbours.find(parts.words.indices, this.lexicon, MOST_NEIGHBOURS, admits);
    const votes = this.#votes(found);
    const ranked = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!);
    const labels = [...new Set([...ranked.slice(0, MOST_CANDIDATES), ...votes.keys()])];
    const signs = new Float32Array(labels.length * SIGNS.length);
    const nearest = found[0];
    const madeLike = making === null ? null : (made?.scores(making) ?? null);
    labels.forEach((label, at) => {
      const prior = Math.log(((this.#counts[label] ?? 0) + 1) / (this.#decided.length + this.#labels.length));
      const likeness = nearest && this.#decided[nearest.number] === label ? nearest.likeness : 0;
      const like = madeLike?.get(this.#labels[label]!) ?? 0;
      // A history is learned at once: there is no lately in it.
      const lately = admits ? 0 : this.lately.more(label);
      const own = [scores[label] ?? -1, votes.get(label) ?? 0, likeness, prior, like, lately];
      signs.set(own, at * SIGNS.length);
    });
    const top = Math.max(-1, Math.min(1, scores[ranked[0] ?? 0] ?? -1));
    return {
      labels,
      signs,
      familiarity:
        0.5 * top +
        2 * (nearest?.likeness ?? 0) +
        0.5 * this.#knownShare(parts.words.indices, admits ? 1 : 0),
    };
  }

  /** Those of an example's words that speak for a label, best first, at most `limit`. */
  evidence(words: readonly LookedWord[], label: number, limit: number): readonly string[] {
    const telling: { readonly word: string; readonly weight: number }[] = [];
    for (const { word, index } of words) {
      const weight = this.linear.weight(index, label) * this.lexicon.rarity(index);
      if (weight > 0) telling.push({ word, weight });
    }
    telling.sort((a, b) => b.weight - a.weight);
    const least = (telling[0]?.weight ?? 0) * LEAST_OF_BEST;
    return telling
      .slice(0, limit)
      .filter(({ weight }) => weight >= least)
      .map(({ word }) => word);
  }

  #votes(found: readonly Neighbour[]): ReadonlyMap<number, number> {
    const votes = new Map<number, number>();
    let sum = 0.05;
    for (const { number, likeness } of found) {
      const share = likeness ** 3;
      const label = this.#decided[number]!;
      votes.set(label, (votes.get(label) ?? 0) + share);
      sum += share;
    }
    for (const [label, vote] of votes) votes.set(label, vote / sum);
    return votes;
  }

  /** Share of the words and pairs that were met in more than `own` examples, the rare ones counting more. */
  #knownShare(words: Uint32Array, own: number): number {
    let [known, all] = [0, 1e-9];
    for (const word of words) {
      const rarity = this.lexicon.rarity(word);
      all += rarity;
      if (this.lexicon.metIn(word) > own) known += rarity;
    }
    return known / all;
  }
}
