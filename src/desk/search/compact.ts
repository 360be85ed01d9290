import { hashOf, pairHashes, trigramHashes } from "./hashes.ts";
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

/** @param length where more stands in the text than is given here, in stems */
export function compactText(
  title: readonly string[],
  body: readonly string[],
  length = title.length + body.length,
): CompactText {
  const all = [...title, ...body];
  const head = all.slice(0, title.length + LEAD);
  const counts = new Map<number, number>();
  for (const stem of all) {
    const hash = hashOf(stem);
    counts.set(hash, (counts.get(hash) ?? 0) + 1);
  }
  for (const hash of new Set(head.map(hashOf))) counts.set(hash, (counts.get(hash) ?? 0) + IN_HEAD);
  const stems = Int32Array.from(counts.keys()).sort();
  return {
    stems,
    counts: Float32Array.from(stems, (hash) => counts.get(hash) ?? 0),
    pairs: pairHashes(all),
    headTrigrams: trigramHashes(head),
    length,
  };
}

export function compactQuestion({ weights, pairs, headTrigrams }: Question): CompactQuestion {
  const byHash = new Map([...weights].map(([stem, weight]) => [hashOf(stem), weight]));
  const stems = Int32Array.from(byHash.keys()).sort();
  return { stems, weights: Float32Array.from(stems, (hash) => byHash.get(hash) ?? 0), pairs, headTrigrams };
}

/** Bytes that a text takes while it is kept, with what stands around its arrays. */
export function bytesOf({ stems, counts, pairs, headTrigrams }: CompactText): number {
  return 600 + stems.byteLength + counts.byteLength + pairs.byteLength + headTrigrams.byteLength;
}
