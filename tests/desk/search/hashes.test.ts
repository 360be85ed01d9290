import { describe, expect, it } from "vitest";
import { distinct, hashOf, hashWithout, inCommon, trigramHashes } from "../../../src/desk/search/hashes.ts";
import { keysOf } from "../../../src/desk/search/near-words.ts";

describe("words as numbers", () => {
  it("are ascending, each once", () => {
    expect(distinct(Int32Array.of(3, -7, 3, 0, -7))).toEqual(Int32Array.of(-7, 0, 3));
    expect(distinct(new Int32Array(0))).toHaveLength(0);
  });

  it.each([
    [[], [], 0],
    [[-2, 1, 5], [-3, 1, 5, 9], 2],
    [[1], [2], 0],
    [[1, 2, 3], [1, 2, 3], 3],
  ])("%j and %j have %i in common", (left, right, shared) => {
    expect(inCommon(Int32Array.from(left), Int32Array.from(right))).toBe(shared);
  });

  it.each(["print", "häuser", "aab", "x"])("are those of the word less one letter: %s", (word) => {
    const all = Array.from({ length: word.length + 1 }, (_, left) => hashWithout(word, left));
    expect(new Set(all)).toEqual(new Set(keysOf(word).map(hashOf)));
  });

  it("see letters that words share, blanks before and after them too", () => {
    const [one, other] = [trigramHashes(["vpn"]), trigramHashes(["vpns"])];
    // " vp", "vpn", "pn " and " vp", "vpn", "pns", "ns ".
    expect([one.length, other.length, inCommon(one, other)]).toEqual([3, 4, 2]);
    expect(trigramHashes(["", "a"])).toHaveLength(1);
  });
});
