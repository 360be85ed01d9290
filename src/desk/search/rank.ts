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

/** The same for texts without number: a logarithm is taken once, not for each word of each text that is compared. */
export class Rarities {
  #texts = 0;
  #byHolders = new Float64Array(1);

  of(holders: number, texts: number): number {
    if (texts !== this.#texts) {
      this.#texts = texts;
      this.#byHolders = new Float64Array(texts + 1);
    }
    const held = Math.min(holders, texts);
    // A word that all texts hold is still worth more than nothing, so that 0 is what was not worked out yet.
    this.#byHolders[held] ||= rarityOf(held, texts);
    return this.#byHolders[held] ?? 0;
  }
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
export class Scorer {
  readonly question: CompactQuestion;
  /** What each of the question's stems can say. */
  readonly worth: Float64Array;
  /** What all of them can say. */
  readonly #most: number;
  readonly meanLength: number;

  constructor(question: CompactQuestion, corpus: Corpus) {
    const { stems, weights } = question;
    const worth = new Float64Array(stems.length);
    let most = 0;
    // A loop: this is done for each text that is compared, and `from` takes five times as long.
    for (let at = 0; at < worth.length; at += 1) {
      const one = (weights[at] ?? 0) * corpus.rarity(stems[at] ?? 0);
      worth[at] = one;
      most += one;
    }
    this.question = question;
    this.worth = worth;
    this.#most = most;
    this.meanLength = corpus.meanLength;
  }

  /** By the words in common, about 0 to 1. */
  rough(text: CompactText): number {
    return this.share(byWords(this.question.stems, this.worth, text, this.meanLength));
  }

  /** What `rough` makes of what the words in common say. */
  share(saying: number): number {
    return this.#most === 0 ? 0 : saying / this.#most;
  }

  /** By their order and the letters of the heads too; 0 for a text that shares no word. */
  full(text: CompactText, rough = this.rough(text)): number {
    return rough === 0 ? 0 : rough + finer(this.question, text);
  }
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
  const asked = new Scorer(question, corpus);
  const ranked = texts
    .map((text) => ({ text, score: asked.rough(text) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);
  const finest = ranked.slice(0, FINER).map(({ text, score }) => ({ text, score: asked.full(text, score) }));
  return [...finest.sort((a, b) => b.score - a.score), ...ranked.slice(FINER)];
}

/** @param worth of each of the stems, which are ascending */
function byWords(stems: Int32Array, worth: Float64Array, text: CompactText, meanLength: number): number {
  const { stems: held, counts } = text;
  const room = roomOf(text.length, meanLength);
  let sum = 0;
  let left = 0;
  let right = 0;
  while (left < stems.length && right < held.length) {
    const a = stems[left] ?? 0;
    const b = held[right] ?? 0;
    if (a === b) sum += said(worth[left] ?? 0, counts[right] ?? 0, room);
    if (a <= b) left += 1;
    if (b <= a) right += 1;
  }
  return sum;
}

/** Both measures as one; 0 for a text that shares no word. */
export function fullOf(rough: number, finer: number): number {
  return rough === 0 ? 0 : rough + finer;
}

/** What a word says in a text where it stands so often. @param room of the text */
export function said(worth: number, count: number, room: number): number {
  return (worth * count * (1 + REPEATS)) / (count + room);
}

/** How much repeats go on counting in a text: the more, the longer it is. */
export function roomOf(length: number, meanLength: number): number {
  return REPEATS * (1 - LENGTH + (LENGTH * length) / meanLength);
}

/** What the order of words and the letters of the heads say. */
export function finer(
  { pairs, headTrigrams }: Pick<CompactQuestion, "pairs" | "headTrigrams">,
  text: Pick<CompactText, "pairs" | "headTrigrams">,
): number {
  return finerOf(inPairs(pairs, text.pairs), inHeads(headTrigrams, text.headTrigrams));
}

export function finerOf(pairs: number, heads: number): number {
  return PAIRS * pairs + HEADS * heads;
}

/** The share of pairs that two texts have in common, whichever comes first. */
export function inPairs(left: Int32Array, right: Int32Array): number {
  return left.length === 0 || right.length === 0
    ? 0
    : inCommon(left, right) / Math.sqrt(left.length * right.length);
}

export function inHeads(left: Int32Array, right: Int32Array): number {
  const letters = left.length + right.length;
  return letters === 0 ? 0 : (2 * inCommon(left, right)) / letters;
}
