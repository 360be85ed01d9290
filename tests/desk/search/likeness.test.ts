import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { corpusOf, likeness, readComparable, type Comparable } from "../../../src/desk/search/likeness.ts";
import { Scorer, type Corpus } from "../../../src/desk/search/rank.ts";

const texts = fc
  .array(fc.constantFrom(..."the vpn drops. again since monday printer paper jam floor two\n".split(" ")), {
    maxLength: 40,
  })
  .map((words) => words.join(" "));

describe("how far two texts say the same", () => {
  it("is what each scores with the other by what each scores with itself, to the last bit", () => {
    fc.assert(
      fc.property(fc.array(texts, { minLength: 2, maxLength: 6 }), (all) => {
        const read = all.map(readComparable);
        const corpus = corpusOf(read);
        for (const left of read)
          for (const right of read) expect(likeness(left, right, corpus)).toBe(plainly(left, right, corpus));
      }),
    );
  });
});

function plainly(left: Comparable, right: Comparable, corpus: Corpus): number {
  const [asLeft, asRight] = [new Scorer(left.question, corpus), new Scorer(right.question, corpus)];
  const both = asLeft.full(right.text) * asRight.full(left.text);
  const themselves = asLeft.full(left.text) * asRight.full(right.text);
  return asLeft.full(right.text) === 0 ? 0 : Math.min(1, Math.sqrt(both / themselves));
}
