import { describe, expect, it } from "vitest";
import { readForward } from "../../../src/mail/reply/forward.ts";
import { splitReply } from "../../../src/mail/reply/reply-text.ts";
import { cpuMsOf } from "../../support/cpu-time.ts";

/** Threat 40: a megabyte of lines that each may be the start of a quote. */
const shapes: readonly (readonly [string, string])[] = [
  ["a number and a colon", "1: a\n"],
  ["an opener of an attribution", "1 wrote:\nOn 1\n"],
  ["fields of a header without an author", "To: a\nSubject: b\n"],
  ["empty lines", "\n"],
];
const megabyte = (shape: string): string => `Hello\n-- \n${shape.repeat(1_000_000 / shape.length)}`;

describe("40 · a megabyte of lines built to be slow", () => {
  it.each(shapes)("is looked through for a forward in linear time: %s", (_, shape) => {
    const text = megabyte(shape);
    expect(cpuMsOf(() => readForward(text))).toBeLessThan(400);
  });

  it("keeps all of a forward that stands below a few words", () => {
    const below = "1: a\n".repeat(100_000);
    const text = `Please see below.\n\n-----Original Message-----\nFrom: Bo <bo@b.example>\nSubject: Log\n\n${below}end`;
    expect(readForward(text)?.text).toBe(`${below}end`);
  });

  it.each(shapes)("is told apart from its quote: %s", (_, shape) => {
    const text = megabyte(shape);
    expect(cpuMsOf(() => splitReply({ text, html: null }))).toBeLessThan(2000);
  });
});
