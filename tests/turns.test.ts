import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Turns } from "../src/turns.ts";

describe("Turns", () => {
  it("runs no more at once than it was made for, and the rest in order", async () => {
    const turns = new Turns(2);
    const begun: number[] = [];
    const ends = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
    const all = ends.map(({ promise }, at) =>
      turns.take(() => {
        begun.push(at);
        return promise;
      }),
    );
    await turn();
    expect(begun).toEqual([0, 1]);
    ends[1]!.resolve();
    await turn();
    expect(begun).toEqual([0, 1, 2]);
    for (const { resolve } of ends) resolve();
    await Promise.all(all);
    expect(begun).toEqual([0, 1, 2, 3, 4]);
  });

  it("goes on after work that fails, and answers what it answered", async () => {
    const turns = new Turns(1);
    await expect(turns.take(() => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(await turns.take(() => Promise.resolve(7))).toBe(7);
    // Both places came back: otherwise this one would wait for ever.
    expect(await Promise.all([1, 2].map((one) => turns.take(() => Promise.resolve(one))))).toEqual([1, 2]);
  });
});
