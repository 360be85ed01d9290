import { createHash } from "node:crypto";
import { foldForLearning } from "../learning/tokens.ts";

/** A text of fewer letters is told from others by its subject too. */
const SHORT = 30;
/** Mails of one campaign begin alike and end in a code of their own. */
const BEGINNING = 200;

export interface Written {
  readonly subject: string;
  readonly text: string;
}

/**
 * One name for all mails that say the same, by letters alone: same text, or the same first 200 letters. A check is
 * only honest where no near-duplicate of what is judged was learned.
 */
export function groupsOf(mails: readonly Written[]): readonly string[] {
  const parents = mails.map((_, at) => at);
  const rootOf = (at: number): number => {
    let root = at;
    while (parents[root] !== root) root = parents[root]!;
    for (let step = at; parents[step] !== root;) [step, parents[step]] = [parents[step]!, root];
    return root;
  };
  const firstWith = new Map<string, number>();
  mails.forEach((mail, at) => {
    for (const key of keysOf(mail)) {
      const first = firstWith.get(key);
      if (first === undefined) firstWith.set(key, at);
      else parents[rootOf(at)] = rootOf(first);
    }
  });
  const names = mails.map((mail) => digest(keysOf(mail).join("\n")));
  return mails.map((_, at) => names[rootOf(at)]!);
}

function keysOf({ subject, text }: Written): readonly string[] {
  const letters = lettersOf(text);
  if (letters.length < SHORT)
    return [`short ${lettersOf(subject.replace(/^\s*(?:re|fwd?|aw)\s*:/i, ""))} ${letters}`];
  return [`whole ${letters}`, `beginning ${letters.slice(0, BEGINNING)}`];
}

const lettersOf = (text: string): string => foldForLearning(text).replace(/[^\p{L}]+/gu, "");

const digest = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 16);

/** A place from 0 to 1 for a group; another seed deals them out anew. */
export function placeOf(group: string, seed: number): number {
  return createHash("sha256").update(`${seed} ${group}`).digest().readUInt32LE() / 2 ** 32;
}
