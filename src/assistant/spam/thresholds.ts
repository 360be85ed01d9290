/** Chances of being spam from which on something happens. */
export interface Thresholds {
  /** From here on the desk says "spam". */
  readonly spam: number;
  /** From here up to `spam` a person is asked what it is. */
  readonly edge: number;
}

/** Of a thousand honest mails so many may be called spam: one that is lost costs a client, one that slips through a glance. */
const HAM_FLAGGED = 1 / 1000;
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
 * The lowest chance that keeps the promise about honest mail among held-out messages. Between two that would both keep
 * it, the middle. `null` where too few honest ones are known to promise anything.
 */
export function thresholdsFrom(heldOut: readonly HeldOutSpam[]): Thresholds | null {
  const before = known.get(heldOut);
  if (before !== undefined) return before;
  const thresholds = lowest(heldOut);
  known.set(heldOut, thresholds);
  return thresholds;
}

function lowest(heldOut: readonly HeldOutSpam[]): Thresholds | null {
  const honest = heldOut
    .filter((one) => !one.right)
    .map((one) => one.chance)
    .sort((left, right) => right - left);
  if (honest.length < FEWEST_HONEST) return null;
  const allowed = Math.floor(honest.length * HAM_FLAGGED);
  const first = honest[allowed] ?? 0;
  const next = heldOut.reduce(
    (least, { chance, right }) => (right && chance > first ? Math.min(least, chance) : least),
    1,
  );
  const spam = Math.max(LOWEST_SPAM, (first + next) / 2);
  return { spam, edge: Math.min(spam, LOWEST_EDGE) };
}
