import { fold, wordsOf } from "./words.ts";
import type { Word, WordKind } from "./words.ts";

/**
 * The form of a phrase, as an admin writes it in rules.yaml:
 * - `vpn` the whole word; a final `s` of a longer word makes no difference (`printer`, `printers`);
 * - `druck*` words that begin so; `*drucker` words that end so;
 * - `reset .. password` the words in this order with up to three others between them;
 * - `<number>`, `<date>`, `<address>`, `<link>` any such word.
 */
type Element =
  /** Its text is a stem. */
  | { readonly kind: "exact"; readonly text: string }
  | { readonly kind: "prefix" | "suffix"; readonly text: string }
  | { readonly kind: "class"; readonly text: WordKind }
  | { readonly kind: "gap" };

interface Pattern<T> {
  readonly rest: readonly Element[];
  readonly first: Element;
  readonly value: T;
}

interface PhraseHit<T> {
  readonly value: T;
  /** Places in the list of words: from, up to and without. */
  readonly from: number;
  readonly to: number;
}

/** The words of a text, each with its stem. */
interface Said {
  readonly words: readonly Word[];
  readonly stems: readonly string[];
}

/** Words that `..` may jump over. */
const LONGEST_GAP = 3;
const PREFIX_KEY = 3;
const SUFFIX_KEY = 4;
const CLASSES: ReadonlySet<string> = new Set(["number", "date", "address", "link"]);

/** All phrases of a rule table in one index: a text is walked once, whatever the number of rules. */
export class PhraseIndex<T> {
  readonly #exact = new Map<string, Pattern<T>[]>();
  readonly #prefix = new Map<string, Pattern<T>[]>();
  readonly #suffix = new Map<string, Pattern<T>[]>();
  readonly #class = new Map<string, Pattern<T>[]>();

  /** `phrase` must have passed `phraseFault`. A phrase with an umlaut is also found written out (`drücker`, `druecker`). */
  add(phrase: string, value: T): void {
    for (const spelling of spellings(phrase)) {
      const [first, ...rest] = elementsOf(spelling);
      if (first === undefined || first.kind === "gap") continue;
      const pattern = { first, rest, value };
      if (first.kind === "exact") push(this.#exact, first.text, pattern);
      else if (first.kind === "prefix") push(this.#prefix, first.text.slice(0, PREFIX_KEY), pattern);
      else if (first.kind === "suffix") push(this.#suffix, first.text.slice(-SUFFIX_KEY), pattern);
      else push(this.#class, first.text, pattern);
    }
  }

  /** Every place where a phrase stands, in order of its first word. */
  find(words: readonly Word[]): readonly PhraseHit<T>[] {
    const hits: PhraseHit<T>[] = [];
    const said: Said = { words, stems: words.map(({ text }) => stem(text)) };
    for (let at = 0; at < words.length; at += 1) {
      const { text, kind } = words[at] as Word;
      if (kind !== "address" && kind !== "link") {
        this.#collect(this.#exact.get(said.stems[at] ?? ""), said, at, hits, true);
        if (text.length >= PREFIX_KEY) {
          this.#collect(this.#prefix.get(text.slice(0, PREFIX_KEY)), said, at, hits);
        }
        if (text.length >= SUFFIX_KEY) {
          this.#collect(this.#suffix.get(text.slice(-SUFFIX_KEY)), said, at, hits);
        }
      }
      if (kind !== "word") this.#collect(this.#class.get(kind), said, at, hits);
    }
    return hits;
  }

  #collect(
    patterns: readonly Pattern<T>[] | undefined,
    said: Said,
    at: number,
    hits: PhraseHit<T>[],
    firstMatches = false,
  ): void {
    if (patterns === undefined) return;
    for (const { first, rest, value } of patterns) {
      if (!firstMatches && !matches(first, said, at)) continue;
      const to = rest.length === 0 ? at + 1 : endOf(rest, said, at + 1);
      if (to !== -1) hits.push({ value, from: at, to });
    }
  }
}

/** What is wrong with a phrase, as what is accepted instead; `null` when it can be used. */
export function phraseFault(phrase: string): string | null {
  for (const piece of phrase.trim().split(/\s+/)) {
    if (piece.startsWith("<") && !CLASSES.has(piece.slice(1, -1)))
      return "<number>, <date>, <address> or <link>";
    if (piece.endsWith("*") && fold(piece).length <= PREFIX_KEY) return "at least three letters before a *";
    if (piece.startsWith("*") && fold(piece).length <= SUFFIX_KEY) return "at least four letters after a *";
    if (piece.length > 1 && piece.startsWith("*") && piece.endsWith("*"))
      return "a * at one end of a word only";
    if (piece.slice(1, -1).includes("*")) return "a * at the start or the end of a word";
  }
  const elements = elementsOf(phrase);
  if (elements.length === 0) return "words";
  if (elements[0]?.kind === "gap" || elements.at(-1)?.kind === "gap") return ".. between two words";
  return null;
}

function elementsOf(phrase: string): readonly Element[] {
  return phrase
    .trim()
    .split(/\s+/)
    .flatMap((piece): readonly Element[] => {
      if (piece === "..") return [{ kind: "gap" }];
      if (piece.startsWith("<")) return [{ kind: "class", text: piece.slice(1, -1) as WordKind }];
      if (piece.startsWith("*")) return [{ kind: "suffix", text: fold(piece.slice(1)) }];
      if (piece.endsWith("*")) {
        const parts = wordsOf(piece.slice(0, -1)).map((word) => word.text);
        return parts.map((text, index) =>
          index === parts.length - 1 ? { kind: "prefix", text } : { kind: "exact", text: stem(text) },
        );
      }
      return wordsOf(piece).map((word) => ({ kind: "exact", text: stem(word.text) }));
    });
}

function spellings(phrase: string): readonly string[] {
  const written = phrase.replace(/[äöü]/gi, (letter) => `${fold(letter)}e`);
  return written === phrase ? [phrase] : [phrase, written];
}

/** One plural `s` makes no difference, in texts and in phrases alike. Short words are kept: `news`, `bus`. */
function stem(text: string): string {
  return text.length >= 5 && text.endsWith("s") && !text.endsWith("ss") ? text.slice(0, -1) : text;
}

function matches(element: Element, { words, stems }: Said, at: number): boolean {
  const word = words[at];
  if (word === undefined) return false;
  switch (element.kind) {
    case "exact":
      return stems[at] === element.text;
    case "prefix":
      return word.text.startsWith(element.text);
    case "suffix":
      return word.text.endsWith(element.text);
    case "class":
      return word.kind === element.text;
    case "gap":
      return false;
  }
}

/** Where the phrase ends, or -1. A gap takes the nearest place; there is no way back, so the walk is linear. */
function endOf(rest: readonly Element[], said: Said, from: number): number {
  let at = from;
  for (let index = 0; index < rest.length; index += 1) {
    const element = rest[index];
    if (element === undefined) break;
    if (element.kind !== "gap") {
      if (!matches(element, said, at)) return -1;
      at += 1;
      continue;
    }
    const next = rest[index + 1];
    if (next === undefined) return -1;
    const last = at + LONGEST_GAP;
    while (at <= last && !matches(next, said, at)) at += 1;
    if (at > last) return -1;
  }
  return at;
}

function push<T>(map: Map<string, Pattern<T>[]>, key: string, pattern: Pattern<T>): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [pattern]);
  else known.push(pattern);
}
