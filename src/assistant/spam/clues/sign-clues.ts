import { foldForLearning } from "../../learning/tokens.ts";
import { isStopWord } from "../../local/language.ts";
import { stepsOf, tenthsOf, those, type Clue } from "./clue.ts";

/** As much of a text as is read word by word, in characters. */
const READ = 3_000;
const FEWEST_WORDS = 10;

/** What signs a text is made of, and how many of its words are common ones of the desk's languages. */
export function signClues(start: string): readonly Clue[] {
  const count = (signs: RegExp): number => start.match(signs)?.length ?? 0;
  const words = foldForLearning(start.slice(0, READ)).match(/\p{L}+/gu) ?? [];
  const common = words.filter(isStopWord).length;
  return [
    ...tenthsOf("text:digits", 5 * count(/\d/g), start.length),
    ...tenthsOf("text:signs", 3 * count(/[#$%&*+/<=>@[\\\]^_`{|}~]/g), start.length),
    ...tenthsOf("text:foreign-letters", 2 * count(/[\u0080-\uffff]/g), start.length),
    ...stepsOf("text:questions", count(/\?/g), 32),
    ...stepsOf("text:dots", count(/\.{3,}/g), 16),
    ...stepsOf("text:brackets", count(/\[[^\]]{0,60}\]/g), 16),
    // Paths, calls and markup: people who have trouble with a system quote it, people who sell write around it.
    ...stepsOf("text:code", count(/[{}<>=;]{2}|\(\)|\w\.\w+\(|\/\w+\/\w+/g), 32),
    ...stepsOf("text:shouted-words", count(/\b\p{Lu}{4,}\b/gu)),
    ...tenthsOf("text:common-words", 2 * common, words.length),
    ...those({ "text:no-common-word": words.length > FEWEST_WORDS && common === 0 }),
  ];
}
