import { rank, rarityOf, type Corpus, type SearchText } from "./rank.ts";
import { headOf, readQuestion, tellingStems, type Question } from "./terms.ts";

/** A text that is compared with others of its kind, read once. */
export interface Comparable {
  readonly question: Question;
  readonly text: SearchText;
}

export function readComparable(text: string): Comparable {
  const head = headOf(text);
  const title = tellingStems(head);
  const body = tellingStems(text.slice(head.length));
  return {
    question: readQuestion(text),
    text: { title: title.join(" "), body: body.join(" "), length: title.length + body.length },
  };
}

/**
 * How far two texts say the same, 0 to 1, whichever comes first. Of pairs of questions about one product, 99 in 100 that had
 * nothing to do with each other were below 0.16, half of those that asked the same above 0.22: this is no probability.
 */
export function likeness(left: Comparable, right: Comparable, corpus: Corpus): number {
  return likenessTo(left, corpus)(right);
}

/** The same, of one text to many: what it is like by itself is worked out once. */
export function likenessTo(left: Comparable, corpus: Corpus): (right: Comparable) => number {
  const score = (asked: Comparable, answer: Comparable): number =>
    rank(asked.question, [answer.text], corpus)[0]?.score ?? 0;
  const own = score(left, left);
  return (right) => {
    const both = score(left, right);
    if (both === 0) return 0;
    const alone = own * score(right, right);
    return Math.min(1, Math.sqrt((both * score(right, left)) / alone));
  };
}

/** How rare words are among these texts, and how long the texts. */
export function corpusOf(texts: readonly Comparable[]): Corpus {
  const holders = new Map<string, number>();
  for (const { question } of texts)
    for (const stem of question.weights.keys()) holders.set(stem, (holders.get(stem) ?? 0) + 1);
  const stems = texts.reduce((sum, { text }) => sum + text.length, 0);
  return {
    rarity: (stem) => rarityOf(holders.get(stem) ?? 0, texts.length),
    meanLength: Math.max(1, stems / Math.max(1, texts.length)),
  };
}
