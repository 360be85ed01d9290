/** Decisions after which one counts half as much. */
const HALF_LIFE = 40;
const FADE = 0.5 ** (1 / HALF_LIFE);
/** So many decisions for and against are believed beforehand, so that one alone says little. */
const CAUTION = 2;

/**
 * How often each label was right lately, beside how often it was expected: a queue that is new, or has more work than it
 * used to have, is expected too seldom until its examples weigh as much as all the others.
 */
export class Lately {
  readonly #seen: number[];
  readonly #expected: number[];

  constructor(seen: readonly number[] = [], expected: readonly number[] = []) {
    this.#seen = [...seen];
    this.#expected = [...expected];
  }

  /** What a new one needs to go on from here. */
  get state(): { readonly seen: readonly number[]; readonly expected: readonly number[] } {
    return { seen: this.#seen, expected: this.#expected };
  }

  /**
   * @param right number of the label that was decided
   * @param labels that came into question, with the chances that they were given
   */
  note(right: number, labels: readonly number[], chances: Float64Array): void {
    while (this.#seen.length <= Math.max(right, ...labels)) {
      this.#seen.push(0);
      this.#expected.push(0);
    }
    for (let label = 0; label < this.#seen.length; label += 1) {
      this.#seen[label]! *= FADE;
      this.#expected[label]! *= FADE;
    }
    this.#seen[right]! += 1;
    labels.forEach((label, at) => {
      this.#expected[label]! += chances[at]!;
    });
  }

  /** Above 0 where a label was right more often than expected: the logarithm of how much more. */
  more(label: number): number {
    return Math.log((CAUTION + (this.#seen[label] ?? 0)) / (CAUTION + (this.#expected[label] ?? 0)));
  }
}
