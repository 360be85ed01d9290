import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alignSequences, diffWords } from "../../../src/review/reading/word-diff.ts";

const told = (before: string, after: string): string =>
  diffWords(before, after)
    .map(({ kind, text }) => (kind === "same" ? text : kind === "added" ? `{+${text}+}` : `{-${text}-}`))
    .join("");

describe("diffWords", () => {
  it.each([
    ["", "", ""],
    ["a b", "a b", "a b"],
    ["a b", "a c", "a {-b-}{+c+}"],
    ["a b", "", "{-a b-}"],
    ["", "a b", "{+a b+}"],
    ["it takes 30 seconds", "it takes 40 seconds", "it takes {-30-}{+40+} seconds"],
    ["one two three", "one three", "one {-two -}three"],
    ["one three", "one two three", "one {+two +}three"],
    ["a\n\nb", "a\n\nx\n\nb", "a\n\n{+x\n\n+}b"],
    ["do not call", "do call", "do {-not -}call"],
    // Runs with a word or two between them are one change.
    [
      "Please restart the client once and wait",
      "Kindly reopen the program twice and then wait",
      "{-Please restart the client once and-}{+Kindly reopen the program twice and then+} wait",
    ],
    [
      "We are sorry that it fails, and will call at 3 pm today",
      "We regret that it fails, and will call at 4 pm today",
      "We {-are sorry -}{+regret +}that it fails, and will call at {-3-}{+4+} pm today",
    ],
    ["a\n\nb", "x\n\ny", "{-a-}{+x+}\n\n{-b-}{+y+}"],
  ])("%j to %j", (before, after, expected) => {
    expect(told(before, after)).toBe(expected);
  });

  it("gives both texts back", () => {
    const text = fc
      .array(fc.constantFrom("a", "b", "c", " ", "\n"), { maxLength: 60 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const segments = diffWords(before, after);
        const without = (kind: string) =>
          segments
            .filter((one) => one.kind !== kind)
            .map((one) => one.text)
            .join("");
        expect(without("added")).toBe(before);
        expect(without("removed")).toBe(after);
      }),
      { numRuns: 500 },
    );
  });

  it("finds as many common words as there are", () => {
    const words = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 12 });
    fc.assert(
      fc.property(words, words, (before, after) => {
        expect(alignSequences(before, after).length).toBe(longestCommon(before, after));
      }),
      { numRuns: 500 },
    );
  });

  it("stays bounded where two long texts share nothing", () => {
    const before = Array.from({ length: 50_000 }, (_, at) => `a${at}`);
    const after = Array.from({ length: 50_000 }, (_, at) => `b${at}`);
    expect(alignSequences([...before, "end"], [...after, "end"])).toEqual([[50_000, 50_000]]);
  });
});

function longestCommon(a: readonly string[], b: readonly string[]): number {
  let row: number[] = Array.from({ length: b.length + 1 }, () => 0);
  for (const left of a) {
    const next = [0];
    for (const [at, right] of b.entries())
      next.push(left === right ? (row[at] ?? 0) + 1 : Math.max(row[at + 1] ?? 0, next[at] ?? 0));
    row = next;
  }
  return row[b.length] ?? 0;
}
