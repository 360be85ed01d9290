import * as fc from "fast-check";
import sanitizeHtml from "sanitize-html";
import { describe, expect, it } from "vitest";
import { renderMarkdown } from "../../../src/mail/compose/markdown.ts";

const html = (source: string): string => renderMarkdown(source).html;

describe("the Markdown subset of drafts", () => {
  it.each([
    ["Hi Ana,\n\nit works.\nDana", "<p>Hi Ana,</p>\n<p>it works.<br>\nDana</p>"],
    ["a\r\nb\rc", "<p>a<br>\nb<br>\nc</p>"],
    ["- one\n- two", "<ul><li>one</li><li>two</li></ul>"],
    [
      "Steps:\n1. one\n2) two\n   more\nend",
      "<p>Steps:</p>\n<ol><li>one</li><li>two<br>\nmore</li></ol>\n<p>end</p>",
    ],
    ["3. three\n\n4. four", '<ol start="3"><li>three</li><li>four</li></ol>'],
    ["* one\n1. two", "<ul><li>one</li></ul>\n<ol><li>two</li></ol>"],
    ["-5 degrees", "<p>-5 degrees</p>"],
    [
      "**bold** and *it* and __b__ and _i_",
      "<p><strong>bold</strong> and <em>it</em> and <strong>b</strong> and <em>i</em></p>",
    ],
    ["**a *b* c**", "<p><strong>a <em>b</em> c</strong></p>"],
    ["(**a**), *b*.", "<p>(<strong>a</strong>), <em>b</em>.</p>"],
    ["a **b", "<p>a **b</p>"],
    ["****", "<p>****</p>"],
    ["[docs](https://docs.msp.example/a_b)", '<p><a href="https://docs.msp.example/a_b">docs</a></p>'],
    ["[w](https://x.example/F_(b))", '<p><a href="https://x.example/F_(b)">w</a></p>'],
    ["[write](mailto:ana@contoso.example)", '<p><a href="mailto:ana@contoso.example">write</a></p>'],
    [
      "see https://docs.msp.example/x_y_z.",
      '<p>see <a href="https://docs.msp.example/x_y_z">https://docs.msp.example/x_y_z</a>.</p>',
    ],
    ["(https://x.example/a)", '<p>(<a href="https://x.example/a">https://x.example/a</a>)</p>'],
    [
      'https://x.example/?a=1&b="2',
      '<p><a href="https://x.example/?a=1&amp;b=">https://x.example/?a=1&amp;b=</a>&quot;2</p>',
    ],
  ])("%j", (source, expected) => {
    expect(html(source)).toBe(expected);
  });

  it.each([
    ["words with underscores", "snake_case_name and __init__x"],
    ["sums and globs", "2*3*4, *.log and *.txt"],
    ["paths", "\\\\server\\share_a\\b_c"],
    ["brackets", "[#1042] and a[0](b)"],
  ])("leaves %s alone", (_, source) => {
    expect(html(source)).not.toMatch(/<(em|strong|a)\b/);
  });

  // Threat 43: what a model or a client put into a draft stays text.
  it.each([
    "[x](javascript:alert(1))",
    "[x](data:text/html,hi)",
    "[x](JaVaScRiPt:alert(1))",
    "[x](//evil.example)",
    "[x](https://)",
    "[x](mailto:)",
    "[x](https://a.example/ onclick=x)",
    "![x](https://a.example/pixel.png)<img src=x>",
    "<script>alert(1)</script>",
    '[x](https://a.example/"onmouseover="y)',
    "&lt;b&gt;",
  ])("keeps %j inert", (source) => {
    const result = html(source);
    const clean = sanitizeHtml(result, {
      allowedTags: ["p", "br", "ul", "ol", "li", "em", "strong", "a"],
      allowedAttributes: { a: ["href"], ol: ["start"] },
      allowedSchemes: ["http", "https", "mailto"],
      disallowedTagsMode: "escape",
    });
    const links = [...result.matchAll(/href="([^"]*)"/g)].map(([, url]) => url ?? "");
    expect(links.every((url) => /^(https?:\/\/[^/]|mailto:.)/.test(url))).toBe(true);
    expect(clean.match(/<[a-z]/g)).toEqual(result.match(/<[a-z]/g));
    expect(result).not.toMatch(/<(script|img)/);
  });

  it("gives the text as written, without blank lines around it", () => {
    expect(renderMarkdown("\r\n\n  **Hi**  \n\n- a \n\n").text).toBe("  **Hi**\n\n- a");
  });

  it("never makes a tag or an attribute out of text", () => {
    const piece = fc.constantFrom(
      "*",
      "**",
      "_",
      "__",
      "[",
      "](",
      ")",
      "https://a.example/",
      "mailto:a@b.example",
      "<b>",
      '"',
      "'",
      "&",
      " ",
      "\n",
      "- ",
      "1. ",
      "a",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const result = html(pieces.join(""));
        const rest = result
          .replaceAll(/<a href="[^"<>]*">|<\/a>|<ol start="\d+">/g, "")
          .replaceAll(/<\/?(?:p|ul|ol|li|em|strong)>|<br>/g, "");
        expect(rest).not.toMatch(/[<>"']/);
        const open: string[] = [];
        for (const [, slash, tag] of result.matchAll(/<(\/?)(\w+)[^>]*>/g)) {
          if (tag === "br") continue;
          if (slash) expect(open.pop()).toBe(tag);
          else open.push(tag ?? "");
        }
        expect(open).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  // Linear time: each of these took minutes with a search to the end from every sign.
  it.each([
    "**a ",
    "*a",
    "_a ",
    "[a](",
    "[",
    "](",
    "[x ",
    "[a](https://a.example/(",
    "https://a.example ",
    "1. a\n",
    "**a*b_c ",
  ])("reads 200,000 characters of %j", (piece) => {
    expect(html(piece.repeat(200_000 / piece.length)).length).toBeGreaterThan(100_000);
  });
});
