import { diffWords, type DiffSegment } from "./reading/word-diff.ts";

/** A proposed text and what a person made of it. */
interface TextPair {
  readonly proposed: string;
  readonly released: string;
}

/** Words that people keep putting in place of others; "" where they only came or went. */
export interface ChangedPhrase {
  readonly from: string;
  readonly to: string;
  /** In how many texts. */
  readonly count: number;
}

/** A rewritten draft: a word in ten of both texts came or went. Less is a name or a slip of the pen. */
export const REWRITTEN = 0.1;

/** A phrase that stands in one text alone is about that one client, and nobody else's business. */
const FEWEST = 2;
const LONGEST = 80;
/** As much of a text as is compared, in characters: a digest's foot asks for dozens of them. */
const LOOKED_AT = 20_000;

/**
 * What people change time and again: the most frequent first, then what is longer when put in. Case and spacing do not
 * matter. Where only one side is always the same, that side is told alone: as taken out, or as put in.
 */
export function changedPhrases(pairs: readonly TextPair[], limit: number): readonly ChangedPhrase[] {
  const whole = new Counts();
  const removed = new Counts();
  const added = new Counts();
  for (const { proposed, released } of pairs) {
    const changes = changesIn(diffWords(proposed.slice(0, LOOKED_AT), released.slice(0, LOOKED_AT)));
    whole.add(changes);
    removed.add(changes.filter(({ from }) => from !== "").map(({ from }) => ({ from, to: "" })));
    added.add(changes.filter(({ to }) => to !== "").map(({ to }) => ({ from: "", to })));
  }
  const exact = whole.frequent();
  const told = new Set(exact.flatMap(({ from, to }) => [keyOf({ from, to: "" }), keyOf({ from: "", to })]));
  const oneSided = [...removed.frequent(), ...added.frequent()].filter((one) => !told.has(keyOf(one)));
  return [...exact, ...oneSided]
    .sort((a, b) => b.count - a.count || b.to.length - a.to.length || b.from.length - a.from.length)
    .slice(0, limit)
    .map(({ from, to, count }) => ({ from: shortened(from), to: shortened(to), count }));
}

type Change = Pick<ChangedPhrase, "from" | "to">;

/** In how many texts a change stands. */
class Counts {
  readonly #counts = new Map<string, ChangedPhrase>();

  /** The changes of one text; each counts once. */
  add(changes: readonly Change[]): void {
    for (const [key, change] of new Map(changes.map((one) => [keyOf(one), one])))
      this.#counts.set(key, {
        ...(this.#counts.get(key) ?? change),
        count: (this.#counts.get(key)?.count ?? 0) + 1,
      });
  }

  frequent(): readonly ChangedPhrase[] {
    return [...this.#counts.values()].filter((one) => one.count >= FEWEST);
  }
}

const keyOf = ({ from, to }: Change): string => JSON.stringify([from.toLowerCase(), to.toLowerCase()]);

/** What was taken out with what was put in its place, as phrases without the marks around them. */
function changesIn(segments: readonly DiffSegment[]): readonly Change[] {
  const changes: Change[] = [];
  for (const [at, segment] of segments.entries()) {
    if (segment.kind === "removed") {
      const next = segments[at + 1];
      changes.push({ from: phrase(segment.text), to: next?.kind === "added" ? phrase(next.text) : "" });
    } else if (segment.kind === "added" && segments[at - 1]?.kind !== "removed")
      changes.push({ from: "", to: phrase(segment.text) });
  }
  return changes.filter(({ from, to }) => from !== to);
}

const phrase = (text: string): string =>
  text
    .split(/\s+/)
    .join(" ")
    .replace(/^[\s*_>#.,;:!?-]+|(?<![\s*_.,;:-])[\s*_.,;:-]+$/g, "");

const shortened = (text: string): string =>
  text.length <= LONGEST ? text : `${text.slice(0, LONGEST).replace(/\s+\S*$/, "")} …`;
