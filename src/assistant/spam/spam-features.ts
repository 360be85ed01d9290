import type { Authentication } from "../../mail/authentication.ts";
import type { Mailbox, ParsedMessage } from "../../mail/message.ts";
import { hashPair, hashText, mixed, seeded, withUnit } from "../learning/feature-hash.ts";
import { foldForLearning } from "../learning/tokens.ts";
import { VectorBuilder, type SparseVector } from "../learning/sparse-vector.ts";
import { cluesOf } from "./clues/clues.ts";
import type { Clue } from "./clues/clue.ts";
import { withoutListFooter, withoutListTag } from "./list-marks.ts";

/** Indices of all features are below this. */
export const SPAM_BUCKETS = 1 << 18;
const MASK = SPAM_BUCKETS - 1;

/** Features of one kind with how often each is there, dampened; `length` is how much the kind counts beside the others. */
export interface FeaturePart {
  readonly counts: SparseVector;
  readonly length: number;
}

/** Two looks at one message that fail for different reasons: what it says, and how it was made. */
export interface SpamFeatures {
  readonly words: readonly FeaturePart[];
  readonly making: readonly FeaturePart[];
}

/** Characters of the text that are looked at; spam says what it wants at its head. */
const LONGEST_TEXT = 20_000;
/** Of these, characters whose runs of four and five are looked at: they stand for words that were broken or misspelt. */
const LONGEST_RUNS = 6_000;
const KINDS = { words: 11, subject: 12, runs: 13, envelope: 14, body: 15 } as const;

/** Pure and linear in what is looked at. */
export function spamFeaturesOf(message: ParsedMessage, authentication: Authentication | null): SpamFeatures {
  const { envelope, body, view } = cluesOf(message, authentication);
  const own = [...message.to, ...message.cc];
  const subject = withoutAddressees(withoutListTag(message.subject), own);
  // A text part of a few stock words beside an HTML part that says something else hides it from filters.
  const shown = view !== null && view.shown.length > 1.5 * message.text.length ? view.shown : "";
  const text = withoutAddressees(
    `${withoutListFooter(message.text.slice(0, LONGEST_TEXT))}\n${shown.slice(0, LONGEST_TEXT)}`.slice(
      0,
      LONGEST_TEXT,
    ),
    own,
  );
  const subjectWords = wordsIn(subject);
  return {
    words: [
      { counts: wordsAndPairs([...subjectWords, ...wordsIn(text)], KINDS.words), length: 1 },
      { counts: wordsAndPairs(subjectWords, KINDS.subject), length: 0.7 },
      { counts: runsOf(`${subject}\n${text}`), length: 0.8 },
    ],
    making: [
      { counts: cluesIn(envelope, KINDS.envelope), length: 1 },
      { counts: cluesIn(body, KINDS.body), length: 1 },
    ],
  };
}

/**
 * Whom the mail is to is left out of its words, and of every address only its domain stays: else a filter would learn
 * which mailbox a mail came from, not what it is.
 */
function withoutAddressees(text: string, own: readonly Mailbox[]): string {
  let out = text.replace(
    /[\w.+=-]{1,64}@([\w.-]{1,100})/g,
    (_, domain: string) => ` address ${domain.replaceAll(".", "_")} `,
  );
  for (const { address } of own.slice(0, 5)) {
    const local = address.slice(0, address.lastIndexOf("@"));
    if (local.length >= 4) out = out.replaceAll(local, "addressee");
  }
  return out;
}

const WORD = /[\p{L}\p{N}_$!-]+/gu;

const wordsIn = (text: string): readonly string[] => foldForLearning(text).match(WORD) ?? [];

const dampened = (count: number): number => 1 + Math.log(count);

function wordsAndPairs(words: readonly string[], kind: number): SparseVector {
  const builder = new VectorBuilder();
  let previous = "";
  for (const whole of words) {
    const word = whole.length > 40 ? whole.slice(0, 40) : whole;
    builder.add(hashText(word, kind) & MASK, 1);
    if (previous !== "") builder.add(hashPair(previous, word, kind) & MASK, 1);
    previous = word;
  }
  return builder.build(dampened);
}

/** Runs of four and five characters, across the borders of words: they see what is written in odd ways. */
function runsOf(text: string): SparseVector {
  const builder = new VectorBuilder();
  const folded = foldForLearning(text.slice(0, LONGEST_RUNS)).replace(/\s+/g, " ");
  const start = seeded(KINDS.runs);
  for (let from = 0; from + 4 <= folded.length; from += 1) {
    let hash = start;
    for (let at = from; at < from + 4; at += 1) hash = withUnit(hash, folded.charCodeAt(at));
    builder.add(mixed(hash) & MASK, 1);
    if (from + 5 <= folded.length) builder.add(mixed(withUnit(hash, folded.charCodeAt(from + 4))) & MASK, 1);
  }
  return builder.build(dampened);
}

function cluesIn(clues: readonly Clue[], kind: number): SparseVector {
  const builder = new VectorBuilder();
  for (const clue of new Set(clues)) builder.add(hashText(clue, kind) & MASK, 1);
  return builder.build();
}
