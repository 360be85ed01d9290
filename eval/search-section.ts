import { join } from "node:path";
import { articleOf, findEachOther, isDuplicate, readPairs } from "../src/cli/eval-related.ts";
import { openTrialSearch, searchFigures, type Answer, type SearchFigures } from "../src/cli/trial-search.ts";
import type { Section } from "./section.ts";

const FILES = ["related-meta.jsonl"];

/** Duplicate questions: the one is searched for with the other. */
export const relatedSection: Section = {
  name: "related",
  files: FILES,
  async run(data) {
    const pairs = await readPairs(join(data, "related-meta.jsonl"));
    const { among, countersign, bm25 } = await findEachOther(
      pairs.filter(isDuplicate),
      pairs.map(({ b }) => b),
    );
    return [
      {
        what: `a duplicate question among the first five of ${among}`,
        reference: `BM25 alone ${bm25.hit5.toFixed(3)}`,
        aim: "above BM25",
        measured: countersign.hit5.toFixed(3),
      },
    ];
  },
};

const figures = ({ medianMs, p99Ms }: SearchFigures): string =>
  `${medianMs.toFixed(1)} / ${p99Ms.toFixed(1)} ms`;

const ARTICLES = 100_000;

/** Questions as mails are, with subject and body, put to articles made of the sentences of others. */
export const lookupSection: Section = {
  name: "lookup",
  files: FILES,
  async run(data, say) {
    const pairs = await readPairs(join(data, "related-meta.jsonl"));
    const begun = performance.now();
    const trial = await openTrialSearch(madeOf(pairs.flatMap(({ a, b }) => [a, b])));
    say(`${ARTICLES} articles taken in within ${((performance.now() - begun) / 1000).toFixed(0)} s`);
    try {
      const answers: Answer[] = [];
      for (const { a } of pairs.slice(0, 500)) answers.push(await trial.search(a, 5));
      const wall = searchFigures(
        [],
        answers.map(({ ms }) => ms),
      );
      const cpu = searchFigures(
        [],
        answers.map(({ cpuMs }) => cpuMs),
      );
      return [
        {
          what: `look-up over ${ARTICLES} articles, median / p99`,
          reference: "FTS5 OR query 15 ms / 112 ms (p95)",
          aim: "5 / 25 ms",
          measured: `${figures(wall)} by the clock, ${figures(cpu)} of processor time`,
        },
      ];
    } finally {
      await trial.close();
    }
  },
};

/** Texts first, then articles of three to eleven sentences from here and there, always the same. */
function madeOf(texts: readonly string[]) {
  const sentences = texts.flatMap((text) => text.split(/(?<=[.?!])\s+/)).filter((one) => one.length > 15);
  let state = 1;
  const below = (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  return Array.from({ length: ARTICLES }, (_, at) => {
    const given = texts[at];
    const picked = Array.from({ length: 3 + below(9) }, () => sentences[below(sentences.length)] ?? "");
    return articleOf(given ?? picked.join(" "), String(at));
  });
}
