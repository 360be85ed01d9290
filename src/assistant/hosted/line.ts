import { ModelFailure } from "./model-failure.ts";

/**
 * A line before a service that takes a few questions at once. Of those that wait there is a bound too: a mail that would stand
 * last in a long line is answered sooner without a model.
 */
export class Line {
  readonly #atOnce: number;
  readonly #mostWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(atOnce: number, mostWaiting = atOnce * 4) {
    this.#atOnce = atOnce;
    this.#mostWaiting = mostWaiting;
  }

  /** @throws ModelFailure `busy` where the line is full; whatever `signal` was aborted with, where that comes first. */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#turn(signal);
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The place is handed on, so that nobody who comes now gets in between.
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#running < this.#atOnce) {
      this.#running += 1;
      return Promise.resolve();
    }
    if (this.#waiting.length >= this.#mostWaiting)
      throw new ModelFailure("busy", `${this.#waiting.length} questions wait for it already`);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => {
      const at = this.#waiting.indexOf(enter);
      if (at !== -1) this.#waiting.splice(at, 1);
      reject(signal.reason as Error);
    };
    const enter = (): void => {
      signal.removeEventListener("abort", leave);
      resolve();
    };
    this.#waiting.push(enter);
    signal.addEventListener("abort", leave, { once: true });
    return promise;
  }
}
