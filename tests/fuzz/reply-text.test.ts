import * as fc from "fast-check";
import { expect, test } from "vitest";

import { readForward, splitReply } from "../../src/mail/reply/reply-text.ts";

/** Pieces that the reader looks for, so that random texts hit its branches. */
const pieces = [
  "> ",
  ">",
  "\n",
  "\n\n",
  "\r\n",
  " ",
  "On ",
  "Am ",
  "Le ",
  "5 Mar 2024 10:12",
  "wrote:",
  "schrieb ",
  "<",
  ">:",
  "@",

  "ana@contoso.example",
  "From: ",
  "Sent: ",
  "To: ",
  "Subject: ",
  "*Von:* ",
  "-----Original Message-----",
  "____",
  "-- ",
  "--",

  "Begin forwarded message:",
  "---------- Forwarded message ---------",
  "Sent from my iPhone",
  "Get Outlook for iOS",

  "## reply above this line ##",
  "\u200b",
  "\u00a0",
  "\u202a",
  "mailing list",
  "<http://a",
  "word",
  "Ana Ruiz",
  ":",
  "：",
];
const text = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 8 })), { maxLength: 60 })
  .map((found) => found.join(""));
const markup = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "<div class=gmail_quote>",
        "</div>",
        "<blockquote type=cite>",
        "</blockquote>",
        "<div id=divRplyFwdMsg>",
        "<!--",
        "-->",
        "<style>",
        "</style>",
        "<br>",
        "&amp;",
        "&#x41;",
        "&#99999999;",
        "word",
        "<",
        ">",
        '"',
        "='",
      ),
      fc.string({ maxLength: 5 }),
    ),
    { maxLength: 40 },
  )
  .map((found) => found.join(""));

// Without what is white space or takes no room: trimming may move it.
const letters = (value: string): string => value.replace(/\s/g, "").split("").sort().join("");

/** A busy machine must not fail these; a quadratic pattern or look ahead would take longer than this, by far. */
const limit = { timeout: 60_000 };

test("new and quoted text together hold every letter, with any HTML part", limit, () => {
  fc.assert(
    fc.property(text, fc.option(markup), (body, html) => {
      const split = splitReply({ text: body, html });
      expect(letters(split.newText + split.quotedText)).toBe(letters(body));
      expect(split.newText).toBe(split.newText.trimEnd());
    }),
    { numRuns: 1500 },
  );
});

test("a quoted line is new text only where it is mbox quoting", limit, () => {
  fc.assert(
    fc.property(text, (body) => {
      const own = splitReply({ text: body, html: null }).newText.split("\n");
      expect(own.filter((line) => line.startsWith("> "))).toEqual([]);
    }),
    { numRuns: 800 },
  );
});

test("what is new stays new below no further quote", limit, () => {
  fc.assert(
    fc.property(text, (body) => {
      const { newText } = splitReply({ text: body, html: null });
      const again = splitReply({ text: `${newText}\n\n> quote`, html: null });
      expect(letters(again.newText).length).toBeLessThanOrEqual(letters(newText).length);
    }),
    { numRuns: 500 },
  );
});

test("readForward never throws, and names an address or nothing", limit, () => {
  fc.assert(
    fc.property(text, (body) => {
      const forward = readForward(body);
      if (forward !== null) expect(forward.address).toMatch(/^[^\s<>@][^\s<>]*@[^\s<>@]+$/);
    }),
    { numRuns: 1500 },
  );
});

test.each([
  "> ",
  ">\n",
  ">",
  "On ",
  "On 1\n",
  "On 1 Jan 2024 10:10 wrote\n",
  "1\n",
  "From: a@b\n",
  "From: a@b\nTo: c\n",
  "__\n",
  "--\n",

  "-- \n\n",
  "a@b wrote\n",
  "Ana <\n",
  "Sent from my iPhone\n",
  "-----Original Message-----\n>\n",
  "*_",
  " ",
  "\n",
  "\u200b",
  "> a\nb\n",
])("120 kB of %j are read", limit, (piece) => {
  const body = piece.repeat(Math.ceil(120_000 / piece.length));
  const split = splitReply({ text: body, html: null });
  expect(split.newText.length + split.quotedText.length).toBeLessThanOrEqual(body.length * 2);
  readForward(body);
});

test.each([
  "<",
  "<div class='gmail_quote'>",
  "<blockquote type=cite>a",
  '<a b="',
  "<style>",
  "<!--",
  "&#1;",
  "&",
  "<a>",
])("120 kB of %j as HTML are read", limit, (piece) => {
  const split = splitReply({ text: "a", html: piece.repeat(Math.ceil(120_000 / piece.length)) });
  expect(split.newText + split.quotedText).toBe("a");
});
