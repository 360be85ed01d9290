import type { Example } from "./example.ts";
import { featuresOf, type FeatureParts } from "./features.ts";
import { tokensOf } from "./tokens.ts";

/** Indices of features are below this. */
export const BUCKETS = 65_536;

/** An example taken apart. All fields see the same parts, so that one look serves all of them. */
export interface Look {
  readonly parts: FeatureParts;
  /** Every word of it once. */
  readonly words: ReadonlySet<string>;
  /** How it was made, packed; "" where nobody looked. */
  readonly making: string;
}

export function lookAt(example: Example): Look {
  const subject = tokensOf(example.subject);
  const body = tokensOf(example.body);
  return {
    parts: featuresOf(example, subject, body, BUCKETS),
    words: new Set([...subject, ...body]),
    making: example.making ?? "",
  };
}
