import { Turns } from "../../turns.ts";
import { ModelFailure } from "./model-failure.ts";

/**
 * A line before a service that takes a few questions at once. Of those that wait there is a bound too: a mail that would stand
 * last in a long line is answered sooner without a model.
 */
export class Line {
  readonly #turns: Turns;
  readonly #mostWaiting: number;

  constructor(atOnce: number, mostWaiting = atOnce * 4) {
    this.#turns = new Turns(atOnce);
    this.#mostWaiting = mostWaiting;
  }

  /** @throws ModelFailure `busy` where the line is full; whatever `signal` was aborted with, where that comes first. */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const { isFull, waiting } = this.#turns;
    if (isFull && waiting >= this.#mostWaiting)
      throw new ModelFailure("busy", `${waiting} questions wait for it already`);
    return this.#turns.take(work, signal);
  }
}
