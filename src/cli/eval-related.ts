import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import { z } from "zod";
import { corpusOf, likeness, readComparable } from "../desk/search/likeness.ts";
import { headOf } from "../desk/search/terms.ts";
import { readJsonLines } from "./json-lines.ts";
import {
  openTrialSearch,
  searchFigures,
  searchLine,
  type SearchFigures,
  type TrialArticle,
  type TrialSearch,
} from "./trial-search.ts";

interface Options {
  readonly pairs: string;
  readonly predictions?: string;
}

export function evalRelatedCommand(): Command {
  return new Command("related")
    .description(
      "tell pairs of texts that ask the same from pairs that do not, and find the one by the other",
    )
    .requiredOption("--pairs <file>", 'JSON lines: {"label":"duplicate" or another,"a":"text","b":"text"}')
    .option("--predictions <file>", 'write a line a pair: {"id","label","likeness"}')
    .action((options: Options) => evalRelated(options));
}

const text = z.union([z.string(), z.number()]).transform(String);
const pairShape = z.object({ id: text.optional(), label: text, a: z.string(), b: z.string() });
type Pair = z.output<typeof pairShape>;

/** From this likeness on a pair is called a duplicate. Chosen on public question pairs; it was 90 % right there. */
const SAME = 0.1;

export const isDuplicate = ({ label }: Pick<Pair, "label">): boolean =>
  /^(?:1|true|duplicates?)$/i.test(label);

async function evalRelated(options: Options): Promise<void> {
  const pairs = await readPairs(options.pairs);
  const judged = judge(pairs);
  if (options.predictions !== undefined)
    await writeFile(
      options.predictions,
      judged
        .map(({ pair, score }, at) => ({
          id: pair.id ?? String(at + 1),
          label: score >= SAME ? "duplicate" : "non-duplicate",
          likeness: score,
        }))
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(""),
    );
  const right = judged.filter(({ pair, score }) => isDuplicate(pair) === score >= SAME).length;
  const duplicates = pairs.filter(isDuplicate);
  process.stdout.write(
    `${pairs.length} pairs, ${duplicates.length} of them duplicates: told apart with AUC ${areaUnderCurve(judged).toFixed(3)}, ` +
      `accuracy ${(right / pairs.length).toFixed(3)} at a likeness of ${SAME}\n`,
  );
  if (duplicates.length === 0) return;
  for (const [where, texts] of [
    ["among second texts", pairs.map(({ b }) => b)],
    ["among all texts", pairs.flatMap(({ a, b }) => [a, b])],
  ] as const) {
    const { among, countersign, bm25 } = await findEachOther(duplicates, texts);
    process.stdout.write(
      `${duplicates.length} duplicates ${where} (${among})\n` +
        `  ${searchLine("countersign", countersign)}\n  ${searchLine("BM25 alone", bm25)}\n`,
    );
  }
}

export function readPairs(file: string): Promise<readonly Pair[]> {
  return readJsonLines(file, pairShape);
}

interface JudgedPair {
  readonly pair: Pair;
  readonly score: number;
}

/** How rare a word is, is counted in the texts themselves; labels are not looked at. */
function judge(pairs: readonly Pair[]): readonly JudgedPair[] {
  const texts = new Map(pairs.flatMap(({ a, b }) => [a, b]).map((one) => [one, readComparable(one)]));
  const corpus = corpusOf([...texts.values()]);
  return pairs.map((pair) => {
    const [a, b] = [texts.get(pair.a), texts.get(pair.b)];
    return { pair, score: a === undefined || b === undefined ? 0 : likeness(a, b, corpus) };
  });
}

/** The chance that a duplicate scores above another pair, ties half. */
function areaUnderCurve(judged: readonly JudgedPair[]): number {
  const sorted = judged.toSorted((a, b) => a.score - b.score);
  const positives = judged.filter(({ pair }) => isDuplicate(pair)).length;
  const negatives = judged.length - positives;
  let [wins, below, at] = [0, 0, 0];
  while (at < sorted.length) {
    const { score } = sorted[at] ?? { score: 0 };
    const tied = sorted.slice(at).findIndex((one) => one.score !== score);
    const group = sorted.slice(at, tied === -1 ? sorted.length : at + tied);
    const same = group.filter(({ pair }) => isDuplicate(pair)).length;
    wins += same * (below + (group.length - same) / 2);
    below += group.length - same;
    at += group.length;
  }
  return positives === 0 || negatives === 0 ? Number.NaN : wins / (positives * negatives);
}

const LOOKED_THROUGH = 20;

/** Each duplicate's second text, searched for with the first, which is left out where it is among the texts. */
export async function findEachOther(
  duplicates: readonly Pick<Pair, "a" | "b">[],
  texts: readonly string[],
): Promise<{ readonly among: number; readonly countersign: SearchFigures; readonly bm25: SearchFigures }> {
  const sources = new Map([...new Set(texts)].map((one, at) => [one, String(at)]));
  const trial = await openTrialSearch([...sources].map(([one, source]) => articleOf(one, source)));
  const measure = async (ask: TrialSearch["search"]): Promise<SearchFigures> => {
    const ranks: (number | null)[] = [];
    const ms: number[] = [];
    for (const { a, b } of duplicates) {
      const answer = await ask(a, LOOKED_THROUGH);
      const found = answer.hits.filter(({ source }) => source !== sources.get(a));
      const at = found.findIndex(({ source }) => source === sources.get(b));
      ranks.push(at === -1 ? null : at + 1);
      ms.push(answer.ms);
    }
    return searchFigures(ranks, ms);
  };
  try {
    return {
      among: sources.size,
      countersign: await measure(trial.search),
      bm25: await measure(trial.bm25),
    };
  } finally {
    await trial.close();
  }
}

/** A first sentence stands for the title. */
export function articleOf(text: string, source: string): TrialArticle {
  const title = headOf(text);
  return { title, source, body: text.slice(title.length) };
}
