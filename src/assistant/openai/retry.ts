import type { ModelFailure } from "../hosted/model-failure.ts";

const MOST_TRIES = 3;
const FIRST_WAIT_MS = 400;
/** Each question earns a fifth of a retry: a service in trouble gets a fifth more calls, not three times as many. */
const EARNED = 0.2;
const MOST_SAVED = 10;

/** Retries that may still be made, over all questions of a process. */
export class RetryBudget {
  #saved = MOST_SAVED;

  asked(): void {
    this.#saved = Math.min(MOST_SAVED, this.#saved + EARNED);
  }

  take(): boolean {
    if (this.#saved < 1) return false;
    this.#saved -= 1;
    return true;
  }
}

/**
 * Milliseconds to wait before a failed call is made again; `null` where it is not: another try would fail too, or the time does
 * not reach. `remainingMs`: what is left of the deadline. `draw`: at random, from 0 up to but not including 1.
 */
export function waitBeforeRetry(
  failure: Pick<ModelFailure, "code" | "retryAfterMs">,
  tries: number,
  remainingMs: number,
  draw: number,
): number | null {
  if (!["unreachable", "failing", "limited"].includes(failure.code) || tries >= MOST_TRIES) return null;
  const own = FIRST_WAIT_MS * 2 ** (tries - 1) * (0.5 + draw);
  // Never sooner than the service asks for; spread, so that those it turned away do not come back together.
  const wait = failure.retryAfterMs === null ? own : failure.retryAfterMs + FIRST_WAIT_MS * draw * 0.5;
  // An answer takes time too.
  return wait < remainingMs * 0.8 ? Math.round(wait) : null;
}

/** RFC 9110 §10.2.3: seconds or a date; OpenAI's own `retry-after-ms` before it. `null` where there is none. */
export function retryAfter(headers: Pick<Headers, "get"> | undefined, now: Date): number | null {
  const own = Number(headers?.get("retry-after-ms") ?? "x");
  if (own >= 0) return own;
  const written = headers?.get("retry-after") ?? "";
  if (/^\d{1,7}(?:\.\d+)?$/.test(written)) return Number(written) * 1000;
  const date = Date.parse(written);
  return Number.isNaN(date) ? null : Math.max(0, date - now.getTime());
}
