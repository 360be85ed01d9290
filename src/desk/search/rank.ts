import { pairsOf, trigramsOf, type Question } from "./terms.ts";

/** An article or a ticket as it is compared: stems with blanks between, as `tellingStems` gives them. */
export interface SearchText {
  readonly title: string;
  readonly body: string;
  /** Length of title and body in stems, also where `body` is only its beginning. */
  readonly length: number;
}

/** What the texts that are searched have in common. */
export interface Corpus {
  /** How rare a stem is, 0 (in every text) and up. */
  rarity(stem: string): number;
  /** In stems. */
  readonly meanLength: number;
}

/** The rarity of a word that `holders` of `texts` texts hold. */
export function rarityOf(holders: number, texts: number): number {
  const held = Math.min(holders, texts);
  return Math.log(1 + (texts - held + 0.5) / (held + 0.5));
}

/**
 * BM25's constants. Repeats go on counting and long texts pay nearly in full, which comes close to a cosine of tf-idf:
 * both were better on duplicate questions than the usual 1.2 and 0.75.
 */
const REPEATS = 3;
const LENGTH = 0.85;

/** Stems that begin a text count as a heading's do. */
const LEAD = 12;
const IN_HEAD = 0.5;

/** Pairs of words and the letters of the heads are compared for the best so many, and weigh so much. */
const FINER = 60;
const PAIRS = 0.15;
const HEADS = 0.15;

/**
 * The texts that share words with a question, best first, with a score of about 0 to 1: 1 says what the question says; more
 * says it more often. Made of the words in common by rarity, of pairs of words, and of the heads letter by letter.
 */
export function rank<T extends SearchText>(
  question: Question,
  texts: readonly T[],
  corpus: Corpus,
): readonly { readonly text: T; readonly score: number }[] {
  const worth = new Map<string, number>();
  for (const [stem, weight] of question.weights) worth.set(stem, weight * corpus.rarity(stem));
  const most = [...worth.values()].reduce((sum, one) => sum + one, 0);
  if (most === 0) return [];
  const rough = texts
    .map((text) => {
      const stems = stemsOf(text);
      return { text, ...stems, score: byWords(worth, stems, text.length / corpus.meanLength) / most };
    })
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);
  const finest = rough.slice(0, FINER).map((one) => ({ ...one, score: one.score + finer(question, one) }));
  const rest = rough.slice(FINER);
  return [...finest.sort((a, b) => b.score - a.score), ...rest].map(({ text, score }) => ({ text, score }));
}

interface Stems {
  readonly all: readonly string[];
  readonly head: readonly string[];
}

function stemsOf({ title, body }: SearchText): Stems {
  const inTitle = title === "" ? [] : title.split(" ");
  const inBody = body === "" ? [] : body.split(" ");
  return { all: [...inTitle, ...inBody], head: [...inTitle, ...inBody.slice(0, LEAD)] };
}

/** @param length of the text, as a multiple of the mean */
function byWords(worth: ReadonlyMap<string, number>, { all, head }: Stems, length: number): number {
  const counts = new Map<string, number>();
  for (const stem of all) if (worth.has(stem)) counts.set(stem, (counts.get(stem) ?? 0) + 1);
  for (const stem of new Set(head)) {
    const count = counts.get(stem);
    if (count !== undefined) counts.set(stem, count + IN_HEAD);
  }
  const room = REPEATS * (1 - LENGTH + LENGTH * length);
  let sum = 0;
  for (const [stem, count] of counts)
    sum += ((worth.get(stem) ?? 0) * count * (1 + REPEATS)) / (count + room);
  return sum;
}

function finer(question: Question, { all, head }: Stems): number {
  const pairs = pairsOf(all);
  const inPairs =
    question.pairs.size === 0 || pairs.size === 0
      ? 0
      : inCommon(question.pairs, pairs) / Math.sqrt(question.pairs.size * pairs.size);
  const trigrams = trigramsOf(head);
  const letters = question.headTrigrams.size + trigrams.size;
  const inHeads = letters === 0 ? 0 : (2 * inCommon(question.headTrigrams, trigrams)) / letters;
  return PAIRS * inPairs + HEADS * inHeads;
}

function inCommon(left: ReadonlySet<string>, right: ReadonlySet<string>): number {
  let shared = 0;
  for (const one of left) if (right.has(one)) shared += 1;
  return shared;
}
