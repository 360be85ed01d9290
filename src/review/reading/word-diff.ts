/** One run of words that stayed, came or went between two texts. */
export interface DiffSegment {
  readonly kind: "same" | "added" | "removed";
  readonly text: string;
}

/** The words that two texts share, in order (Myers, "An O(ND) difference algorithm", 1986), at a bounded cost. */

/** Index pairs of equal elements, ascending in both. Beyond the bound fewer pairs are found, never wrong ones. */
export function alignSequences(
  before: readonly string[],
  after: readonly string[],
): readonly (readonly [number, number])[] {
  const pairs: [number, number][] = [];
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) {
    pairs.push([start, start]);
    start++;
  }
  let beforeEnd = before.length;
  let afterEnd = after.length;
  const tail: [number, number][] = [];
  while (beforeEnd > start && afterEnd > start && before[beforeEnd - 1] === after[afterEnd - 1]) {
    tail.push([--beforeEnd, --afterEnd]);
  }
  const middle = alignMiddle(before.slice(start, beforeEnd), after.slice(start, afterEnd));
  for (const [a, b] of middle) pairs.push([a + start, b + start]);
  return pairs.concat(tail.toReversed());
}

/** Elements looked at, at most; texts that differ in more than this allows count as wholly different there. */
const BOUND = 4_000_000;

function alignMiddle(before: readonly string[], after: readonly string[]): [number, number][] {
  const total = before.length + after.length;
  if (before.length === 0 || after.length === 0) return [];
  const most = Math.min(total, 1000, Math.floor(BOUND / total));
  const size = 2 * most + 3;
  const middle = most + 1;
  const reach = new Int32Array(size);
  const trace: Int32Array[] = [];
  for (let edits = 0; edits <= most; edits++) {
    trace.push(reach.slice(middle - edits - 1, middle + edits + 2));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const down =
        diagonal === -edits ||
        (diagonal !== edits && (reach[middle + diagonal - 1] ?? 0) < (reach[middle + diagonal + 1] ?? 0));
      let x = down ? (reach[middle + diagonal + 1] ?? 0) : (reach[middle + diagonal - 1] ?? 0) + 1;
      let y = x - diagonal;
      while (x < before.length && y < after.length && before[x] === after[y]) {
        x++;
        y++;
      }
      reach[middle + diagonal] = x;
      if (x >= before.length && y >= after.length) return walkBack(trace, before.length, after.length);
    }
  }
  return [];
}

/** `trace[d]` holds the reach before step d, for diagonals -d-1 to d+1. */
function walkBack(trace: readonly Int32Array[], width: number, height: number): [number, number][] {
  const pairs: [number, number][] = [];
  let x = width;
  let y = height;
  for (let edits = trace.length - 1; edits >= 0; edits--) {
    const reach = trace[edits] ?? new Int32Array(0);
    const at = (diagonal: number): number => reach[diagonal + edits + 1] ?? 0;
    const diagonal = x - y;
    const down = diagonal === -edits || (diagonal !== edits && at(diagonal - 1) < at(diagonal + 1));
    const fromX = edits === 0 ? 0 : down ? at(diagonal + 1) : at(diagonal - 1);
    const fromY = edits === 0 ? 0 : down ? fromX - diagonal - 1 : fromX - diagonal + 1;
    while (x > fromX && y > fromY) {
      x--;
      y--;
      pairs.push([x, y]);
    }
    x = fromX;
    y = fromY;
  }
  return pairs.toReversed();
}

/**
 * From one text to another, word by word; the segments without "added" are `before`, without "removed" `after`. Changes
 * with a word or two between them are one change: a sentence rewritten is read as a sentence, not as a comb.
 */
export function diffWords(before: string, after: string): readonly DiffSegment[] {
  const old = before.match(/\s+|\S+/g) ?? [];
  const now = after.match(/\s+|\S+/g) ?? [];
  const segments: Change[] = [];
  let a = 0;
  let b = 0;
  const put = (oldEnd: number, nowEnd: number, same: string): void => {
    const removed = old.slice(a, oldEnd).join("");
    const added = now.slice(b, nowEnd).join("");
    const last = segments.at(-1);
    if (last !== undefined && removed === "" && added === "") last.same += same;
    else if (last !== undefined && isBridge(last)) {
      last.removed += last.same + removed;
      last.added += last.same + added;
      last.same = same;
    } else segments.push({ removed, added, same });
    a = oldEnd + 1;
    b = nowEnd + 1;
  };
  for (const [oldAt, nowAt] of alignSequences(old, now)) put(oldAt, nowAt, old[oldAt] ?? "");
  put(old.length, now.length, "");
  return segments.flatMap(({ removed, added, same }) =>
    (
      [
        { kind: "removed", text: removed },
        { kind: "added", text: added },
        { kind: "same", text: same },
      ] as const
    ).filter(({ text }) => text !== ""),
  );
}

/** What was taken out and put in at one place, and what stands unchanged behind it. */
interface Change {
  removed: string;
  added: string;
  same: string;
}

/** Whether what stands unchanged behind a change is too short to stand alone; a new paragraph is a place to pause. */
function isBridge({ removed, added, same }: Change): boolean {
  if (removed === "" && added === "") return false;
  return !same.includes("\n\n") && (same.match(/\S+/g)?.length ?? 0) <= 2;
}
