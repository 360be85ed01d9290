/**
 * Words as numbers, so that a text that is kept to be compared takes a few kilobytes and is read no second time. Two
 * different words have one number once in four thousand million.
 */

const BASIS = 0x811c9dc5 | 0;
const PRIME = 0x01000193;

/** FNV-1a over UTF-16 code units, signed: V8 keeps such numbers without a box. */
export function hashOf(text: string): number {
  let hash = BASIS;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), PRIME);
  return hash;
}

/** The number of a text without the letter at `left`; without none where that is the text's length. */
export function hashWithout(text: string, left: number): number {
  let hash = BASIS;
  for (let at = 0; at < text.length; at += 1)
    if (at !== left) hash = Math.imul(hash ^ text.charCodeAt(at), PRIME);
  return hash;
}

/** Ascending, each once. Sorts what it is given. */
export function distinct(hashes: Int32Array): Int32Array {
  hashes.sort();
  let kept = 0;
  for (let at = 0; at < hashes.length; at += 1) {
    const hash = hashes[at] ?? 0;
    if (kept > 0 && hashes[kept - 1] === hash) continue;
    hashes[kept] = hash;
    kept += 1;
  }
  return hashes.slice(0, kept);
}

/** How many two ascending lists have in common. */
export function inCommon(left: Int32Array, right: Int32Array): number {
  let shared = 0;
  let one = 0;
  let other = 0;
  while (one < left.length && other < right.length) {
    const a = left[one] ?? 0;
    const b = right[other] ?? 0;
    if (a === b) shared += 1;
    if (a <= b) one += 1;
    if (b <= a) other += 1;
  }
  return shared;
}

const BLANK = 32;

/** Of words with single blanks between, in order. */
export function wordHashes(words: string): Int32Array {
  if (words === "") return new Int32Array(0);
  let count = 1;
  for (let at = 0; at < words.length; at += 1) if (words.charCodeAt(at) === BLANK) count += 1;
  const hashes = new Int32Array(count);
  let [hash, made] = [BASIS, 0];
  for (let at = 0; at < words.length; at += 1) {
    const unit = words.charCodeAt(at);
    if (unit === BLANK) {
      hashes[made] = hash;
      made += 1;
      hash = BASIS;
    } else hash = Math.imul(hash ^ unit, PRIME);
  }
  hashes[made] = hash;
  return hashes;
}

/** Of words side by side, for their order. @param hashes of the words */
export function pairsOf(hashes: Int32Array): Int32Array {
  const pairs = new Int32Array(Math.max(0, hashes.length - 1));
  for (let at = 0; at < pairs.length; at += 1)
    pairs[at] = Math.imul(hashes[at] ?? 0, PRIME) ^ (hashes[at + 1] ?? 0);
  return distinct(pairs);
}

/** Of three letters at a time, with the blank before and after each word: words that are nearly alike share most of them. */
export function trigramHashes(stems: readonly string[]): Int32Array {
  const trigrams = new Int32Array(stems.reduce((sum, stem) => sum + stem.length, 0));
  let made = 0;
  for (const stem of stems) {
    let [first, second] = [BLANK, stem.charCodeAt(0)];
    for (let at = 1; at <= stem.length; at += 1) {
      const third = at < stem.length ? stem.charCodeAt(at) : BLANK;
      trigrams[made] = Math.imul(Math.imul(Math.imul(BASIS ^ first, PRIME) ^ second, PRIME) ^ third, PRIME);
      made += 1;
      [first, second] = [second, third];
    }
  }
  return distinct(trigrams);
}
