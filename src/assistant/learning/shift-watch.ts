/** The latest predictions of each label that are looked at, and how many of them must have been corrected to the same other one. */
const LATEST = 8;
const CORRECTED = 6;
/** How often a label must have been predicted, and been right, before: noise that was always there is no change. */
const FEWEST_BEFORE = 12;
const RIGHT_BEFORE = 0.5;
/** A label whose work came back from the other one at the same time has swapped with it. */
const SWAP_SHARE = 0.5;

export interface Watched {
  /** Labels that were right when this one was predicted, latest last, with the number of the example. */
  readonly latest: { readonly right: number; readonly at: number }[];
  before: number;
  rightBefore: number;
}

/** Work that has moved from one label to another. */
export interface Shift {
  readonly from: number;
  readonly to: number;
  /** The other one's work moved the other way. */
  readonly swapped: boolean;
  /** Number of the first example decided the new way. */
  readonly since: number;
}

/** Sees when people begin to correct one label to one other: a team has taken over, or two have swapped their work. */
export class ShiftWatch {
  readonly #watched: Map<number, Watched>;

  constructor(watched: readonly (readonly [number, Watched])[] = []) {
    this.#watched = new Map(watched);
  }

  /** What a new watch needs to go on from here. */
  get state(): readonly (readonly [number, Watched])[] {
    return [...this.#watched];
  }

  /**
   * Notes what was predicted and what was right. Answers the shift that this completes, else `null`.
   *
   * @param at number of the example, rising
   */
  note(predicted: number, right: number, at: number): Shift | null {
    const watched = this.#watched.get(predicted) ?? { latest: [], before: 0, rightBefore: 0 };
    this.#watched.set(predicted, watched);
    watched.latest.push({ right, at });
    if (watched.latest.length > LATEST) {
      watched.before += 1;
      if (watched.latest.shift()?.right === predicted) watched.rightBefore += 1;
    }
    if (right === predicted || !steady(watched)) return null;
    const moved = watched.latest.filter((each) => each.right === right);
    if (moved.length < CORRECTED) return null;
    // Only what was decided since: older entries of the other label are from before the swap.
    const begun = moved[0]!.at;
    const other = this.#watched.get(right)?.latest.filter((each) => each.at >= begun) ?? [];
    const back = other.filter((each) => each.right === predicted);
    const swapped = back.length >= Math.max(2, SWAP_SHARE * other.length);
    this.#watched.delete(predicted);
    if (swapped) this.#watched.delete(right);
    const since = Math.min(moved[0]!.at, swapped ? back[0]!.at : Infinity);
    return { from: predicted, to: right, swapped, since };
  }
}

const steady = ({ before, rightBefore }: Watched): boolean =>
  before >= FEWEST_BEFORE && rightBefore >= RIGHT_BEFORE * before;
