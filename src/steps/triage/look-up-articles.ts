import type { Embeddings } from "../../assistant/engine.ts";
import { failureOf } from "../../assistant/hosted/model-failure.ts";
import { fused, leastCosine, meaningOf, type Found } from "../../desk/search/meaning.ts";
import type { ArticleHit } from "../../desk/triage.ts";
import type { Reader } from "../../store/article-candidates.ts";
import { rankArticles, showArticles, visibleArticles } from "../../store/articles.ts";
import type { Nearness } from "../../store/kept-vectors.ts";
import type { Desk } from "../desk.ts";
import { askForVectors } from "./embed-articles.ts";

/** A mail waits no longer than this for its question's vector, in milliseconds. */
const PATIENCE_MS = 2000;

/** Nearest articles that are put beside those found by words. */
const NEAREST = 20;

/** Articles that are asked about at once, whether the reader may see them. */
const PAGE = 100;

interface LookUp {
  readonly hits: readonly ArticleHit[];
  /** Why meaning had no say although vectors are set up, as a sentence; `null` where it had, or none are. */
  readonly wordsAlone: string | null;
}

/**
 * Articles that answer, best first: by their words, and by their meaning where an embeddings model is set. A model that is slow,
 * away or changed costs at most two seconds, then words do alone.
 * @param asked `words` to look for; `text` to be made a vector, whole sentences, from which secrets are still to be taken: `null` for none
 */
export async function lookUpArticles(
  desk: Pick<Desk, "database" | "queue">,
  embeddings: Embeddings | undefined,
  asked: { readonly words: string; readonly text: string | null; readonly reader: Reader },
  limit: number,
): Promise<LookUp> {
  const { database } = desk;
  const [byWords, near] = await Promise.all([
    rankArticles(database, asked.words, asked.reader, limit),
    embeddings === undefined || asked.text === null ? null : nearest(desk, embeddings, asked.text),
  ]);
  const nearness = near === null || "reason" in near ? null : near;
  const found = nearness === null ? byWords : fused(byWords, await byMeaning(desk, nearness, byWords, asked));
  return {
    hits: await showArticles(database, found.slice(0, limit), asked.words),
    wordsAlone: near !== null && "reason" in near ? near.reason : null,
  };
}

/** How near each article is to a text, or why that is not known. */
async function nearest(
  desk: Pick<Desk, "database" | "queue">,
  embeddings: Embeddings,
  text: string,
): Promise<Nearness | { readonly reason: string } | null> {
  const { keptVectors, reader } = desk.database;
  await keptVectors.follow(reader, embeddings.model);
  // Nothing to compare with: a desk without articles, or one that has just been given its model.
  if (keptVectors.vectors === 0) return null;
  try {
    const [vector = new Float32Array()] = await embeddings.embed([text], PATIENCE_MS);
    const nearness = keptVectors.nearness(vector);
    if (nearness !== null) return nearness;
    await askForVectors(desk, { check: true });
    const lengths = `${vector.length} numbers, the articles' ${keptVectors.dimensions}`;
    return {
      reason: `${embeddings.model} gives vectors of ${lengths}: it was changed, and the articles are made anew`,
    };
  } catch (error) {
    return { reason: `${embeddings.model} gave no vector: ${failureOf(error).message}` };
  }
}

/** The nearest that the reader may see, and those found by words, as far as they have vectors. */
async function byMeaning(
  { database }: Pick<Desk, "database">,
  nearness: Nearness,
  byWords: readonly Found[],
  { reader }: { readonly reader: Reader },
): Promise<readonly Found[]> {
  const ids = byWords.map(({ id }) => id);
  const ranked = nearness.ranked(leastCosine(nearness.mean));
  let visible = 0;
  // Another client's articles are never among those that are ranked; what they leave free is filled up.
  for (let at = 0; at < ranked.length && visible < NEAREST; at += PAGE) {
    const page = await visibleArticles(database, ranked.slice(at, at + PAGE), reader);
    const wanted = page.slice(0, NEAREST - visible);
    visible += wanted.length;
    ids.push(...wanted);
  }
  return [...new Set(ids)].flatMap((id) => {
    const cosine = nearness.cosineOf(id);
    return cosine === undefined ? [] : [{ id, score: meaningOf(cosine, nearness.mean, nearness.vectors) }];
  });
}
