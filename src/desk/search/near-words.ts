/**
 * Words that a question spells wrongly, or that an article has only as part of another. Each known word is found under itself
 * and under itself with any one letter left out, and so is a wrong one: a letter too many, too few, another, or two swapped
 * then share a key. That is a handful of exact look-ups a word, whatever the vocabulary's size.
 */

/** Shorter words have too many neighbours, longer ones are no words. Codes (with a digit) mean another thing with another letter. */
const SHORTEST = 4;
const LONGEST = 24;

export function isSpelt(word: string): boolean {
  return word.length >= SHORTEST && word.length <= LONGEST && !/\p{N}/u.test(word);
}

/** The word and itself without any one letter. */
export function keysOf(word: string): readonly string[] {
  const keys = new Set([word]);
  for (let at = 0; at < word.length; at += 1) keys.add(word.slice(0, at) + word.slice(at + 1));
  return [...keys];
}

/** Slips that are forgiven: one in a short word, two in a long one. */
export function slipsAllowed(word: string): number {
  return word.length < 7 ? 1 : 2;
}

/** Letters to add, drop, change or swap with the next one (optimal string alignment), to get from one word to the other. */
export function slipsBetween(left: string, right: string): number {
  let [before, last] = [[] as number[], Array.from({ length: right.length + 1 }, (_, at) => at)];
  for (let row = 1; row <= left.length; row += 1) {
    const next = [row];
    for (let at = 1; at <= right.length; at += 1) {
      const same = left[row - 1] === right[at - 1] ? 0 : 1;
      let least = Math.min((last[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1, (last[at - 1] ?? 0) + same);
      if (row > 1 && at > 1 && left[row - 1] === right[at - 2] && left[row - 2] === right[at - 1])
        least = Math.min(least, (before[at - 2] ?? 0) + 1);
      next.push(least);
    }
    [before, last] = [last, next];
  }
  return last[right.length] ?? 0;
}

const SHORTEST_COMPOUND = 8;
const SHORTEST_PART = 4;

/** Beginnings and ends of a compound, longest first: `druckertreiber` → `druckertre`…, `treiber`…. None of a short word. */
export function partsOf(word: string): {
  readonly starts: readonly string[];
  readonly ends: readonly string[];
} {
  if (word.length < SHORTEST_COMPOUND) return { starts: [], ends: [] };
  const lengths = Array.from(
    { length: word.length - 2 * SHORTEST_PART + 1 },
    (_, at) => word.length - SHORTEST_PART - at,
  );
  return {
    starts: lengths.map((length) => word.slice(0, length)),
    ends: lengths.map((length) => word.slice(-length)),
  };
}
