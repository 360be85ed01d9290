import { distinct, hashOf, pairsOf, trigramHashes, wordHashes } from "./hashes.ts";
import type { Question } from "./terms.ts";

/** What a text is compared by, whoever asks: made once, a few kilobytes. */
export interface CompactText {
  /** Its stems by their hash, ascending, each once. */
  readonly stems: Int32Array;
  /** How often each of them stands there, in the head half as much again. */
  readonly counts: Float32Array;
  readonly pairs: Int32Array;
  readonly headTrigrams: Int32Array;
  /** Length of title and body in stems, also where only the body's beginning was read. */
  readonly length: number;
}

/** A question as it is held against such texts: its stems by their hash, ascending, each with what it says. */
export interface CompactQuestion {
  readonly stems: Int32Array;
  readonly weights: Float32Array;
  readonly pairs: Int32Array;
  readonly headTrigrams: Int32Array;
}

/** Stems that begin a text count as a heading's do. */
const LEAD = 12;
const IN_HEAD = 0.5;

/**
 * @param title its stems with blanks between, as an index has them; so the body
 * @param length where more stands in the text than is given here, in stems
 */
export function compactText(title: string, body: string, length?: number): CompactText {
  const inTitle = wordHashes(title);
  const inBody = wordHashes(body);
  const all = new Int32Array(inTitle.length + inBody.length);
  all.set(inTitle);
  all.set(inBody, inTitle.length);
  const leading = inTitle.length + LEAD;
  const sorted = all.slice().sort();
  const stems = distinct(sorted.slice());
  const counts = new Float32Array(stems.length);
  let place = 0;
  for (const hash of sorted) {
    if (stems[place] !== hash) place += 1;
    counts[place] = (counts[place] ?? 0) + 1;
  }
  place = 0;
  for (const hash of distinct(all.slice(0, leading))) {
    while (stems[place] !== hash) place += 1;
    counts[place] = (counts[place] ?? 0) + IN_HEAD;
  }
  const lead = body.split(" ", LEAD);
  return {
    stems,
    counts,
    pairs: pairsOf(all),
    headTrigrams: trigramHashes([...title.split(" "), ...lead].filter((word) => word !== "")),
    length: length ?? all.length,
  };
}

export function compactQuestion({ weights, pairs, headTrigrams }: Question): CompactQuestion {
  const byHash = new Map([...weights].map(([stem, weight]) => [hashOf(stem), weight]));
  const stems = Int32Array.from(byHash.keys()).sort();
  return { stems, weights: Float32Array.from(stems, (hash) => byHash.get(hash) ?? 0), pairs, headTrigrams };
}

/** The same in one piece of memory: many small pieces cost more than what they hold. */
export function inOnePiece<T extends CompactText | CompactQuestion>(compact: T): T {
  const arrays = Object.entries(compact).filter((entry): entry is [string, Int32Array | Float32Array] =>
    ArrayBuffer.isView(entry[1]),
  );
  const memory = new ArrayBuffer(arrays.reduce((sum, [, array]) => sum + array.byteLength, 0));
  const moved: Record<string, Int32Array | Float32Array> = {};
  let at = 0;
  for (const [name, array] of arrays) {
    const view =
      array instanceof Float32Array
        ? new Float32Array(memory, at, array.length)
        : new Int32Array(memory, at, array.length);
    view.set(array);
    moved[name] = view;
    at += array.byteLength;
  }
  return { ...compact, ...moved };
}

/** Bytes that a text takes while it is kept, with what stands around its arrays. */
export function bytesOf({ stems, counts, pairs, headTrigrams }: CompactText): number {
  return 600 + stems.byteLength + counts.byteLength + pairs.byteLength + headTrigrams.byteLength;
}
