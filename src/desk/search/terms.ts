import { pairsOf, trigramHashes, wordHashes } from "./hashes.ts";
import { foldedWords, stem } from "./stem.ts";

/** Words that every mail has, folded: they find everything and tell nothing. Of English and German, as the stems are. */
const EMPTY: ReadonlySet<string> = new Set(
  (
    "i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself " +
    "it its itself they them their theirs themselves what which who whom this that these those am is are was were be " +
    "been being have has had having do does did doing a an the and but if or because as until while of at by for with " +
    "about against between into through during before after above below to from up down in out on off over under " +
    "again further then once here there when where why how all any both each few more most other some such no nor not " +
    "only own same so than too very s t can will just don should now would could also d ll m re ve " +
    "der die das und ist sind war zu von auf fur mit mein meine wir unser sie ihr es dies dass ich nicht kann bitte " +
    "seit ein eine einen einem einer den dem des haben hat aber wenn werden wie im bei auch noch sich uns mir mich nach " +
    "kein keine oder als um aus wird zum zur"
  ).split(" "),
);

/** Stems of the words that tell something, in order, repeats kept. What an index of articles is given. */
export function tellingStems(text: string): readonly string[] {
  const stems: string[] = [];
  for (const word of foldedWords(text)) if (word.length >= 2 && !EMPTY.has(word)) stems.push(stem(word));
  return stems;
}

/** How much of a question is read, in characters, and how many of its distinct words are asked for. */
export const READ = 6000;
const MOST_TERMS = 150;

/** What somebody asks, as a search needs it. */
export interface Question {
  /** Stem → how much it says: more where it is repeated, more where it stands in the head. Without regard to its rarity. */
  readonly weights: ReadonlyMap<string, number>;
  /** Of stems side by side, for the order of words; ascending, as the other. */
  readonly pairs: Int32Array;
  readonly headTrigrams: Int32Array;
}

/** A word in the head (a subject, a first sentence) says half a word more than one below. */
const HEAD = 0.5;

export function readQuestion(text: string): Question {
  return questionOf(headAndBody(text.slice(0, READ)));
}

/** The stems of a text's head, and of what follows. */
interface HeadAndBody {
  readonly head: readonly string[];
  readonly body: readonly string[];
}

export function headAndBody(text: string): HeadAndBody {
  const head = headOf(text);
  return { head: tellingStems(head), body: tellingStems(text.slice(head.length)) };
}

export function questionOf({ head, body }: HeadAndBody): Question {
  const stems = [...head, ...body];
  const counts = new Map<string, number>();
  for (const one of stems) {
    const known = counts.get(one);
    if (known !== undefined || counts.size < MOST_TERMS) counts.set(one, (known ?? 0) + 1);
  }
  const inHead = new Set(head);
  const weights = new Map<string, number>();
  for (const [one, count] of counts) weights.set(one, Math.log1p(count) + (inHead.has(one) ? HEAD : 0));
  return { weights, pairs: pairsOf(wordHashes(stems.join(" "))), headTrigrams: trigramHashes(head) };
}

const HEAD_LENGTH = 100;

/** A first line or sentence where it is of a heading's length; else the words of the first hundred characters. */
export function headOf(text: string): string {
  const heading = /^\s*([^\n]{10,200}?(?:[?.!](?=\s)|(?=\n)))/.exec(text)?.[0];
  if (heading !== undefined) return heading;
  const lead = text.slice(0, HEAD_LENGTH);
  return text.length > HEAD_LENGTH ? (/^.*\s/s.exec(lead)?.[0] ?? lead) : lead;
}
