import type { ImapFlow } from "imapflow";

interface WatchOptions {
  readonly pollEvery?: number;
  readonly answerWithin?: number;
}

/** Waits for news from an open mailbox, and knows when nobody is there any more. */
export class ImapWatch {
  readonly #client: ImapFlow;
  readonly #pollEvery: number;
  readonly #answerWithin: number;
  #news = false;
  #wake: (() => void) | null = null;

  constructor(client: ImapFlow, options: WatchOptions) {
    this.#client = client;
    this.#pollEvery = options.pollEvery ?? 45_000;
    this.#answerWithin = options.answerWithin ?? 10_000;
    client.on("exists", () => {
      this.#news = true;
      this.wake();
    });
    client.on("close", () => this.wake());
  }

  /** From here on, an arrival is news. */
  reset(): void {
    this.#news = false;
  }

  /** Ends the waiting. */
  wake(): void {
    this.#wake?.();
  }

  /** Until there is news, or it is time to look; then makes sure that somebody is still there. */
  async wait(stop: AbortSignal): Promise<void> {
    if (!this.#news && !stop.aborted && this.#client.usable) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const timer = setTimeout(resolve, this.#pollEvery);
      // Ended by the next command. A server without IDLE leaves the poll.
      if (this.#client.capabilities.has("IDLE")) this.#client.idle().catch(() => undefined);
      await promise;
      clearTimeout(timer);
      this.#wake = null;
    }
    if (!stop.aborted) await this.probe();
  }

  /** A connection whose other end has gone without a word looks like a quiet one: this asks. Rejects when there is no answer. */
  async probe(): Promise<void> {
    const { promise: silence, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(new Error(`the server did not answer within ${this.#answerWithin / 1000} s`)),
      this.#answerWithin,
    );
    try {
      if (!this.#client.usable) throw new Error("the server closed the connection");
      await Promise.race([this.#client.noop(), silence]);
      if (!this.#client.usable) throw new Error("the server closed the connection");
    } finally {
      clearTimeout(timer);
    }
  }
}
