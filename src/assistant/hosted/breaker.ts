/** After this many failures in a row the service is left alone. */
const FAILURES = 5;
const FIRST_REST_MS = 30_000;
const LONGEST_REST_MS = 300_000;

/**
 * Leaves a failing service alone, so that mails do not wait for it one by one: after some failures in a row it rests, then one
 * question tries; each failed try doubles the rest. Time comes in as a value, in milliseconds of any clock that only goes on.
 */
export class Breaker {
  #failures = 0;
  #restMs = 0;
  #restsUntil = 0;
  #trying = false;

  /** Whether a question may be asked now. Whoever hears yes must say how it went: `succeeded`, `failed` or `spared`. */
  mayAsk(now: number): boolean {
    if (this.#restMs === 0) return true;
    if (now < this.#restsUntil || this.#trying) return false;
    this.#trying = true;
    return true;
  }

  /** Milliseconds until the next try; 0 where it does not rest. */
  restsFor(now: number): number {
    return this.#restMs === 0 ? 0 : Math.max(0, this.#restsUntil - now);
  }

  succeeded(): void {
    this.#failures = 0;
    this.#restMs = 0;
    this.#trying = false;
  }

  /** `atOnce`: to ask again soon is of no use. Answers whether it begins to rest, or rests on. */
  failed(now: number, atOnce = false): boolean {
    this.#failures += 1;
    const wasTrying = this.#trying;
    this.#trying = false;
    // Questions that were under way when the rest began do not prolong it.
    if (this.#restMs > 0 && !wasTrying) return false;
    if (!atOnce && this.#failures < FAILURES && !wasTrying) return false;
    this.#restMs = Math.min(this.#restMs === 0 ? FIRST_REST_MS : this.#restMs * 2, LONGEST_REST_MS);
    this.#restsUntil = now + this.#restMs;
    return true;
  }

  /** The question told nothing about the service. */
  spared(): void {
    this.#trying = false;
  }
}
