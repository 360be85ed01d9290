import "../../support/fuzz-seed.ts";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { viewHtml } from "../../../src/assistant/spam/html-view.ts";
import { MAKING_BUCKETS, packMaking, unpackMaking } from "../../../src/assistant/learning/making.ts";
import { cluesOf } from "../../../src/assistant/spam/clues/clues.ts";
import { readWebAddress, linksInText } from "../../../src/assistant/spam/web-address.ts";
import type { ParsedMessage } from "../../../src/mail/message.ts";
import { htmlMail } from "./support.ts";

const MEGABYTE = 1024 * 1024;
const filled = (piece: string): string => piece.repeat(Math.ceil(MEGABYTE / piece.length));

/** Time of this process alone, so that a busy machine does not count. */
function cpuOf(work: () => void): number {
  work();
  const times = [1, 2, 3].map(() => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}

describe("hostile HTML", () => {
  it.each([
    ["tags that never close", filled("<")],
    ["open tags only", filled("<div>")],
    ["deep fonts", filled('<font color="#fffffe" style="color:red">a')],
    ["end tags that nothing opened", filled("</b>")],
    ["comments", filled("<!-- -->a")],
    ["a comment that never ends", `<!--${filled("-")}`],
    ["a script that never ends", `<script>${filled("</")}`],
    ["one long attribute", `<a href="${filled("a")}">`],
    ["attributes without end", `<a ${filled("b ")}>`],
    ["equals signs", `<a ${filled("=")}>`],
    ["links", filled('<a href="http://a.example/?u=http://b.example">http://c.example</a>')],
    ["references", filled("&#97;")],
    ["ampersands", filled("&")],
    ["styles", filled('<p style="background:;color:;font-size:0">')],
    ["one word", filled("a")],
    ["blanks", filled(" ")],
    ["signs between letters", filled("a.b*c_")],
    ["addresses", filled("a@b.")],
    ["quoted lines", filled("> > |\n")],
  ])("%s take no longer than 50 ms", async (_, html) => {
    const base = await htmlMail("<p>x</p>");
    const message: ParsedMessage = { ...base, html, text: html, subject: html.slice(0, 998) };
    expect(cpuOf(() => cluesOf(message, null))).toBeLessThan(50);
  });

  // The parser takes a header of 256 KB, and any field may be all of it.
  it.each(
    (
      "return-path subject to cc reply-to sender received message-id date content-type mime-version x-mailer " +
      "user-agent x-priority dkim-signature references organization"
    ).split(" "),
  )("40 · a field %s of 250 KB takes no longer than 50 ms", async (name) => {
    const base = await htmlMail("<p>x</p>");
    for (const piece of [
      "0.",
      "a@",
      "<a@",
      " ",
      "a ",
      "\t",
      '"',
      "(",
      "=?utf-8?q?",
      "12:00 ",
      "+0100 ",
      ": ",
      "; ",
    ]) {
      const value = `x${piece.repeat(250_000 / piece.length)}\u0001`;
      const message = { ...base, headers: [{ name, value }, ...base.headers] };
      expect(
        cpuOf(() => cluesOf(message, null)),
        JSON.stringify(piece),
      ).toBeLessThan(50);
    }
  });

  it("never throws, and never shows what it hides", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "<",
        ">",
        "</",
        "<!--",
        "-->",
        '"',
        "'",
        "=",
        "&#",
        ";",
        "<a href=",
        "<font color=white>",
        "</font>",
      ),
      fc.string({ unit: "grapheme", maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const view = viewHtml(pieces.join(""));
        expect(view.links.length).toBeLessThanOrEqual(200);
        for (const { href } of view.links) readWebAddress(href);
      }),
    );
  });

  it("takes any text for a link", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(readWebAddress(text).host).not.toMatch(/[/\s]/);
        linksInText(text, 10);
      }),
    );
  });

  it("packs the clues of any message, and reads any text as packed ones", async () => {
    const base = await htmlMail("<p>x</p>");
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string(), (text, html) => {
        const clues = cluesOf({ ...base, text, html, subject: text }, null);
        for (const packed of [packMaking(clues), text]) {
          const { envelope, body } = unpackMaking(packed);
          expect([...envelope, ...body].every((clue) => clue < MAKING_BUCKETS)).toBe(true);
        }
        expect(packMaking(clues).length).toBeLessThan(1100);
      }),
    );
  });
});
