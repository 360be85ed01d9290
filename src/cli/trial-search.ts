import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tellingStems } from "../desk/search/terms.ts";
import { searchArticles } from "../store/articles.ts";
import { openDatabase } from "../store/open-database.ts";
import { saveArticles } from "../store/save-articles.ts";

export interface TrialArticle {
  readonly title: string;
  readonly source: string;
  readonly body: string;
}

/** One answer to a question: sources, best first, with their scores, and how long it took. */
export interface Answer {
  readonly hits: readonly { readonly source: string; readonly score: number }[];
  /** In milliseconds, by the clock. */
  readonly ms: number;
  /** In milliseconds of processor time, of all threads: what other work on the machine leaves alone, nearly. */
  readonly cpuMs: number;
}

/** The desk's own search over articles of a trial, beside BM25 alone over the same index. */
export interface TrialSearch {
  readonly search: (question: string, limit: number) => Promise<Answer>;
  readonly bm25: (question: string, limit: number) => Promise<Answer>;
  close(): Promise<void>;
}

const CHUNK = 500;

/** In a database of its own, in a temporary folder, which `close` takes away. */
export async function openTrialSearch(articles: readonly TrialArticle[]): Promise<TrialSearch> {
  const folder = await mkdtemp(join(tmpdir(), "countersign-eval-"));
  const database = await openDatabase(`sqlite:${join(folder, "articles.sqlite")}`);
  const { db, reader } = database;
  for (let at = 0; at < articles.length; at += CHUNK) {
    const chunk = articles.slice(at, at + CHUNK).map((one) => ({ ...one, author: "eval", clientId: null }));
    await db.transaction(async (transaction) => {
      await saveArticles(transaction, chunk, new Date(0).toISOString());
    });
  }
  return {
    search: (question, limit) =>
      timed(async () =>
        (await searchArticles(database, question, "all", limit)).map(({ source, score }) => ({
          source,
          score,
        })),
      ),
    bm25: (question, limit) =>
      timed(async () => {
        const words = [...new Set(tellingStems(question))].map((word) => `"${word}"`).join(" OR ");
        if (words === "") return [];
        return reader.raw<{ source: string; score: number }[]>(
          `SELECT a.source, best.score FROM (SELECT rowid AS id, -bm25(articles_fts) AS score FROM articles_fts
             WHERE articles_fts MATCH ? ORDER BY score DESC LIMIT ?) best
           JOIN articles a ON a.id = best.id ORDER BY best.score DESC`,
          [words, limit],
        );
      }),
    async close() {
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function timed(ask: () => Promise<Answer["hits"]>): Promise<Answer> {
  const [begun, before] = [performance.now(), process.cpuUsage()];
  const hits = await ask();
  const { user, system } = process.cpuUsage(before);
  return { hits, ms: performance.now() - begun, cpuMs: (user + system) / 1000 };
}

/** How well questions were answered whose right answer is known. */
export interface SearchFigures {
  readonly questions: number;
  /** Share of the questions whose right answer came first, or among the first five. */
  readonly hit1: number;
  readonly hit5: number;
  /** Mean of one over the rank, 0 where it was not found. */
  readonly meanReciprocalRank: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

/** @param ranks of the right answer, 1 for the first; `null` where it was not found */
export function searchFigures(ranks: readonly (number | null)[], ms: readonly number[]): SearchFigures {
  const share = (isHit: (rank: number) => boolean): number =>
    ranks.filter((rank) => rank !== null && isHit(rank)).length / Math.max(1, ranks.length);
  const sorted = ms.toSorted((a, b) => a - b);
  const at = (part: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
  return {
    questions: ranks.length,
    hit1: share((rank) => rank === 1),
    hit5: share((rank) => rank <= 5),
    meanReciprocalRank:
      ranks.reduce<number>((sum, rank) => sum + (rank === null ? 0 : 1 / rank), 0) /
      Math.max(1, ranks.length),
    medianMs: at(0.5),
    p99Ms: at(0.99),
  };
}

/** One line of a report. */
export function searchLine(name: string, figures: SearchFigures): string {
  const { hit1, hit5, meanReciprocalRank, medianMs, p99Ms } = figures;
  return `${name.padEnd(24)} hit@1 ${hit1.toFixed(3)}  hit@5 ${hit5.toFixed(3)}  MRR ${meanReciprocalRank.toFixed(3)}  ms ${medianMs.toFixed(1)} median, ${p99Ms.toFixed(1)} p99`;
}
