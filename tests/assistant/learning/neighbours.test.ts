import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Lexicon } from "../../../src/assistant/learning/lexicon.ts";
import { Neighbours, type Neighbour } from "../../../src/assistant/learning/neighbours.ts";

const BUCKETS = 64;

/** Words that one text in two has, and words that hardly any has. */
const text = fc
  .uniqueArray(fc.oneof(fc.nat(5), fc.integer({ min: 6, max: BUCKETS - 1 })), { maxLength: 20, size: "max" })
  .map((words) => Uint32Array.from(words));

describe("the examples that share rare words with a text", () => {
  it("are those that a look at each of them finds, in the same order", () => {
    const story = fc.record({
      examples: fc.array(text, { maxLength: 150, size: "max" }),
      asked: text,
      refused: fc.nat(150),
    });
    fc.assert(
      fc.property(story, ({ examples, asked, refused }) => {
        const [lexicon, neighbours] = [new Lexicon(BUCKETS), new Neighbours(BUCKETS)];
        for (const [at, words] of examples.entries()) {
          lexicon.count(partsOf(words));
          // A restored index is given lengths, and equal ones make equal likenesses.
          neighbours.add(words, lexicon, at % 2 === 0 ? 3 : undefined);
        }
        const admits = (number: number): boolean => number !== refused;
        const { lengths, sizes, words } = neighbours.lists();
        expect([...sizes]).toEqual(examples.map((one) => one.length));
        let from = 0;
        for (const one of examples) {
          expect([...words.subarray(from, from + one.length)]).toEqual([...one].toSorted((a, b) => a - b));
          from += one.length;
        }
        expect(neighbours.find(asked, lexicon, 12, admits)).toEqual(
          looked(examples, lengths, asked, lexicon)
            .filter(({ number }) => admits(number))
            .slice(0, 12),
        );
      }),
      { endOnFailure: true },
    );
  });
});

function looked(
  examples: readonly Uint32Array[],
  lengths: Float32Array,
  asked: Uint32Array,
  lexicon: Lexicon,
): readonly Neighbour[] {
  const sums = new Map<number, number>();
  for (const word of asked) {
    if (lexicon.metIn(word) > Math.max(60, 0.03 * examples.length)) continue;
    for (let number = examples.length - 1; number >= 0; number -= 1)
      if (examples[number]?.includes(word) === true)
        sums.set(number, Math.fround((sums.get(number) ?? 0) + lexicon.rarity(word) ** 2));
  }
  const length = Math.sqrt(asked.reduce((sum, word) => sum + lexicon.rarity(word) ** 2, 0));
  return [...sums]
    .map(([number, sum]) => ({
      number,
      likeness: Math.min(1, sum / (length * (lengths[number] ?? 0) + 1e-9)),
    }))
    .sort((a, b) => b.likeness - a.likeness);
}

function partsOf(indices: Uint32Array) {
  const words = { indices, values: new Float32Array(indices.length).fill(1) };
  const none = { indices: new Uint32Array(), values: new Float32Array() };
  return { words, subject: none, pieces: none, facts: none };
}
