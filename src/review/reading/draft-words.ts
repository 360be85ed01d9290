/**
 * A draft, or what a reply made of it, as the words that carry its meaning. Two texts with the same words are the same
 * draft: white space, wrapping, smart quotes, dashes, emphasis, list bullets and links that a scanner rewrote do not
 * count. Case, digits, punctuation and link targets do.
 */
import { emphasisOf, type Emphasis, type Span } from "./draft-emphasis.ts";
import { linkKey, unwrapLink } from "./scanner-link.ts";

export interface Word {
  /** What is compared. */
  readonly key: string;
  /** Place in the source, with the signs of emphasis and links around it. */
  readonly start: number;
  readonly end: number;
  /** How it is written out, where that is not the source: a link without its scanner. */
  readonly text: string | null;
  /** A list bullet or dash at the start of a line: formatting. */
  readonly soft: boolean;
  readonly link: boolean;
  /** Words between one pair of signs share a number; 0 for none. */
  readonly group: number;
}

export interface WordedText {
  readonly source: string;
  readonly words: readonly Word[];
  /** A link whose target only a scanner knows stands in it. */
  readonly opaqueLink: boolean;
}

/** @param known link targets of the draft, by host: they tell what a scanner's opaque link stands for */
export function wordsOf(source: string, known: ReadonlyMap<string, string> = new Map()): WordedText {
  const marks = emphasisOf(source);
  const reader: Reader = {
    source,
    known,
    words: [],
    opaque: false,
    group: 0,
    repeatedUntil: -1,
    labelUntil: -1,
    marks,
  };
  let at = 0;
  while (at < source.length) {
    if (isSpace(source[at])) at++;
    else at = readLink(reader, at) ?? readPlain(reader, at);
  }
  return { source, words: withGroups(reader.words, marks), opaqueLink: reader.opaque };
}

interface Reader {
  readonly source: string;
  readonly known: ReadonlyMap<string, string>;
  readonly words: Word[];
  readonly marks: Emphasis;
  opaque: boolean;
  group: number;
  /** Where a link ended that only repeated the word before it; what is glued to it belongs to that word. */
  repeatedUntil: number;
  /** Where the `](url)` of the open Markdown link begins; -1 outside one. */
  labelUntil: number;
}

const scheme = /^(?:https?:\/\/|mailto:|tel:)[^\s<>]/i;
const LONGEST_LINK = 3000;

/** `<url>`, `[url]`, `(url)`, `[label](url)` and its end, at this place; the index behind it, or `null`. */
function readLink(reader: Reader, at: number): number | null {
  const { source } = reader;
  const sign = source[at];
  if (at === reader.labelUntil) {
    const close = markdownTarget(source, at);
    reader.labelUntil = -1;
    if (close === null) return null;
    putLink(reader, { start: at, end: close.end }, close.url, (url) => `](${url})`);
    return close.end;
  }
  if (sign === "[" && reader.labelUntil < 0) {
    const middle = markdownMiddle(source, at);
    if (middle !== null) {
      reader.labelUntil = middle;
      reader.group++;
      return readPlain(reader, at);
    }
  }
  const close = sign === "<" ? ">" : sign === "[" ? "]" : sign === "(" ? ")" : null;
  if (close === null || !scheme.test(source.slice(at + 1, at + 12).trimStart())) return null;
  const end = source.slice(at, at + LONGEST_LINK).indexOf(close);
  const inner = source.slice(at + 1, at + end).trim();
  // A program that wraps long lines may break a link in angle brackets; the others stand on one line.
  if (end < 0 || (sign !== "<" && /\s/.test(inner))) return null;
  putLink(reader, { start: at, end: at + end + 1 }, inner.replace(/\s+/g, ""), (url) => `<${url}>`);
  return at + end + 1;
}

/** The index of `](` of a Markdown link that opens here; labels are short. A blank line may be a gateway's, not the writer's. */
function markdownMiddle(source: string, at: number): number | null {
  const near = source.slice(at, at + 300);
  const middle = near.indexOf("](");
  if (middle < 2 || near.slice(1, middle).includes("[")) return null;
  return markdownTarget(source, at + middle) === null ? null : at + middle;
}

/** `](url)`, also where a program made the url a link of its own: `](url <url>)`. */
function markdownTarget(source: string, at: number): { readonly url: string; readonly end: number } | null {
  const found =
    /^\]\(\s{0,3}([^\s<>()]{1,2000}(?:\([^\s<>()]{0,200}\)[^\s<>()]{0,500})?)\s{0,3}(?:<[^<>]{1,2000}>)?\s{0,3}\)/.exec(
      source.slice(at, at + LONGEST_LINK + 2000),
    );
  const url = found?.[1] ?? "";
  return found !== null && scheme.test(url) ? { url, end: at + found[0].length } : null;
}

function putLink(reader: Reader, span: Span, url: string, write: (url: string) => string): void {
  const target = targetOf(reader, url);
  const last = reader.words.at(-1);
  const before = reader.source.slice(last?.end ?? 0, span.start);
  const inMarkdown = reader.source[span.start] === "]";
  if (
    !inMarkdown &&
    last !== undefined &&
    before.trim() === "" &&
    namesItself(reader.words, reader.source, target.url)
  ) {
    // The program wrote a bare address twice, `bob@x.example <mailto:bob@x.example>`: one is enough.
    reader.words[reader.words.length - 1] = {
      ...last,
      end: span.end,
      text: last.text ?? reader.source.slice(last.start, last.end),
    };
    reader.repeatedUntil = span.end;
    return;
  }
  reader.words.push({
    ...span,
    key: `<${target.key}>`,
    text: target.url === url ? null : write(target.url),
    soft: false,
    link: true,
    group: inMarkdown ? reader.group : 0,
  });
}

function targetOf(reader: Reader, url: string): { readonly url: string; readonly key: string } {
  const unwrapped = unwrapLink(url);
  if (unwrapped.kind === "plain") return { url: unwrapped.url, key: linkKey(unwrapped.url) };
  const known = unwrapped.host === null ? undefined : reader.known.get(unwrapped.host);
  if (known !== undefined) return { url: known, key: linkKey(known) };
  reader.opaque = true;
  return { url, key: `opaque:${url}` };
}

/** Whether the words before already say the target: the same address, host or telephone number. */
function namesItself(words: readonly Word[], source: string, url: string): boolean {
  const last = words.at(-1);
  if (last === undefined) return false;
  if (/^tel:/i.test(url)) {
    const digits = url.replace(/\D/g, "");
    const said = words
      .slice(-6)
      .map((word) => source.slice(word.start, word.end))
      .join("")
      .replace(/\D/g, "");
    return digits.length > 4 && said.endsWith(digits.slice(-Math.max(5, digits.length - 4)));
  }
  const written = last.link ? last.key.slice(1, -1) : last.key;
  if (/^https?:/i.test(written)) return linkKey(unwrapped(written)) === linkKey(url);
  return bareAddress(written.replace(/^[<("]+/, "")) === bareAddress(url) && !/[?#]/.test(url);
}

function bareAddress(text: string): string {
  return text
    .toLowerCase()
    .replace(/^(?:https?:\/\/|mailto:)/, "")
    .replace(/[?#].*$/, "")
    .replace(/\/$/, "");
}

function unwrapped(url: string): string {
  const link = unwrapLink(url);
  return link.kind === "plain" ? link.url : url;
}

/** A run of characters up to white space, a link, or the end of a link's label. */
function readPlain(reader: Reader, at: number): number {
  const { source } = reader;
  const opensLabel = source[at] === "[" && reader.labelUntil > at;
  let end = opensLabel ? at + 1 : at;
  if (scheme.test(source.slice(end, end + 12))) return readBareLink(reader, at, end);
  while (end < source.length && !isSpace(source[end]) && end !== reader.labelUntil) {
    if (end > at && "<[(".includes(source[end] ?? "") && scheme.test(source.slice(end + 1, end + 12))) break;
    end++;
    // Scripts without spaces wrap anywhere: each character is a word.
    if (isIdeograph(source, end - 1) || isIdeograph(source, end)) break;
  }
  const soft = /^(?:[-–—*•·▪◦‣§]|\*\*)$/.test(source.slice(at, end)) && startsLine(source, at);
  const key = soft ? "-" : keyOf(reader, opensLabel ? at + 1 : at, end);
  const last = reader.words.at(-1);
  if (reader.repeatedUntil === at && last !== undefined && !/^https?:/i.test(last.key)) {
    const text = (last.text ?? "") + source.slice(at, end);
    reader.words[reader.words.length - 1] = { ...last, key: last.key + key, end, text };
  } else if (key !== "") {
    const group = reader.labelUntil >= 0 ? reader.group : 0;
    reader.words.push({
      key,
      start: at,
      end,
      text: soft && /[*•·▪◦‣§]/.test(source[at] ?? "") ? "-" : null,
      soft,
      link: false,
      group,
    });
  }
  return end;
}

/** The punctuation behind a bare link is a word of its own: programs that make it a link put `<url>` in between. */
function readBareLink(reader: Reader, at: number, from: number): number {
  const { source } = reader;
  let end = from;
  while (
    end < source.length &&
    end - from < LONGEST_LINK &&
    !/[\s<>"“”]/.test(source[end] ?? " ") &&
    end !== reader.labelUntil
  )
    end++;
  while (end > from + 8 && /[.,;:!?'*_)\]]/.test(source[end - 1] ?? "")) {
    if (source[end - 1] === ")" && source.slice(from, end).includes("(")) break;
    end--;
  }
  const url = source.slice(from, end);
  const target = targetOf(reader, url);
  reader.words.push({
    key: /^https?:/i.test(url) ? target.key : url,
    start: at,
    end,
    text: target.url === url ? null : target.url,
    soft: false,
    link: false,
    group: reader.labelUntil >= 0 ? reader.group : 0,
  });
  return end;
}

const foldings: readonly (readonly [signs: string, to: string])[] = [
  ["‘’‚‛′＇`´", "'"],
  ["“”„‟″＂", '"'],
  ["‐‑‒–—―−", "-"],
  ["\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\ufe0f\ufe0e", ""],
  ["…", "..."],
];
const folded: ReadonlyMap<string, string> = new Map(
  foldings.flatMap(([signs, to]) => Array.from(signs, (sign) => [sign, to] as const)),
);

function keyOf(reader: Reader, start: number, end: number): string {
  let key = "";
  for (let at = start; at < end; at++) {
    if (reader.marks.signs.has(at)) continue;
    const character = reader.source[at] ?? "";
    if (character === "\\" && "*_[]".includes(reader.source[at + 1] ?? "\\")) continue;
    key += folded.get(character) ?? character;
  }
  const dashes = /^-+$/.test(key) ? "-" : key.replace(/(?<=[\p{L}\p{N}])-{2,3}(?=[\p{L}\p{N}])/gu, "-");
  return dashes.normalize("NFC");
}

/** Numbers the words within each span of emphasis; those of a link keep theirs. */
function withGroups(words: readonly Word[], emphasis: Emphasis): readonly Word[] {
  if (emphasis.spans.length === 0) return words;
  const spans = emphasis.spans.toSorted((a, b) => a.start - b.start);
  let next = 0;
  return words.map((word) => {
    while (next < spans.length && (spans[next]?.end ?? 0) <= word.start) next++;
    const span = spans[next];
    return word.group === 0 && span !== undefined && span.start < word.end
      ? { ...word, group: 1_000_000 + next }
      : word;
  });
}

function isSpace(character: string | undefined): boolean {
  return character !== undefined && /[\s\u200b\u2800\ufeff]/.test(character);
}

function isIdeograph(source: string, at: number): boolean {
  const character = source[at];
  return (
    character !== undefined &&
    character >= "\u2e80" &&
    /[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]/.test(character)
  );
}

function startsLine(source: string, at: number): boolean {
  for (let before = at - 1; before >= 0 && at - before < 12; before--) {
    if (source[before] === "\n") return true;
    if (!isSpace(source[before])) return false;
  }
  return at < 12;
}
