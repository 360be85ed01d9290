/** Hashes of text, FNV-1a over UTF-16 units with a final mix (murmur3), so that any low bits of it spread evenly. */

const START = 0x811c9dc5;
const PRIME = 0x01000193;

/** @param kind sets features of different kinds apart: a word of the subject is another feature than one of the body */
export function hashText(text: string, kind: number): number {
  return mixed(extended(seeded(kind), text, 0, text.length));
}

export function hashPair(first: string, second: string, kind: number): number {
  const joined = Math.imul(extended(seeded(kind), first, 0, first.length) ^ 32, PRIME);
  return mixed(extended(joined, second, 0, second.length));
}

/** A hash not yet mixed, to be lengthened unit by unit. */
export function seeded(kind: number): number {
  return Math.imul(START ^ kind, PRIME);
}

export function withUnit(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, PRIME);
}

function extended(hash: number, text: string, from: number, to: number): number {
  let value = hash;
  for (let at = from; at < to; at += 1) value = Math.imul(value ^ text.charCodeAt(at), PRIME);
  return value;
}

/** Whole number from 0 to 2^32 - 1. */
export function mixed(hash: number): number {
  let value = hash ^ (hash >>> 16);
  value = Math.imul(value, 0x85ebca6b);
  value ^= value >>> 13;
  value = Math.imul(value, 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
