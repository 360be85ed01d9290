import { articleExcerpt } from "../desk/article-excerpt.ts";
import { compactQuestion } from "../desk/search/compact.ts";
import { hashOf } from "../desk/search/hashes.ts";
import { partsOf } from "../desk/search/near-words.ts";
import { nearest, partsKnown, planSearch, unknownWords, widened, type Sense } from "../desk/search/plan.ts";
import type { Found } from "../desk/search/meaning.ts";
import { rank, rarityOf } from "../desk/search/rank.ts";
import { readQuestion, type Question } from "../desk/search/terms.ts";
import type { ArticleHit } from "../desk/triage.ts";
import { findCandidates, type Reader } from "./article-candidates.ts";
import { ALL, type WordCount } from "./article-words.ts";
import type { Database, Db } from "./database.ts";
import type { KeptArticles, ShownArticle } from "./kept-articles.ts";
import { tellingWords } from "./search-query.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** Articles that a search looks at through its index, however many there are: what keeps a search fast. */
const BUDGET = 1000;

/** Of those, so many are ranked in full. */
const RANKED = 60;

type Reading = Pick<Database, "reader" | "keptArticles">;

/** Articles that hold any of the question's words, as they are shown. See `rankArticles`. */
export async function searchArticles(
  database: Reading,
  query: string,
  reader: Reader,
  limit: number,
): Promise<readonly ArticleHit[]> {
  const ranked = await rankArticles(database, query, reader, limit);
  return showArticles(database, ranked.slice(0, limit), query);
}

/**
 * Articles that hold any of the question's words, best first, with a score of about 0 to 1 (`desk/search/rank.ts`). Words that
 * no article holds are taken for the nearest that one does, or for the parts they are made of.
 * `reader` is whose articles: its own and those for everyone, never another client's. `"all"` is for an operator.
 * @param atLeast so many are ranked, where there are so many
 */
export async function rankArticles(
  { reader: db, keptArticles: kept }: Reading,
  query: string,
  reader: Reader,
  atLeast: number,
): Promise<readonly Found[]> {
  const read = readQuestion(query);
  if (read.weights.size === 0) return [];
  const vocabulary = await kept.vocabulary(db);
  const known = await vocabulary.counts([ALL, ...read.weights.keys()]);
  const all = known.get(ALL);
  if (all === undefined) return [];
  const { question, counts } = await understood(vocabulary, read, known);
  const rarity = new Map<number, number>();
  const words = [...question.weights].flatMap(([word, weight]) => {
    const count = counts.get(word);
    if (count === undefined) return [];
    const rare = rarityOf(count.articles, all.articles);
    rarity.set(hashOf(word), rare);
    return [{ ...count, worth: weight * rare }];
  });
  const asked = planSearch(words, BUDGET);
  const candidates = await findCandidates(db, kept, asked, reader, Math.max(RANKED, atLeast));
  const ranked = rank(compactQuestion(question), candidates, {
    // A word of no article would only make every score smaller.
    rarity: (stem) => rarity.get(stem) ?? 0,
    meanLength: Math.max(1, all.titles / all.articles),
  });
  return ranked.map(({ text, score }) => ({ id: text.id, score }));
}

/** The question with what its unknown words may mean, and the counts of all its words. */
async function understood(
  vocabulary: Vocabulary,
  question: Question,
  known: ReadonlyMap<string, WordCount>,
): Promise<{ readonly question: Question; readonly counts: ReadonlyMap<string, WordCount> }> {
  const counts = new Map(known);
  counts.delete(ALL);
  const unknown = unknownWords(question, known);
  if (unknown.length === 0) return { question, counts };
  const [near, parts] = [
    await vocabulary.near(unknown),
    await vocabulary.counts(unknown.map(partsOf).flatMap(({ starts, ends }) => [...starts, ...ends])),
  ];
  const senses = new Map<string, readonly Sense[]>();
  for (const word of unknown) {
    const sharing = near.get(word) ?? [];
    const meant = nearest(word, sharing);
    senses.set(word, meant.length > 0 ? meant : partsKnown(word, (part) => parts.has(part)));
    for (const sense of senses.get(word) ?? []) {
      const count = sharing.find((one) => one.word === sense.word) ?? parts.get(sense.word);
      if (count !== undefined) counts.set(sense.word, count);
    }
  }
  return { question: widened(question, senses), counts };
}

/** What was found, with the passage that answers best. */
export async function showArticles(
  { reader: db, keptArticles: kept }: Reading,
  found: readonly (Found & { readonly meaning?: number })[],
  query: string,
): Promise<readonly ArticleHit[]> {
  const words = tellingWords(query, 40);
  const articles = await articlesByIds(
    db,
    kept,
    found.map(({ id }) => id),
  );
  return found.flatMap(({ id, score, meaning }) => {
    const article = articles.get(id);
    if (article === undefined) return [];
    const { title, source, body } = article;
    const hit = { articleId: id, title, source, score, excerpt: articleExcerpt(body, words) };
    return [meaning === undefined ? hit : { ...hit, meaning }];
  });
}

/** Those of these articles that `reader` may see, in their order. */
export async function visibleArticles(
  { reader: db }: Pick<Database, "reader">,
  ids: readonly number[],
  reader: Reader,
): Promise<readonly number[]> {
  if (ids.length === 0 || reader === "all") return ids;
  const rows = (await db("articles")
    .whereIn("id", ids)
    .where((q) => {
      void q.whereNull("client_id");
      if (reader !== null) void q.orWhere({ client_id: reader });
    })
    .select("id")) as { id: number }[];
  const visible = new Set(rows.map(({ id }) => id));
  return ids.filter((id) => visible.has(id));
}

async function articlesByIds(
  db: Db,
  kept: KeptArticles,
  ids: readonly number[],
): Promise<ReadonlyMap<number, ShownArticle>> {
  const known = new Map(ids.flatMap((id) => kept.shown(id) ?? []).map((article) => [article.id, article]));
  const missing = ids.filter((id) => !known.has(id));
  if (missing.length === 0) return known;
  const { changes } = kept;
  const rows = (await db("articles")
    .whereIn("id", missing)
    .select("id", "title", "source", "body")) as ShownArticle[];
  kept.keep({ shown: rows }, changes);
  for (const row of rows) known.set(row.id, row);
  return known;
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
