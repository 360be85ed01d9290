import type { CompactQuestion, CompactText } from "./compact.ts";
import { inCommon } from "./hashes.ts";

/** What the texts that are searched have in common. */
export interface Corpus {
  /** How rare a stem is, 0 (in every text) and up. @param stem its hash */
  rarity(stem: number): number;
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

/** Pairs of words and the letters of the heads are compared for the best so many, and weigh so much. */
const FINER = 60;
const PAIRS = 0.15;
const HEADS = 0.15;

/** One question, held against any number of texts. */
export interface Scorer {
  /** By the words in common, about 0 to 1. */
  rough(text: CompactText): number;
  /** By their order and the letters of the heads too; 0 for a text that shares no word. */
  full(text: CompactText, rough?: number): number;
}

export function scorer(question: CompactQuestion, corpus: Corpus): Scorer {
  const worth = new Float64Array(question.stems.length);
  let most = 0;
  // A loop: this is done for each text that is compared, and `from` takes five times as long.
  for (let at = 0; at < worth.length; at += 1) {
    const one = (question.weights[at] ?? 0) * corpus.rarity(question.stems[at] ?? 0);
    worth[at] = one;
    most += one;
  }
  const rough = (text: CompactText): number =>
    most === 0 ? 0 : byWords(question.stems, worth, text, corpus.meanLength) / most;
  return {
    rough,
    full: (text, known = rough(text)) => (known === 0 ? 0 : known + finer(question, text)),
  };
}

/**
 * The texts that share words with a question, best first, with a score of about 0 to 1: 1 says what the question says; more
 * says it more often. Made of the words in common by rarity, of pairs of words, and of the heads letter by letter.
 */
export function rank<T extends CompactText>(
  question: CompactQuestion,
  texts: readonly T[],
  corpus: Corpus,
): readonly { readonly text: T; readonly score: number }[] {
  const asked = scorer(question, corpus);
  const ranked = texts
    .map((text) => ({ text, score: asked.rough(text) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);
  const finest = ranked.slice(0, FINER).map(({ text, score }) => ({ text, score: asked.full(text, score) }));
  return [...finest.sort((a, b) => b.score - a.score), ...ranked.slice(FINER)];
}

/** @param worth of each of the stems, which are ascending */
function byWords(stems: Int32Array, worth: Float64Array, text: CompactText, meanLength: number): number {
  const room = REPEATS * (1 - LENGTH + (LENGTH * text.length) / meanLength);
  let [sum, asked, held] = [0, 0, 0];
  while (asked < stems.length && held < text.stems.length) {
    const [a, b] = [stems[asked] ?? 0, text.stems[held] ?? 0];
    if (a === b) {
      const count = text.counts[held] ?? 0;
      sum += ((worth[asked] ?? 0) * count * (1 + REPEATS)) / (count + room);
    }
    if (a <= b) asked += 1;
    if (b <= a) held += 1;
  }
  return sum;
}

function finer(question: CompactQuestion, { pairs, headTrigrams }: CompactText): number {
  const inPairs =
    question.pairs.length === 0 || pairs.length === 0
      ? 0
      : inCommon(question.pairs, pairs) / Math.sqrt(question.pairs.length * pairs.length);
  const letters = question.headTrigrams.length + headTrigrams.length;
  const inHeads = letters === 0 ? 0 : (2 * inCommon(question.headTrigrams, headTrigrams)) / letters;
  return PAIRS * inPairs + HEADS * inHeads;
}
