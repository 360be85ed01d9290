import {
  compactQuestion,
  compactText,
  inOnePiece,
  type CompactQuestion,
  type CompactText,
} from "./compact.ts";
import { finer, finerOf, fullOf, inHeads, inPairs, rarityOf, Scorer, type Corpus } from "./rank.ts";
import { headAndBody, questionOf, READ } from "./terms.ts";

/** A text that is compared with others of its kind, read once. */
export interface Comparable {
  readonly question: CompactQuestion;
  /** It has the question's pairs: both are made of all its words. */
  readonly text: CompactText;
  /** What `finer` says of the two, whatever they are compared with. */
  readonly finer: number;
}

const NONE = new Int32Array(0);

export function readComparable(text: string): Comparable {
  const stems = headAndBody(text.slice(0, READ));
  const question = inOnePiece(compactQuestion(questionOf(stems)));
  const { pairs } = question;
  const rest = { ...compactText(stems.head.join(" "), stems.body.join(" ")), pairs: NONE };
  const own = { ...inOnePiece(rest), pairs };
  return { question, text: own, finer: finer(question, own) };
}

/**
 * How far two texts say the same, 0 to 1, whichever comes first. Of pairs of questions about one product, 99 in 100 that had
 * nothing to do with each other were below 0.16, half of those that asked the same above 0.22: this is no probability.
 */
export function likeness(left: Comparable, right: Comparable, corpus: Corpus): number {
  return new LikenessTo(left, corpus).of(right);
}

/** The same, of one text to many: what it is like by itself is worked out once. */
export class LikenessTo {
  /** The text as a question to the others. */
  readonly asked: Scorer;
  readonly #left: Comparable;
  readonly #corpus: Corpus;
  readonly #own: number;

  constructor(left: Comparable, corpus: Corpus) {
    this.#left = left;
    this.#corpus = corpus;
    this.asked = new Scorer(left.question, corpus);
    this.#own = fullOf(this.asked.rough(left.text), left.finer);
  }

  /** A cheap measure, to choose what is compared in full; 0 where no telling word is shared. */
  rough(right: Comparable): number {
    return this.asked.rough(right.text);
  }

  /** @param rough where it is known */
  of(right: Comparable, rough = this.rough(right)): number {
    if (rough === 0) return 0;
    const left = this.#left;
    const pairs = inPairs(left.text.pairs, right.text.pairs);
    const both = rough + finerOf(pairs, inHeads(left.question.headTrigrams, right.text.headTrigrams));
    const asRight = new Scorer(right.question, this.#corpus);
    const back = finerOf(pairs, inHeads(right.question.headTrigrams, left.text.headTrigrams));
    const asAsked = both * fullOf(asRight.rough(left.text), back);
    const byThemselves = this.#own * fullOf(asRight.rough(right.text), right.finer);
    return Math.min(1, Math.sqrt(asAsked / byThemselves));
  }
}

/** How rare words are among these texts, and how long the texts. */
export function corpusOf(texts: readonly Comparable[]): Corpus {
  const holders = new Map<number, number>();
  for (const { question } of texts)
    for (const stem of question.stems) holders.set(stem, (holders.get(stem) ?? 0) + 1);
  const stems = texts.reduce((sum, { text }) => sum + text.length, 0);
  return {
    rarity: (stem) => rarityOf(holders.get(stem) ?? 0, texts.length),
    meanLength: Math.max(1, stems / Math.max(1, texts.length)),
  };
}
