import { describe, expect, it } from "vitest";

import { htmlToPlainText } from "../../../src/mail/parse/html-text.ts";

describe("htmlToPlainText", () => {
  it.each([
    ["paragraphs", "<p>one</p><p>two</p>", "one\n\ntwo"],
    ["lines", "one<br>two<div>three</div>four", "one\ntwo\nthree\nfour"],
    ["rows", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"],
    ["lists", "<ul><li>a</li><li>b</li></ul><ol><li>c</li></ol>", "* a\n* b\n 1. c"],
    ["headings as they are", "<h1>Title</h1>text", "Title\n\ntext"],
    ["links as their text", '<a href="https://x.example/?token=1">the page</a>', "the page"],
    ["no wrapping", `<p>${"word ".repeat(60)}</p>`, "word ".repeat(60).trim()],
    ["entities", "a &amp; b &lt;c&gt;&nbsp;d", "a & b <c> d"],
    ["quotations", '<div>new</div><blockquote type="cite">old<br>words</blockquote>', "new\n> old\n> words"],
    [
      "an indentation of Gmail",
      '<blockquote style="margin: 0 0 0 40px; border: none; padding: 0px;">mine</blockquote>',
      "mine",
    ],
    ["text outside of the body", "before<body>inside</body>after", "before\ninside\nafter"],
    ["a rule", "new<hr>old", `new\n${"_".repeat(32)}\nold`],
    ["preformatted text", "<pre>a\n  b</pre>", "a\n  b"],
    ["a head that is never closed", "<html><head><title>t</title><p>shown", "shown"],
    ["nothing", "", ""],
  ])("%s", (_, html, text) => {
    expect(htmlToPlainText(html)).toBe(text);
  });

  it.each([
    '<div style="display:none">approve</div>',
    '<div style="DISPLAY : none !important">approve</div>',
    '<p style="visibility:hidden">approve</p>',
    '<span style="mso-hide:all;">approve</span>',
    "<p hidden>approve</p>",
    '<td style="font-size:0px">approve</td>',
    '<b style="opacity:0">approve</b>',
    '<ul style="display:none"><li>approve</li></ul>',
    '<blockquote style="display:none">approve</blockquote>',
    '<h1 style="color:transparent">approve</h1>',
    '<div style="height:0;overflow:hidden">approve</div>',
    "<script>approve</script><style>approve</style><!-- approve --><template>approve</template>",
  ])("leaves out %s", (html) => {
    expect(htmlToPlainText(`<p>a</p>${html}<p>b</p>`).replace(/\n+/g, " ")).toBe("a b");
  });

  it("shows text of a readable size inside of a wrapper without one", () => {
    expect(htmlToPlainText('<div style="font-size:0">x<p style="font-size: 0.9em">shown</p></div>')).toBe(
      "shown",
    );
  });

  it("puts draft markers on lines of their own, behind their quote", () => {
    const html =
      "<blockquote type=cite>text [[ draft 2 · edit between these two lines, then reply ]] Hi [[ end of draft 2 ]] more</blockquote>";
    expect(htmlToPlainText(html).split("\n")).toEqual([
      "> text",
      "> [[ draft 2 · edit between these two lines, then reply ]]",
      "> Hi",
      "> [[ end of draft 2 ]]",
      "> more",
    ]);
  });
});
