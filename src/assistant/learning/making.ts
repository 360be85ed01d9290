import { hashText } from "./feature-hash.ts";

/** Hashed clues are below this. */
export const MAKING_BUCKETS = 1 << 16;
const HALF = MAKING_BUCKETS / 2;
const KINDS = { envelope: 14, body: 15 } as const;
/** So many clues of one mail are kept; an honest one has some forty. */
const MOST = 400;

/** Clues of one mail by where they were seen, as hashes. */
interface MakingParts {
  readonly envelope: Uint32Array;
  readonly body: Uint32Array;
}

/**
 * Clues as a short text that is kept with a mail: what is learned from it later needs no second look at its bytes. Two
 * bytes a clue, those of the body in the upper half. No word of the mail is in it.
 */
export function packMaking(clues: {
  readonly envelope: readonly string[];
  readonly body: readonly string[];
}): string {
  const hashed = [
    ...clues.envelope.map((clue) => hashText(clue, KINDS.envelope) % HALF),
    ...clues.body.map((clue) => HALF + (hashText(clue, KINDS.body) % HALF)),
  ];
  const distinct = [...new Set(hashed)].slice(0, MOST);
  const bytes = Buffer.alloc(2 * distinct.length);
  distinct.forEach((clue, at) => bytes.writeUInt16LE(clue, 2 * at));
  return bytes.toString("base64");
}

export function unpackMaking(packed: string): MakingParts {
  const bytes = Buffer.from(packed, "base64");
  const clues = Array.from({ length: Math.floor(bytes.length / 2) }, (_, at) => bytes.readUInt16LE(2 * at));
  return {
    envelope: Uint32Array.from(clues.filter((clue) => clue < HALF)),
    body: Uint32Array.from(clues.filter((clue) => clue >= HALF)),
  };
}
