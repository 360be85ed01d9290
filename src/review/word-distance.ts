import { alignSequences } from "./reading/word-diff.ts";

/**
 * How far a person's text is from the proposed one: words that came or went, as a share of the words of both. 0 for the
 * same words, whatever their spacing; 1 where no word stayed. Bounded as `alignSequences` is.
 */
export function wordDistance(proposed: string, final: string): number {
  const before = wordsOf(proposed);
  const after = wordsOf(final);
  const total = before.length + after.length;
  if (total === 0) return 0;
  const kept = alignSequences(before, after).length;
  return 1 - (2 * kept) / total;
}

const wordsOf = (text: string): readonly string[] => text.match(/\S+/g) ?? [];
