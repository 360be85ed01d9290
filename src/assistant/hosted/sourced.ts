import type { DraftSource } from "../../desk/draft-findings.ts";
import { isStopWord } from "../local/language.ts";
import { sentencesOf } from "../local/letter.ts";
import { wordsOf } from "../local/words.ts";

/** A text that a draft may rest on. */
export interface SourceText extends Pick<DraftSource, "kind" | "name"> {
  readonly text: string;
}

/** Share of a sentence's content words that one source must have. */
const ENOUGH = 0.6;
/** Letters by which two forms of a word are one. */
const STEM = 6;

/**
 * Which source supports each sentence of a text, and the sentences that none supports, as they stand in it. It does not ask the
 * writer, who may be a model: it compares words. Questions, and sentences without content of their own ("Thank you."), state
 * nothing and are in neither list.
 */
export function sourcesOf(
  text: string,
  known: readonly SourceText[],
): { readonly sources: readonly DraftSource[]; readonly unsourced: readonly string[] } {
  const content = known.map(({ kind, name, text: says }) => ({ kind, name, words: contentOf(says) }));
  const sources: DraftSource[] = [];
  const unsourced: string[] = [];
  for (const sentence of sentencesOf(text)) {
    const words = [...contentOf(sentence)];
    if (/\?["'”»)]{0,2}$/u.test(sentence) || words.length < 2) continue;
    const share = (source: { readonly words: ReadonlySet<string> }): number =>
      words.filter((word) => source.words.has(word)).length / words.length;
    const best = content.toSorted((left, right) => share(right) - share(left))[0];
    if (best !== undefined && share(best) >= ENOUGH)
      sources.push({ sentence, kind: best.kind, name: best.name });
    else unsourced.push(sentence);
  }
  return { sources, unsourced };
}

function contentOf(text: string): ReadonlySet<string> {
  return new Set(
    wordsOf(text)
      .filter((word) => word.text.length > 2 && !isStopWord(word.text))
      .map((word) => word.text.slice(0, STEM)),
  );
}
