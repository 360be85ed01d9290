import { isSpelt, partsOf, slipsAllowed, slipsBetween } from "./near-words.ts";
import type { Question } from "./terms.ts";

/** A known word that stands for one of the question. */
export interface Sense {
  readonly word: string;
  /** Times the weight of what it stands for. */
  readonly factor: number;
}

/** A near word is a guess; a part of a compound is only part of what was said. */
const ONE_SLIP = 0.6;
const TWO_SLIPS = 0.35;
const PART = 0.5;

/** An end of a compound that says by itself what it is, in letters. */
const OWN_WORD = 5;

/** Guesses for one unknown word: its neighbours may be several forms of the right one. */
const MOST_NEAR = 3;

/** Unknown words that are looked into, the first ones: a mail full of names would be all guesses. */
const MOST_UNKNOWN = 10;

export function unknownWords(question: Question, known: ReadonlyMap<string, unknown>): readonly string[] {
  return [...question.weights.keys()]
    .filter((word) => !known.has(word) && isSpelt(word))
    .slice(0, MOST_UNKNOWN);
}

/** The nearest of the known words that share a key with an unknown one; words that are told apart by more are none. */
export function nearest(
  unknown: string,
  known: readonly { readonly word: string; readonly articles: number }[],
): readonly Sense[] {
  const near = known
    .map(({ word, articles }) => ({ word, articles, slips: slipsBetween(unknown, word) }))
    // Who mistypes a short word seldom mistypes its first letter.
    .filter(
      ({ word, slips }) => slips <= slipsAllowed(unknown) && (unknown.length > 5 || word[0] === unknown[0]),
    )
    .sort((a, b) => a.slips - b.slips || b.articles - a.articles);
  const least = near[0]?.slips;
  return near
    .filter(({ slips }) => slips === least)
    .slice(0, MOST_NEAR)
    .map(({ word, slips }) => ({ word, factor: slips === 1 ? ONE_SLIP : TWO_SLIPS }));
}

/** A compound's longest known end and beginning: the end says what it is. @param isKnown of a word or a part of one */
export function partsKnown(unknown: string, isKnown: (word: string) => boolean): readonly Sense[] {
  const { starts, ends } = partsOf(unknown);
  const end = ends.find(isKnown);
  const start = starts.find((one) => isKnown(one) && one.length <= unknown.length - (end?.length ?? 0));
  // A few letters of a long word mean nothing; an end that is a word of its own does, and so does half of it.
  const covered = (end?.length ?? 0) + (start?.length ?? 0);
  if ((end?.length ?? 0) < OWN_WORD && covered * 2 < unknown.length) return [];
  return [start, end].filter((one) => one !== undefined).map((word) => ({ word, factor: PART }));
}

/** The question with what its unknown words may mean beside them. */
export function widened(question: Question, senses: ReadonlyMap<string, readonly Sense[]>): Question {
  const weights = new Map(question.weights);
  for (const [unknown, meant] of senses) {
    const weight = question.weights.get(unknown) ?? 0;
    for (const { word, factor } of meant)
      weights.set(word, Math.max(weights.get(word) ?? 0, weight * factor));
  }
  return { ...question, weights };
}

/** One word to ask an index for: anywhere, or only in titles. */
export interface Asked {
  readonly word: string;
  readonly titlesOnly: boolean;
  /** Weight times rarity. */
  readonly worth: number;
}

/** Words of one search at the most: each is a list to walk. */
const MOST_ASKED = 24;

/**
 * Which words to ask an index for, so that at most `budget` articles need to be looked at however many there are. Words
 * that tell most come first; one that too many articles hold is asked for in titles only, or else left out. Where every word
 * is common, the one with the fewest titles is asked for there all the same. What was left out still counts in the ranking.
 */
export function planSearch(
  words: readonly {
    readonly word: string;
    readonly worth: number;
    readonly articles: number;
    readonly titles: number;
  }[],
  budget: number,
): readonly Asked[] {
  const asked: Asked[] = [];
  let left = budget;
  for (const { word, worth, articles, titles } of words.toSorted((a, b) => b.worth - a.worth)) {
    if (asked.length === MOST_ASKED) break;
    const titlesOnly = articles > left;
    const cost = titlesOnly ? titles : articles;
    if (cost === 0 || cost > left) continue;
    left -= cost;
    asked.push({ word, titlesOnly, worth });
  }
  if (asked.length > 0 || words.length === 0) return asked;
  const [least] = words.toSorted((a, b) => (a.titles || a.articles) - (b.titles || b.articles));
  return least === undefined ? [] : [{ word: least.word, titlesOnly: least.titles > 0, worth: least.worth }];
}
