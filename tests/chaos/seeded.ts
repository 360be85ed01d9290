/** Numbers that look random and are the same for the same seed. */
export interface Seeded {
  /** 0 to 1, without 1. */
  number(): number;
  /** True so often, 0 to 1. */
  chance(share: number): boolean;
  /** From `least` to `most`, both among them. */
  whole(least: number, most: number): number;
  pick<T>(list: readonly T[]): T;
  /** Another stream of numbers, of its own whatever this one is asked for. */
  branch(name: string): Seeded;
}

/** mulberry32: small, and good enough to choose among mails. */
export function seeded(seed: number): Seeded {
  let state = seed >>> 0;
  const number = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    number,
    chance: (share) => number() < share,
    whole: (least, most) => least + Math.floor(number() * (most - least + 1)),
    pick<T>(list: readonly T[]): T {
      const found = list[Math.floor(number() * list.length)];
      if (found === undefined) throw new Error("nothing to pick from");
      return found;
    },
    branch: (name) =>
      seeded(Array.from(name).reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), seed)),
  };
}
