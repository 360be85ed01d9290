import type { Example } from "./example.ts";
import { hashPair, hashText, mixed, seeded, withUnit } from "./feature-hash.ts";
import { formOf } from "./form.ts";
import { VectorBuilder, type SparseVector } from "./sparse-vector.ts";

/** Kinds of features, hashed apart. */
const KIND = { words: 1, subject: 2, pieces: 3, facts: 4 } as const;

/** Runs of three to five characters of a word with its borders. */
const SHORTEST_PIECE = 3;
const LONGEST_PIECE = 5;
const BORDER = 32;
/** Tokens from the head of a text whose pieces are taken: those of a whole long text would be ten times its words. */
const IN_PIECES = 200;
/** Distinct ones, about: room for them is made at once. */
const PIECES_A_TOKEN = 8;

/** An example taken apart, each part with the dampened counts of its hashed features. */
export interface FeatureParts {
  /** Words and pairs of words of subject and body. */
  readonly words: SparseVector;
  /** Once more those of the subject, as features of their own. */
  readonly subject: SparseVector;
  /** Pieces of words: for compounds, inflections, scrambled names and typing errors. */
  readonly pieces: SparseVector;
  /** The facts handed in, and the form of the text. */
  readonly facts: SparseVector;
}

/**
 * @param subject its tokens, as are those of the body
 * @param buckets indices are below this; a power of two
 */
export function featuresOf(
  example: Example,
  subject: readonly string[],
  body: readonly string[],
  buckets: number,
): FeatureParts {
  const mask = buckets - 1;
  const all = [...subject, ...body];
  return {
    words: wordsAndPairs(all, KIND.words, mask),
    subject: wordsAndPairs(subject, KIND.subject, mask),
    pieces: pieces(all, mask),
    facts: facts([...example.facts, ...formOf(example, subject, body)], mask),
  };
}

/** Where a single word of the text stands in the vector. */
export function wordIndex(word: string, buckets: number): number {
  return hashText(word, KIND.words) & (buckets - 1);
}

/** A word that stands there ten times says little more than twice. */
const dampened = (count: number): number => 1 + Math.log(count);

function wordsAndPairs(tokens: readonly string[], kind: number, mask: number): SparseVector {
  const builder = new VectorBuilder(2 * tokens.length);
  let previous = "";
  for (const token of tokens) {
    builder.add(hashText(token, kind) & mask, 1);
    if (previous !== "") builder.add(hashPair(previous, token, kind) & mask, 1);
    previous = token;
  }
  return builder.build(dampened);
}

function pieces(tokens: readonly string[], mask: number): SparseVector {
  const builder = new VectorBuilder(PIECES_A_TOKEN * Math.min(tokens.length, IN_PIECES));
  const start = seeded(KIND.pieces);
  for (const token of tokens.slice(0, IN_PIECES)) {
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
  const builder = new VectorBuilder(tokens.length);
  for (const token of new Set(tokens)) builder.add(hashText(token, KIND.facts) & mask, 1);
  return builder.build();
}
