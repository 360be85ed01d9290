import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { corpusOf, readComparable, type Comparable } from "../../../src/desk/search/likeness.ts";
import { Scorer } from "../../../src/desk/search/rank.ts";
import { WordIndex } from "../../../src/desk/search/word-index.ts";

/** Some words are common, most are not. */
const words = fc
  .array(fc.tuple(fc.nat(14), fc.nat(14)), { minLength: 10, maxLength: 60, size: "max" })
  .map((all) => all.map(([one, other]) => `word${one * other}`).join(" "));

describe("an index of the newest texts' words", () => {
  it("scores each text as a look at it does, to the last bit, while texts come and go", () => {
    const story = fc.record({
      texts: fc.array(words, { minLength: 250, maxLength: 300 }),
      most: fc.integer({ min: 5, max: 200 }),
      question: words,
    });
    fc.assert(
      fc.property(story, ({ texts, most, question }) => {
        const [index, here] = [new WordIndex(most), [] as Comparable[]];
        for (const [at, text] of texts.entries()) {
          if (here.length === most) index.drop((here.shift() as Comparable).text);
          const read = readComparable(text);
          expect(index.add(read.text)).toBe(at);
          here.push(read);
          if (at % 60 !== 59) continue;
          const asked = new Scorer(readComparable(question).question, corpusOf(here));
          const from = at + 1 - (at % 120 === 59 ? Math.ceil(here.length * 0.8) : here.length);
          const scores = index.rough(asked, from);
          for (let place = from; place <= at; place += 1)
            expect(scores[place % most]).toBe(
              asked.rough((here[place - at - 1 + here.length] as Comparable).text),
            );
        }
      }),
      { numRuns: 20, endOnFailure: true },
    );
  });
});
