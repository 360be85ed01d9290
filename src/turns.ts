/** Work that shares one scarce thing, so many at once and the rest in the order in which it came. */
export class Turns {
  readonly #atOnce: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Whoever comes now has to wait. */
  get isFull(): boolean {
    return this.#running >= this.#atOnce;
  }

  /** Resolves or rejects as `work` does; rejects with what `signal` was aborted with, where that comes before its turn. */
  async take<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
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

  #turn(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (!this.isFull) {
      this.#running += 1;
      return Promise.resolve();
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => {
      const at = this.#waiting.indexOf(enter);
      if (at !== -1) this.#waiting.splice(at, 1);
      reject(signal?.reason as Error);
    };
    const enter = (): void => {
      signal?.removeEventListener("abort", leave);
      resolve();
    };
    this.#waiting.push(enter);
    signal?.addEventListener("abort", leave, { once: true });
    return promise;
  }
}
