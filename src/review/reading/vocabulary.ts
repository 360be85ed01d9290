/** Which word is which verb: the grammar's own, the languages it knows, and what a desk adds in its configuration. */
import { DEFAULT_SYNONYMS, PLAIN_YES, VERB_WORDS, type Synonyms, type VerbWord } from "./command-words.ts";
import { closings, openings } from "./sign-off-words.ts";

/** From a word, folded by `foldWord`, to its verb. */
export type Vocabulary = ReadonlyMap<string, VerbWord>;

/** In lower case without accents, as people write on a telephone. */
export function foldWord(word: string): string {
  return word.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replaceAll("ß", "ss");
}

/** A fault in a desk's synonyms: where it stands, and a sentence that says what is wrong. */
interface SynonymFault {
  readonly language: string;
  readonly verb: string;
  readonly word: string;
  readonly sentence: string;
}

/** The first meaning of a word stands; `faults` names what a desk may not add. */
export function vocabularyOf(added: Synonyms = {}): {
  readonly vocabulary: Vocabulary;
  readonly faults: readonly SynonymFault[];
} {
  const words = new Map<string, VerbWord>(VERB_WORDS.map((verb) => [verb, verb]));
  const faults: SynonymFault[] = [];
  const add = (synonyms: Synonyms): void => {
    for (const [language, verbs] of Object.entries(synonyms))
      for (const [name, list] of Object.entries(verbs))
        for (const word of list) {
          const verb = VERB_WORDS.find((one) => one === name);
          const wrong = verb === undefined ? `There is no command "${name}".` : faultOf(words, verb, word);
          if (wrong !== null) faults.push({ language, verb: name, word, sentence: wrong });
          else if (verb !== undefined) words.set(foldWord(word), verb);
        }
  };
  add(DEFAULT_SYNONYMS);
  add(added);
  return { vocabulary: words, faults };
}

function faultOf(words: Vocabulary, verb: VerbWord, word: string): string | null {
  const folded = foldWord(word.trim());
  if (!/^\p{L}{2,30}$/u.test(folded)) return `"${word}" is not one word of 2 to 30 letters.`;
  if (PLAIN_YES.has(folded))
    return `"${word}" is a plain yes, which people say to anything. It can never be a command.`;
  if (closings.has(folded) || openings.has(folded))
    return `"${word}" is a greeting, which may stand beside any command. It can never be one.`;
  const other = words.get(folded);
  if (other !== undefined && other !== verb)
    return `"${word}" is "${other}" already. A word has one meaning in every language.`;
  if (folded === "pause" || folded === "resume" || folded === "all" || folded === "desk")
    return `"${word}" is a word of the commands already.`;
  return null;
}

export const DEFAULT_VOCABULARY: Vocabulary = vocabularyOf().vocabulary;
