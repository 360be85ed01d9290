import { countWords, indexed, type Indexed } from "./article-index.ts";
import type { Db } from "./database.ts";
import { storedText } from "./stored-text.ts";

/** An article before it has a number. */
interface NewArticle {
  /** `null`: for every client. */
  readonly clientId: number | null;
  readonly title: string;
  /** The imported path or URL; one article a source. */
  readonly source: string;
  readonly body: string;
  readonly author: string;
}

type Row = Indexed & { id: number; client_id: number | null; title: string; source: string; body: string };

/** Rows of one insert: SQLite binds no more than some thousands of values. */
const ROWS = 100;

/** What became of each, in order. Of two with one source the later stands. A few hundred at a time cost least each. */
export async function saveArticles(
  db: Db,
  articles: readonly NewArticle[],
  now: string,
): Promise<readonly ("added" | "changed" | "same")[]> {
  const existing = await existingBySource(db, articles);
  const changes: ("added" | "changed" | "same")[] = [];
  const fresh = new Map<string, Indexed & { readonly source: string }>();
  const added: Indexed[] = [];
  const removed: Indexed[] = [];
  for (const article of articles) {
    const [title, body, source] = [article.title, article.body, article.source].map(storedText) as [
      string,
      string,
      string,
    ];
    const row = existing.get(source);
    const unchanged = row?.title === title && row.body === body && row.client_id === article.clientId;
    if (unchanged && !fresh.has(source)) {
      changes.push("same");
      continue;
    }
    const words = indexed({ title, body });
    const values = {
      client_id: article.clientId,
      title,
      body,
      ...words,
      author: article.author,
      updated_at: now,
    };
    if (row === undefined) {
      changes.push(fresh.has(source) ? "changed" : "added");
      fresh.set(source, { ...values, source });
      continue;
    }
    changes.push("changed");
    await db("articles").where({ id: row.id }).update(values);
    removed.push(row);
    added.push(words);
    existing.set(source, { ...row, ...values });
  }
  const rows = [...fresh.values()];
  for (let at = 0; at < rows.length; at += ROWS) await db("articles").insert(rows.slice(at, at + ROWS));
  await countWords(db, { added: [...added, ...rows], removed });
  return changes;
}

async function existingBySource(db: Db, articles: readonly NewArticle[]): Promise<Map<string, Row>> {
  const sources = [...new Set(articles.map(({ source }) => storedText(source)))];
  const found = new Map<string, Row>();
  for (let at = 0; at < sources.length; at += ROWS) {
    const rows = (await db("articles").whereIn("source", sources.slice(at, at + ROWS))) as Row[];
    for (const row of rows) found.set(row.source, row);
  }
  return found;
}
