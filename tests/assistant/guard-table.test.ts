import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { guardDraft } from "../../src/assistant/guard/guard.ts";

const read = (file: string): unknown => parse(readFileSync(`tests/fixtures/guard/${file}`, "utf8"));
const rules = {
  allowedAddresses: ["ana@contoso.example", "support@desk.example"],
  allowedLinkHosts: ["docs.msp.example"],
  ownDomains: ["desk.example"],
};

/** What the reviewer is told, by the kind of what was found. */
const SAYS: Readonly<Record<string, RegExp>> = {
  time: /promises a time/,
  promise: /guarantees something/,
  price: /speaks of a price/,
  secret: /seems to hold an? /,
  address: /names the address/,
  link: /links to|not a web page/,
  any: /./,
};

const hostile = Object.entries(read("hostile.yaml") as Record<string, readonly string[]>).flatMap(
  ([kind, sentences]) => sentences.map((sentence) => [kind, sentence] as const),
);
const fine = read("fine.yaml") as readonly string[];

describe("guard, both ways", () => {
  it("has cases enough to mean something", () => {
    expect(hostile.length).toBeGreaterThanOrEqual(80);
    expect(fine.length).toBeGreaterThanOrEqual(60);
  });

  it.each(hostile)("%s is found: %s", (kind, sentence) => {
    const said = guardDraft(sentence, rules);
    expect(said.join("\n")).toMatch(SAYS[kind] ?? /^$/);
    // What is remembered of a line is what was found.
    expect(guardDraft(sentence, rules)).toEqual(said);
  });

  it.each(fine.map((sentence) => [sentence]))("passes: %s", (sentence) => {
    expect(guardDraft(sentence, rules)).toEqual([]);
  });
});
