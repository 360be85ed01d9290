/** The last event of a chain, as the next one needs it. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

/**
 * Heads that this process wrote last, so that a chain which goes on need not be looked up. A stale one (another process went
 * on) meets the unique (stream, seq), is forgotten, and the transaction runs again: the cache can cost time, never a link.
 */
export class ChainHeads {
  readonly #heads = new Map<string, ChainHead>();
  readonly #most: number;
  #newest: (ChainHead & { readonly stream: string }) | null = null;

  constructor(most = 2000) {
    this.#most = most;
  }

  /** The event that this process committed last; `null` before its first. */
  get newest(): (ChainHead & { readonly stream: string }) | null {
    return this.#newest;
  }

  get(stream: string): ChainHead | undefined {
    return this.#heads.get(stream);
  }

  /** After the commit only: a head that was rolled back never existed. */
  keep(heads: ReadonlyMap<string, ChainHead>): void {
    for (const [stream, head] of heads) {
      this.#heads.delete(stream);
      this.#heads.set(stream, head);
      this.#newest = { stream, ...head };
    }
    for (const oldest of this.#heads.keys()) {
      if (this.#heads.size <= this.#most) return;
      this.#heads.delete(oldest);
    }
  }

  forget(streams: Iterable<string>): void {
    for (const stream of streams) this.#heads.delete(stream);
  }
}
