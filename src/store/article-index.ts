import { tellingStems } from "../desk/search/terms.ts";
import { addToCounts, ALL, CHANGES, type WordCount } from "./article-words.ts";
import type { Db } from "./database.ts";

/** How much of an article is indexed, in characters: PostgreSQL's index of one text ends at a megabyte. */
const SEARCHED = 150_000;

/** What the indexes read of an article. */
export interface Indexed {
  readonly title_words: string;
  readonly body_words: string;
  /** Stems of both. */
  readonly word_count: number;
}

export function indexed(article: { readonly title: string; readonly body: string }): Indexed {
  const title = tellingStems(article.title.slice(0, SEARCHED));
  const body = tellingStems(article.body.slice(0, SEARCHED));
  return {
    title_words: title.join(" "),
    body_words: body.join(" "),
    word_count: title.length + body.length,
  };
}

/** The vocabulary follows what articles came, went or changed; all of it in the caller's transaction. */
export async function countWords(
  db: Db,
  changes: { readonly added: readonly Indexed[]; readonly removed: readonly Indexed[] },
): Promise<void> {
  const counts = new Map<string, { word: string; articles: number; titles: number }>();
  const add = (word: string, articles: number, titles: number): void => {
    const known = counts.get(word);
    if (known === undefined) counts.set(word, { word, articles, titles });
    else {
      known.articles += articles;
      known.titles += titles;
    }
  };
  for (const [list, sign] of [
    [changes.added, 1],
    [changes.removed, -1],
  ] as const)
    for (const article of list) {
      const title = new Set(article.title_words.split(" "));
      const words = new Set([...title, ...article.body_words.split(" ")]);
      for (const word of words) if (word !== "") add(word, sign, title.has(word) ? sign : 0);
      add(ALL, sign, sign * article.word_count);
    }
  if (counts.size > 0) add(CHANGES, 1, 0);
  await addToCounts(db, [...counts.values()] satisfies WordCount[]);
}
