const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** How long to wait after the first, second, … failed attempt, in milliseconds; the last one repeats. */
const DELAYS = [SECOND, 5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, 60 * MINUTE] as const;

/**
 * The wait before the next attempt, in milliseconds: 1 s, 5 s, 30 s, 2 min, 10 min, 30 min, then an hour each.
 * A fifth more or less by `random` (0 to 1), so that jobs which failed together do not come back together.
 */
export function backoff(attempt: number, random: number): number {
  const delay = DELAYS[Math.min(attempt, DELAYS.length) - 1] ?? DELAYS[0];
  return Math.round(delay * (0.8 + 0.4 * random));
}
