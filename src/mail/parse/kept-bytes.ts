/** The first bytes of something longer. */
export class KeptBytes {
  readonly #limit: number;
  readonly #chunks: Buffer[] = [];
  length = 0;
  truncated = false;

  constructor(limit: number) {
    this.#limit = Math.max(limit, 0);
  }

  /** Returns how many of the bytes were kept. */
  add(bytes: Buffer): number {
    const room = this.#limit - this.length;
    if (bytes.length > room) this.truncated = true;
    if (room <= 0) return 0;
    const kept = bytes.length > room ? bytes.subarray(0, room) : bytes;
    this.#chunks.push(kept);
    this.length += kept.length;
    return kept.length;
  }

  /** Cut before a UTF-8 character that the limit fell into. */
  bytes(): Buffer {
    const all =
      this.#chunks.length === 1 && this.#chunks[0] !== undefined
        ? this.#chunks[0]
        : Buffer.concat(this.#chunks, this.length);
    if (!this.truncated) return all;
    let end = all.length;
    while (end > 0 && all.length - end < 3 && ((all[end - 1] ?? 0) & 0xc0) === 0x80) end -= 1;
    if (end > 0 && ((all[end - 1] ?? 0) & 0xc0) === 0xc0) end -= 1;
    return all.subarray(0, end);
  }
}
