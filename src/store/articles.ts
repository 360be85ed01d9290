import { articleExcerpt } from "../desk/article-excerpt.ts";
import { nearest, partsKnown, planSearch, unknownWords, widened, type Sense } from "../desk/search/plan.ts";
import { keysOf, partsOf } from "../desk/search/near-words.ts";
import { rank, rarityOf } from "../desk/search/rank.ts";
import { readQuestion, type Question } from "../desk/search/terms.ts";
import type { ArticleHit } from "../desk/triage.ts";
import { findCandidates, type Reader } from "./article-candidates.ts";
import { ALL, wordCounts, wordsByKey, type WordCount } from "./article-words.ts";
import type { Db } from "./database.ts";
import { tellingWords } from "./search-query.ts";

/** Articles that a search looks at through its index, however many there are: what keeps a search fast. */
const BUDGET = 2500;

/** Of those, so many are ranked in full. */
const RANKED = 100;

/**
 * Articles that hold any of the question's words, best first, with a score of about 0 to 1 (`desk/search/rank.ts`). Words that
 * no article holds are taken for the nearest that one does, or for the parts they are made of.
 * `reader` is whose articles: its own and those for everyone, never another client's. `"all"` is for an operator.
 */
export async function searchArticles(
  db: Db,
  query: string,
  reader: Reader,
  limit: number,
): Promise<readonly ArticleHit[]> {
  const read = readQuestion(query);
  if (read.weights.size === 0) return [];
  const known = await wordCounts(db, [ALL, ...read.weights.keys()]);
  const all = known.get(ALL);
  if (all === undefined) return [];
  const { question, counts } = await understood(db, read, known);
  const rarity = (stem: string): number => rarityOf(counts.get(stem)?.articles ?? 0, all.articles);
  const words = [...question.weights].flatMap(([word, weight]) => {
    const count = counts.get(word);
    return count === undefined ? [] : [{ ...count, worth: weight * rarity(word) }];
  });
  const candidates = await findCandidates(db, planSearch(words, BUDGET), reader, Math.max(RANKED, limit));
  const ranked = rank(question, candidates, {
    // A word of no article would only make every score smaller.
    rarity: (stem) => (counts.has(stem) ? rarity(stem) : 0),
    meanLength: Math.max(1, all.titles / all.articles),
  });
  return shown(db, ranked.slice(0, limit), query);
}

/** The question with what its unknown words may mean, and the counts of all its words. */
async function understood(
  db: Db,
  question: Question,
  known: ReadonlyMap<string, WordCount>,
): Promise<{ readonly question: Question; readonly counts: ReadonlyMap<string, WordCount> }> {
  const counts = new Map(known);
  counts.delete(ALL);
  const unknown = unknownWords(question, known);
  if (unknown.length === 0) return { question, counts };
  const parts = unknown.map(partsOf).flatMap(({ starts, ends }) => [...starts, ...ends]);
  const [near, partCounts] = [
    await wordsByKey(db, unknown.flatMap(keysOf)),
    parts.length === 0 ? new Map<string, WordCount>() : await wordCounts(db, parts),
  ];
  const found = new Map([...partCounts, ...near.map((one) => [one.word, one] as const)]);
  const senses = new Map<string, readonly Sense[]>();
  for (const word of unknown) {
    const keys = new Set(keysOf(word));
    const unique = new Map(near.filter(({ key }) => keys.has(key)).map((one) => [one.word, one]));
    const meant = nearest(word, [...unique.values()]);
    senses.set(word, meant.length > 0 ? meant : partsKnown(word, (part) => partCounts.has(part)));
  }
  for (const { word } of [...senses.values()].flat()) {
    const count = found.get(word);
    if (count !== undefined) counts.set(word, count);
  }
  return { question: widened(question, senses), counts };
}

async function shown(
  db: Db,
  ranked: readonly { readonly text: { readonly id: number }; readonly score: number }[],
  query: string,
): Promise<readonly ArticleHit[]> {
  const rows = (await db("articles")
    .whereIn(
      "id",
      ranked.map(({ text }) => text.id),
    )
    .select("id", "title", "source", "body")) as {
    id: number;
    title: string;
    source: string;
    body: string;
  }[];
  const byId = new Map(rows.map((row) => [row.id, row]));
  const words = tellingWords(query, 40);
  return ranked.flatMap(({ text, score }) => {
    const row = byId.get(text.id);
    if (row === undefined) return [];
    const { id, title, source, body } = row;
    return [{ articleId: id, title, source, score, excerpt: articleExcerpt(body, words) }];
  });
}

/** Title by id, of those that are there still. */
export async function articleTitles(db: Db, ids: readonly number[]): Promise<ReadonlyMap<number, string>> {
  if (ids.length === 0) return new Map();
  const rows = (await db("articles").whereIn("id", ids).select("id", "title")) as {
    id: number;
    title: string;
  }[];
  return new Map(rows.map((row) => [row.id, row.title]));
}
