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
const LOWEST_SPAM = 0.5;
/** Below this nobody is asked. */
const LOWEST_EDGE = 0.1;

/**
 * The lowest chance that keeps the promise about honest mail among held-out messages. Between two that would both keep
 * it, the middle.
 */
export function thresholdsFrom(
  heldOut: readonly { readonly chance: number; readonly spam: boolean }[],
): Thresholds {
  const honest = heldOut
    .filter((one) => !one.spam)
    .map((one) => one.chance)
    .sort((left, right) => right - left);
  const allowed = Math.floor(honest.length * HAM_FLAGGED);
  const first = honest[allowed] ?? 0;
  const next = heldOut.reduce(
    (least, { chance, spam }) => (spam && chance > first ? Math.min(least, chance) : least),
    1,
  );
  const spam = Math.max(LOWEST_SPAM, (first + next) / 2);
  return { spam, edge: Math.min(spam, LOWEST_EDGE) };
}
