import { describe, expect, it } from "vitest";
import { viewHtml } from "../../../src/assistant/spam/html-view.ts";

describe("viewHtml", () => {
  it.each([
    ["plain words", "<p>Good <b>morning</b></p>", "Good morning", ""],
    ["white on white", '<p>Offer <font color="#FFFFFF">meeting notes</font></p>', "Offer", "meeting notes"],
    [
      "nearly the ground",
      '<div style="background:#fff"><span style="color: #fefefc">x y</span>Hi</div>',
      "Hi",
      "x y",
    ],
    ["white on a dark cell", '<td bgcolor="#000080"><font color=white>Welcome</font></td>', "Welcome", ""],
    ["display:none", '<div style="display: none">hidden</div>seen', "seen", "hidden"],
    ["no size", '<span style="font-size:0px">hidden</span>seen', "seen", "hidden"],
    ["a title is not shown and hides nothing", "<title>Title</title>seen", "seen", ""],
    ["scripts are no words", "<script>var a = '<b>no</b>';</script>seen", "seen", ""],
    ["an end tag that nothing opened", "a</div>b", "a b", ""],
  ])("%s", (_, html, shown, hidden) => {
    const view = viewHtml(html);
    expect(view.shown.replace(/\s+/g, " ").trim()).toBe(shown);
    expect(view.hidden).toBe(hidden);
  });

  it("counts words that are broken by marks which draw nothing", () => {
    expect(viewHtml("Via<!-- 7 -->gra and mort<kqz7>gage").brokenWords).toBe(2);
    expect(viewHtml("bo<b>ld</b> and <a href='x'>li</a>nk").brokenWords).toBe(0);
  });

  it("reads letters written as references, in words and in addresses", () => {
    const view = viewHtml('<a href="&#104;ttp://x.example/">&#67;lick</a>');
    expect(view.encodedLetters).toBe(1);
    expect(view.links).toEqual([{ href: "http://x.example/", text: "Click", hasImage: false }]);
  });

  it("finds what a link shows", () => {
    const view = viewHtml('<a class=b href=https://x.example/a?b=1><img src="http://x.example/i.gif"></a>');
    expect(view.links).toEqual([{ href: "https://x.example/a?b=1", text: "", hasImage: true }]);
    expect(view.images).toEqual(["http://x.example/i.gif"]);
  });
});
