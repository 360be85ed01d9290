import type { Example } from "./example.ts";
import { hashPair, hashText, mixed, seeded, withUnit } from "./feature-hash.ts";
import { joined, scaledTo, VectorBuilder, type SparseVector } from "./sparse-vector.ts";
import { tokensOf } from "./tokens.ts";

/** Kinds of features, and the length that the part of the vector with each kind gets. */
const PARTS = {
  words: { kind: 1, length: 1 },
  subject: { kind: 2, length: 0.7 },
  pieces: { kind: 3, length: 0.8 },
  facts: { kind: 4, length: 0.5 },
} as const;

/** Runs of three to five characters of a word with its borders. */
const SHORTEST_PIECE = 3;
const LONGEST_PIECE = 5;
const BORDER = 32;

/**
 * An example as a sparse vector: hashed words and pairs of words of subject and body together, once more those of the
 * subject, pieces of words (for compounds, inflections, scrambled names and typing errors), and the facts.
 *
 * @param buckets indices are below this; a power of two
 */
export function featuresOf(example: Example, buckets: number): SparseVector {
  const mask = buckets - 1;
  const subject = tokensOf(example.subject);
  const all = [...subject, ...tokensOf(example.body)];
  return joined([
    scaledTo(wordsAndPairs(all, PARTS.words.kind, mask), PARTS.words.length),
    scaledTo(wordsAndPairs(subject, PARTS.subject.kind, mask), PARTS.subject.length),
    scaledTo(pieces(all, mask), PARTS.pieces.length),
    scaledTo(facts(example.facts, mask), PARTS.facts.length),
  ]);
}

/** Where a single word of the text stands in the vector. */
export function wordIndex(word: string, buckets: number): number {
  return hashText(word, PARTS.words.kind) & (buckets - 1);
}

/** A word that stands there ten times says little more than twice. */
const dampened = (count: number): number => 1 + Math.log(count);

function wordsAndPairs(tokens: readonly string[], kind: number, mask: number): SparseVector {
  const builder = new VectorBuilder();
  let previous = "";
  for (const token of tokens) {
    builder.add(hashText(token, kind) & mask, 1);
    if (previous !== "") builder.add(hashPair(previous, token, kind) & mask, 1);
    previous = token;
  }
  return builder.build(dampened);
}

function pieces(tokens: readonly string[], mask: number): SparseVector {
  const builder = new VectorBuilder();
  const start = seeded(PARTS.pieces.kind);
  for (const token of tokens) {
    const end = token.length + 1;
    for (let from = -1; from <= end - SHORTEST_PIECE; from += 1) {
      let hash = start;
      for (let at = from; at < from + LONGEST_PIECE && at < end; at += 1) {
        hash = withUnit(hash, at < 0 || at === token.length ? BORDER : token.charCodeAt(at));
        if (at - from >= SHORTEST_PIECE - 1) builder.add(mixed(hash) & mask, 1);
      }
    }
  }
  return builder.build(dampened);
}

function facts(tokens: readonly string[], mask: number): SparseVector {
  const builder = new VectorBuilder();
  for (const token of new Set(tokens)) builder.add(hashText(token, PARTS.facts.kind) & mask, 1);
  return builder.build();
}
