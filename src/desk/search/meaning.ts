/** An article that was found, by its words or by its meaning. */
export interface Found {
  readonly id: number;
  /** About 0 to 1. */
  readonly score: number;
}

/** Fewer vectors do not tell what is usual among them. */
const FEWEST = 3;

/**
 * How much nearer a text is than what is usual, 0 to 1. Cosines by themselves say little: of one model unrelated texts have 0.1, of
 * another 0.8. What is counted is the part of the way from the usual to the same.
 * @param mean of the question's cosines with all vectors, of which there are `vectors`
 */
export function meaningOf(cosine: number, mean: number, vectors: number): number {
  if (vectors < FEWEST || mean >= 0.999) return 0;
  return Math.min(1, Math.max(0, (cosine - mean) / (1 - mean)));
}

/** The cosine from which on an article is of any use: a tenth of the way. */
export function leastCosine(mean: number): number {
  return mean + (1 - mean) / 10;
}

/**
 * What was found by words and what was found by meaning, best first. Each speaks for an article by itself, both together more than
 * one: what is left of the doubt after the one is lessened by the other. A model that knows nothing changes next to nothing.
 */
export function fused(
  byWords: readonly Found[],
  byMeaning: readonly Found[],
): readonly (Found & { readonly meaning: number })[] {
  const words = new Map(byWords.map(({ id, score }) => [id, Math.min(1, score)]));
  const meanings = new Map(byMeaning.map(({ id, score }) => [id, score]));
  const doubt = (id: number): number => (1 - (words.get(id) ?? 0)) * (1 - (meanings.get(id) ?? 0));
  return [...new Set([...words.keys(), ...meanings.keys()])]
    .map((id) => ({ id, score: 1 - doubt(id), meaning: meanings.get(id) ?? 0 }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || a.id - b.id);
}
