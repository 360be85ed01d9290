/** Chances of being spam from which on something happens. */
export interface Thresholds {
  /** From here on the desk says "spam". */
  readonly spam: number;
  /** From here up to `spam` a person is asked what it is. */
  readonly edge: number;
}

/**
 * Of all honest mails this share may be called spam, by the chances themselves: a mail with a chance of 0.9 is a tenth of an
 * honest one. Mails on both sides near the bar tell where it belongs, while the worst honest mails alone are two or three
 * in a year, and a bar that stands on them stands somewhere else with each. One that is lost costs a client, one that
 * slips through a glance: a tenth below two in a thousand.
 */
const EXPECTED_FLAGGED = 1.8 / 1000;
/** And so many may be seen to: chances that promise too much are found out by what came true. */
const SEEN_FLAGGED = 3 / 1000;
/** No chance below this is called spam, however well known messages fall apart. */
export const LOWEST_SPAM = 0.5;
/** Below this nobody is asked. */
export const LOWEST_EDGE = 0.1;
/** So many honest mails that a person let pass must be known before they may set the bar. */
const FEWEST_HONEST = 100;

/** A mail that was judged before a person said what it is. */
interface HeldOutSpam {
  readonly chance: number;
  /** It was spam. */
  readonly right: boolean;
}

/** By the list that they rest on: it is asked for with each mail, and changes with some decisions only. */
const known = new WeakMap<readonly HeldOutSpam[], Thresholds | null>();

/**
 * The lowest chance that keeps both promises about honest mail among held-out messages: the middle between the last that
 * keeps them and the next, which does not. `null` where too few honest ones are known to promise anything.
 */
export function thresholdsFrom(heldOut: readonly HeldOutSpam[]): Thresholds | null {
  const before = known.get(heldOut);
  if (before !== undefined) return before;
  const thresholds = lowest(heldOut);
  known.set(heldOut, thresholds);
  return thresholds;
}

function lowest(heldOut: readonly HeldOutSpam[]): Thresholds | null {
  const honest = heldOut.reduce((count, { right }) => (right ? count : count + 1), 0);
  if (honest < FEWEST_HONEST) return null;
  const spam = Math.max(LOWEST_SPAM, lowestKept(heldOut, honest));
  return { spam, edge: Math.min(spam, LOWEST_EDGE) };
}

function lowestKept(heldOut: readonly HeldOutSpam[], honest: number): number {
  const most = { expected: honest * EXPECTED_FLAGGED, seen: Math.floor(honest * SEEN_FLAGGED) };
  let [expected, seen, last] = [0, 0, 1];
  for (const { chance, right } of heldOut.toSorted((one, other) => other.chance - one.chance)) {
    expected += 1 - chance;
    if (!right) seen += 1;
    if (expected > most.expected || seen > most.seen) return (last + chance) / 2;
    last = chance;
  }
  return 0;
}
