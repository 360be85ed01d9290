import { stat, writeFile } from "node:fs/promises";
import { Command } from "commander";
import { z } from "zod";
import { articleFiles, readArticles } from "./import-articles.ts";
import { readJsonLines } from "./json-lines.ts";
import { openTrialSearch, searchFigures, searchLine, type TrialArticle } from "./trial-search.ts";

interface Options {
  readonly articles: string;
  readonly queries: string;
  readonly predictions?: string;
}

export function evalLookupCommand(): Command {
  return new Command("lookup")
    .description("ask questions of articles, and say how often the right one came first, beside BM25 alone")
    .requiredOption("--articles <place>", 'a folder of .md, or JSON lines: {"source","title","body"}')
    .requiredOption(
      "--queries <file>",
      'JSON lines: {"id","query","relevant":["source"]}, or subject and body in place of query; without relevant it is answered only',
    )
    .option("--predictions <file>", 'write a line a query: {"id","hits":[{"source","score"}]}')
    .action((options: Options) => evalLookup(options));
}

const text = z.union([z.string(), z.number()]).transform(String);

const articleShape = z
  .object({
    id: text.optional(),
    source: text.optional(),
    title: z.string().default(""),
    body: z.string().default(""),
  })
  .refine(({ id, source }) => id !== undefined || source !== undefined, "source (or id) is missing")
  .transform(({ id, source, ...rest }) => ({ source: source ?? id ?? "", ...rest }));

const queryShape = z
  .object({
    id: text.optional(),
    query: z.string().optional(),
    subject: z.string().default(""),
    body: z.string().default(""),
    relevant: z.union([text.transform((one) => [one]), z.array(text)]).default([]),
  })
  .transform(({ query, subject, body, ...rest }) => ({ ...rest, query: query ?? `${subject}\n${body}` }));

/** Answers that are looked through for the right one. */
const LOOKED_THROUGH = 20;

async function evalLookup(options: Options): Promise<void> {
  const articles = await articlesAt(options.articles);
  const queries = await readJsonLines(options.queries, queryShape);
  const trial = await openTrialSearch(articles);
  const lines: string[] = [];
  const judged = { ours: [] as (number | null)[], bm25: [] as (number | null)[] };
  const ms = { ours: [] as number[], bm25: [] as number[] };
  try {
    for (const [at, { id, query, relevant }] of queries.entries()) {
      const ours = await trial.search(query, LOOKED_THROUGH);
      lines.push(JSON.stringify({ id: id ?? String(at + 1), hits: ours.hits }));
      ms.ours.push(ours.ms);
      if (relevant.length === 0) continue;
      const alone = await trial.bm25(query, LOOKED_THROUGH);
      ms.bm25.push(alone.ms);
      judged.ours.push(rankOf(relevant, ours.hits));
      judged.bm25.push(rankOf(relevant, alone.hits));
    }
  } finally {
    await trial.close();
  }
  if (options.predictions !== undefined) await writeFile(options.predictions, `${lines.join("\n")}\n`);
  process.stdout.write(
    `${articles.length} articles, ${queries.length} queries, ${judged.ours.length} of them with a right answer\n`,
  );
  process.stdout.write(`${searchLine("countersign", searchFigures(judged.ours, ms.ours))}\n`);
  if (judged.bm25.length > 0)
    process.stdout.write(`${searchLine("BM25 alone", searchFigures(judged.bm25, ms.bm25))}\n`);
}

/** The first right answer's rank, 1 for the best; `null` where none is among them. */
function rankOf(relevant: readonly string[], hits: readonly { readonly source: string }[]): number | null {
  const at = hits.findIndex(({ source }) => relevant.includes(source));
  return at === -1 ? null : at + 1;
}

async function articlesAt(place: string): Promise<readonly TrialArticle[]> {
  const info = await stat(place).catch(() => null);
  if (info?.isDirectory() === true) return readArticles(place, await articleFiles(place));
  return readJsonLines(place, articleShape);
}
