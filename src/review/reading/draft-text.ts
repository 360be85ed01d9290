/** Whether a text still is the draft, and, where it is not, the edited draft without the marks of its journey. */
import { wordsOf, type Word, type WordedText } from "./draft-words.ts";
import { alignSequences } from "./word-diff.ts";

interface DraftComparison {
  readonly same: boolean;
  /** The same but for links without their targets or for `/slashes/` around words, as programs that make text of HTML leave them. */
  readonly sameButForLinks: boolean;
  /** The edited text: where nothing was changed as the draft has it, elsewhere as the reply has it, unwrapped. */
  readonly text: string;
  /** Whether a link stays whose target only a scanner knows. */
  readonly opaqueLink: boolean;
  /** Characters of the draft came back as `?`. */
  readonly lostCharacters: boolean;
  /** Words only the reply has, by lines of the reply. */
  readonly addedLines: readonly string[];
  /** Share of the draft's words that the reply still has, 0 to 1. */
  readonly kept: number;
}

/** Zero-width spaces, byte order marks and soft hyphens, which programs put in and take out. */
const roomless = /[\u200b\u2060\ufeff\u00ad]/g;

/** Compares a draft with the text between its markers, already without quote signs; lines end in LF. */
export function compareWithDraft(draft: string, reply: string): DraftComparison {
  const before = wordsOf(draft.replace(roomless, ""));
  const after = joinBroken(wordsOf(reply.replace(roomless, ""), linksByHost(before)), before);
  const pairs = alignSequences(before.words.map(keyOf), after.words.map(keyOf));
  const keptBefore = new Set(pairs.map(([at]) => at));
  const keptAfter = new Set(pairs.map(([, at]) => at));
  const removed = before.words.filter((word, at) => !keptBefore.has(at) && !word.soft);
  const added = after.words.filter((word, at) => !keptAfter.has(at) && !word.soft);
  const same = removed.length === 0 && added.length === 0;
  return {
    same,
    sameButForLinks: same || keysWithoutLinks(before) === keysWithoutLinks(after),
    text: same ? draft : restore(before, after, pairs),
    opaqueLink: !same && after.opaqueLink,
    lostCharacters: !same && lostCharacters(before, removed, after, added),
    addedLines: linesOf(after, added),
    kept: before.words.length === 0 ? 1 : pairs.length / before.words.length,
  };
}

/** The words of a text as one string: two texts that say the same have the same. Link targets are left out. */
export function wordingOf(text: string): string {
  return keysWithoutLinks(wordsOf(text.replace(roomless, "")));
}

function keyOf(word: Word): string {
  return word.key;
}

function keysWithoutLinks(text: WordedText): string {
  const keys: string[] = [];
  let linkEnd = -1;
  for (const word of text.words) {
    if (word.link) linkEnd = word.end;
    if (word.link || word.soft) continue;
    const key = /^\/[^/\s]+$/.test(word.key) ? word.key.slice(1) : word.key;
    const plain = key.replace(/(?<=[^/])\/([.,;:!?)]*)$/, "$1");
    // The full stop behind a link belongs to the word before it, where the link is not shown.
    if (word.start === linkEnd && keys.length > 0 && /^[.,;:!?)"']+$/.test(plain))
      keys.push(`${keys.pop() ?? ""}${plain}`);
    else keys.push(plain);
  }
  return keys.join(" ");
}

/** Hosts that stand for one link only. */
function linksByHost(draft: WordedText): ReadonlyMap<string, string> {
  const hosts = new Map<string, Set<string>>();
  for (const word of draft.words) {
    const url = word.link ? word.key.slice(1, -1) : word.key;
    if (!/^https?:/.test(url) || !URL.canParse(url)) continue;
    const host = new URL(url).hostname;
    hosts.set(host, (hosts.get(host) ?? new Set()).add(url));
  }
  return new Map(
    [...hosts].filter(([, urls]) => urls.size === 1).map(([host, urls]) => [host, [...urls][0] ?? ""]),
  );
}

/** Long words, links and hyphenated words that wrapping broke over lines become one word again, where the draft has it. */
function joinBroken(reply: WordedText, draft: WordedText): WordedText {
  const known = new Set(draft.words.map(keyOf).filter((key) => key.length >= 24 || /.[-/]./.test(key)));
  if (known.size === 0) return reply;
  const words: Word[] = [];
  for (let at = 0; at < reply.words.length; at++) {
    const first = reply.words[at] as Word;
    let joined = first.key;
    let last = first;
    let took = 0;
    for (let step = 1; step <= 6 && at + step < reply.words.length; step++) {
      const next = reply.words[at + step] as Word;
      const gap = reply.source.slice(last.end, next.start);
      if (gap !== "" && !/^[ \t]*\n[ \t]*$/.test(gap)) break;
      if (gap !== "" && joined.length < 24 && !/[-/]$/.test(joined)) break;
      joined += next.key;
      last = next;
      if (known.has(joined)) took = step;
    }
    if (took === 0) words.push(first);
    else {
      const end = (reply.words[at + took] as Word).end;
      const key = reply.words
        .slice(at, at + took + 1)
        .map(keyOf)
        .join("");
      words.push({ ...first, key, end, text: reply.source.slice(first.start, end).replace(/\s+/g, "") });
      at += took;
    }
  }
  return { ...reply, words };
}

function spelling(text: WordedText, word: Word): string {
  return text.source.slice(word.start, word.end);
}

/** A program without the draft's characters writes `?` for each: `“Fast` becomes `?Fast`. */
function lostCharacters(
  before: WordedText,
  removed: readonly Word[],
  after: WordedText,
  added: readonly Word[],
): boolean {
  const lost = new Set(
    removed
      .map((word) => spelling(before, word))
      .filter((word) => /[^\p{ASCII}]/u.test(word))
      .map((word) => word.replace(/[^\p{ASCII}]/gu, "?")),
  );
  return lost.size > 0 && added.some((word) => lost.has(spelling(after, word)));
}

function linesOf(text: WordedText, words: readonly Word[]): string[] {
  const lines = new Set<string>();
  let line = -1;
  for (const word of words) {
    if (word.start < line) continue;
    const start = text.source.lastIndexOf("\n", word.start) + 1;
    const end = text.source.indexOf("\n", word.start);
    line = end < 0 ? text.source.length : end;
    lines.add(text.source.slice(start, line).trim());
  }
  return [...lines];
}

function groupSizes(text: WordedText): Map<number, number> {
  const sizes = new Map<number, number>();
  for (const word of text.words)
    if (word.group !== 0) sizes.set(word.group, (sizes.get(word.group) ?? 0) + 1);
  return sizes;
}

/** Signs of emphasis and links make sense in pairs only: a group that is not whole is written as the reply has it. */
function wholePairs(
  before: WordedText,
  after: WordedText,
  pairs: readonly (readonly [number, number])[],
): Set<number> {
  const brokenBefore = new Set(before.words.map((word) => word.group));
  const brokenAfter = new Set(after.words.map((word) => word.group));
  const left = groupSizes(before);
  const right = groupSizes(after);
  let previous: readonly [number, number] | undefined;
  for (const pair of pairs) {
    const from = before.words[pair[0]] as Word;
    const to = after.words[pair[1]] as Word;
    const follows = previous !== undefined && pair[0] === previous[0] + 1 && pair[1] === previous[1] + 1;
    // A gap within a group leaves its count too high, so it stays broken.
    if (follows || before.words[pair[0] - 1]?.group !== from.group)
      left.set(from.group, (left.get(from.group) ?? 0) - 1);
    if (follows || after.words[pair[1] - 1]?.group !== to.group)
      right.set(to.group, (right.get(to.group) ?? 0) - 1);
    previous = pair;
  }
  for (const group of brokenBefore) if (group === 0 || left.get(group) === 0) brokenBefore.delete(group);
  for (const group of brokenAfter) if (group === 0 || right.get(group) === 0) brokenAfter.delete(group);
  // A group of one side that overlaps a broken one of the other is broken with it.
  const asDraft = new Set<number>();
  let passes = 0;
  for (let grew = true; grew; passes++) {
    if (passes > 8) return asDraft;
    grew = false;
    for (const [from, to] of pairs) {
      const left = before.words[from]?.group ?? 0;
      const right = after.words[to]?.group ?? 0;
      if (brokenBefore.has(left) && right !== 0 && !brokenAfter.has(right))
        grew = brokenAfter.add(right).size > 0;
      if (brokenAfter.has(right) && left !== 0 && !brokenBefore.has(left))
        grew = brokenBefore.add(left).size > 0;
    }
  }
  for (const [from, to] of pairs) {
    if (!brokenBefore.has(before.words[from]?.group ?? 0) && !brokenAfter.has(after.words[to]?.group ?? 0))
      asDraft.add(to);
  }
  return asDraft;
}

function restore(
  before: WordedText,
  after: WordedText,
  pairs: readonly (readonly [number, number])[],
): string {
  const partner = new Map(pairs.map(([from, to]) => [to, from]));
  const asDraft = wholePairs(before, after, pairs);
  const breaks = lineBreaks(after.source);
  let out = "";
  let lastDraft: number | null = null;
  let lastEnd = 0;
  for (const [at, word] of after.words.entries()) {
    const from = partner.get(at) ?? null;
    if (out !== "" || lastEnd > 0) {
      const skipped = from === null || lastDraft === null ? null : before.words.slice(lastDraft + 1, from);
      if (from !== null && lastDraft !== null && skipped?.every((between) => between.soft)) {
        out += before.source.slice((before.words[lastDraft] as Word).end, (before.words[from] as Word).start);
      } else {
        // Outlook writes `label<url>`.
        out += breaks(lastEnd, word.start) || (word.link && after.source[word.start] === "<" ? " " : "");
      }
    } else if (from !== null && before.words.slice(0, from).every((between) => between.soft)) {
      out += before.source.slice(before.words[0]?.start ?? 0, (before.words[from] as Word).start);
    }
    const draftWord = from === null ? undefined : before.words[from];
    out +=
      draftWord !== undefined && asDraft.has(at)
        ? before.source.slice(draftWord.start, draftWord.end)
        : (word.text ?? after.source.slice(word.start, word.end));
    lastDraft = from;
    lastEnd = word.end;
  }
  return out.trim();
}

/**
 * What stands between two words of wrapped text. A line break is a wrap where the next word had no room on its line,
 * or where the line ends in a space (format=flowed); lines much longer than mail is wrapped at tell that nobody wrapped.
 */
function lineBreaks(source: string): (end: number, start: number) => string {
  const width = Math.min(
    80,
    source.split("\n").reduce((most, line) => Math.max(most, line.trimEnd().length), 0),
  );
  const unwrapped = source.split("\n").some((line) => line.trimEnd().length > 100);
  return (end, start) => {
    const gap = source.slice(end, start);
    const count = gap.split("\n").length - 1;
    if (count === 0) return gap === "" ? "" : " ";
    if (count > 1) return "\n\n";
    const lineStart = source.lastIndexOf("\n", end - 1) + 1;
    const line = source.slice(lineStart, end);
    const next = /^\S+/.exec(source.slice(start, start + 100))?.[0] ?? "";
    if (/^(?:[-*•·]|\d{1,3}[.)])(?:\s|$)/.test(source.slice(start, start + 6))) return "\n";
    const flowed = gap.startsWith(" \n") && line !== "--";
    const noRoom = !unwrapped && line.length >= 40 && line.length + 1 + next.length > Math.max(width, 60);
    // The tail of a line that was wrapped twice goes on in lower case.
    const tail = !unwrapped && width > 60 && /^\p{Ll}/u.test(next) && !/[.:;!?,]$/.test(line);
    if (!flowed && !noRoom && !tail) return "\n";
    return isWide(source[end - 1]) && isWide(source[start]) ? "" : " ";
  };
}

function isWide(character: string | undefined): boolean {
  return character !== undefined && /[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]/.test(character);
}
