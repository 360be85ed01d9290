import type { Example } from "./example.ts";
import { featuresOf, wordIndex, type FeatureParts } from "./features.ts";
import { tokensOf } from "./tokens.ts";

/** Indices of features are below this. */
export const BUCKETS = 65_536;

/** A word that may be shown as evidence, and where it stands in a vector. */
export interface LookedWord {
  readonly word: string;
  readonly index: number;
}

/** Shorter words tell a reader nothing. */
const SHORTEST_SHOWN = 3;

/** An example taken apart. All fields see the same parts, so that one look serves all of them. */
export interface Look {
  readonly parts: FeatureParts;
  /** Every word of it that may be shown, once. */
  readonly words: readonly LookedWord[];
  /** How it was made, packed; "" where nobody looked. */
  readonly making: string;
}

export function lookAt(example: Example): Look {
  const subject = tokensOf(example.subject);
  const body = tokensOf(example.body);
  return {
    parts: featuresOf(example, subject, body, BUCKETS),
    words: [...new Set([...subject, ...body])]
      .filter((word) => word.length >= SHORTEST_SHOWN)
      .map((word) => ({ word, index: wordIndex(word, BUCKETS) })),
    making: example.making ?? "",
  };
}
