import { describe, expect, it } from "vitest";
import { guardDraft, guardMarkers, isAllowedLink } from "../../src/assistant/guard/guard.ts";
import { stripLinks } from "../../src/assistant/guard/guard-strip.ts";

const rules = {
  allowedAddresses: ["ana@contoso.example", "support@desk.example"],
  allowedLinkHosts: ["docs.msp.example"],
  ownDomains: ["desk.example"],
};

describe("guardDraft", () => {
  it.each([
    [
      "a plain reply",
      "Hi Ana,\n\nPlease restart the router, wait for five minutes and try again.\n\nDana Wu",
    ],
    ["the client's own address and ours", "Write from ana@contoso.example to support@desk.example."],
    [
      "a link to our guides",
      "See [the guide](https://docs.msp.example/vpn) and https://help.docs.msp.example.",
    ],
    ["a word about passwords", "Please do not send passwords by email. The password has expired."],
    [
      "the past and the unknown",
      "Your mail of Monday arrived. We will write to you as soon as we know more.",
    ],
    ["German", "Wir melden uns, sobald wir mehr wissen. Guten Morgen, z.B. unter Einstellungen."],
    ["a ticket reference and a version", "It is [#1042], with client 7.2.1 and build 20431."],
    ["a file name", "Open report.xlsx and setup.exe, then notes.txt."],
  ])("lets through %s", (_, body) => {
    expect(guardDraft(body, rules)).toEqual([]);
  });

  it.each([
    ["a foreign address", "Write to bob@evil.example.", /names the address bob@evil\.example/],
    ["a sub-address of ours", "Write to sales+1@desk.example.", /names the address/],
    ["a foreign link", "See https://evil.example/x.", /links to evil\.example/],
    ["a link that pretends by user name", "https://docs.msp.example@evil.example/", /links to evil\.example/],
    [
      "a link that pretends by ending",
      "https://docs.msp.example.evil.com/",
      /links to docs\.msp\.example\.evil\.com/,
    ],
    ["a link without a scheme", "Go to evil.com/login now", /links to evil\.com/],
    ["the target of a Markdown link", "[docs.msp.example](evil.com)", /links to evil\.com/],
    ["a link in full-width letters", "ｈｔｔｐｓ://evil.example", /links to evil\.example/],
    ["a word parted by zero width", "See https://evil\u200b.example", /links to evil\.example/],
    ["a script link", "[x](javascript:alert(1))", /not a web page/],
    ["a file link", "file://server/share", /not a web page/],
    ["a password", "Your password: Summer24!", /seems to hold a password/],
    ["a German password", "Das Kennwort lautet Sommer24!", /seems to hold a password/],
    ["a card number", "Card 4111 1111 1111 1111", /seems to hold a card number/],
    ["an account number", "Pay to DE89 3704 0044 0532 0130 00", /seems to hold an account number/],
    ["a key", "Use AKIAIOSFODNN7EXAMPLE", /seems to hold a key/],
    ["by five", "It works by 5 pm today.", /promises a time: "by 5 pm"/],
    ["by a day", "Done by Friday.", /promises a time: "by Friday"/],
    ["within hours", "We fix it within 2 hours.", /promises a time: "within 2 hours"/],
    ["in an hour", "We call in an hour.", /promises a time: "in an hour"/],
    ["a day to come", "A technician will visit you tomorrow.", /promises a time: "tomorrow"/],
    ["German time", "Das ist bis 17 Uhr erledigt.", /promises a time: "bis 17 Uhr"/],
    ["German hours", "Innerhalb von zwei Stunden.", /promises a time/],
    ["German today", "Wir machen das heute noch.", /promises a time/],
    ["German tomorrow", "Wir werden morgen anrufen.", /promises a time: "morgen"/],
    ["a guarantee", "We guarantee it.", /guarantees something/],
    ["a German guarantee", "Das garantieren wir Ihnen.", /guarantees something/],
    ["free of charge", "This is free of charge.", /speaks of a price/],
    ["a price", "It costs $100.", /speaks of a price: "\$100"/],
    ["a German price", "Das kostet 49,90 € und ist sonst kostenlos.", /speaks of a price/],
    ["a picture", "![x](https://docs.msp.example/a.png)", /holds a picture/],
  ])("finds %s", (_, body, sentence) => {
    expect(guardDraft(body, rules).join("\n")).toMatch(sentence);
  });

  it("does not repeat a token in its own sentence", () => {
    const token = "a".repeat(32);
    const found = guardDraft(`review+a1.${token}@desk.example`, rules);
    expect(found).toContain("The draft holds a review token.");
    expect(found.join(" ")).not.toContain(token);
  });
});

describe("guardMarkers", () => {
  it.each([
    ["Hi {{name}}", /"\{\{"/],
    ["Hi undefined,", /"undefined"/],
    ["[object Object]", /\[object object\]/],
    ["Hi [Name], thanks", /never filled in/],
    ["[[ draft 1 · edit between these two lines, then reply ]]", /marker line/],
    ["[[ end of draft 1 ]]", /marker line/],
    ["Internal note: he is difficult", /internal note/],
    ["Interne Notiz: schwierig", /interne notiz/],
    ["your [removed: password]", /was removed/],
    ["a\u202eb", /nobody can see/],
  ])("%j", (body, sentence) => {
    expect(guardMarkers(body).join("\n")).toMatch(sentence);
  });

  it("leaves links, promises and addresses to their author", () => {
    expect(guardMarkers("Call bob@evil.example by 5 pm, https://evil.example, $100.")).toEqual([]);
    expect(
      guardMarkers("The value was undefinedly large; see [the name of it](https://docs.msp.example)."),
    ).toEqual([]);
  });
});

const strip = (body: string): string => stripLinks(body, (link) => isAllowedLink(link, rules)).text;

describe("34 · stripLinks", () => {
  it.each([
    ["See [the guide](https://docs.msp.example/vpn) and https://help.docs.msp.example/a?b=c."],
    ["Write to ana@contoso.example, or mailto:support@desk.example."],
    ["A host is a word: evil.com, and so is setup.exe."],
    ["It is [#1042], with client 7.2.1 (build 20431), and/or 3/4 of it."],
    ["[a place](in words)"],
  ])("leaves %j", (body) => {
    expect(stripLinks(body, (link) => isAllowedLink(link, rules))).toEqual({ text: body, removed: [] });
  });

  it.each([
    ["a bare link", "See https://evil.example/?d=c2VjcmV0.", "See [removed: link]."],
    ["a link in brackets", "(https://evil.example/x)", "([removed: link])"],
    ["a Markdown link", "See [the guide](https://evil.example/?d=1) now", "See the guide now"],
    ["one with a title", 'See [the guide](https://evil.example/ "x") now', "See the guide now"],
    ["one whose words are a link", "[https://evil.example/a](https://evil.example/b)", "[removed: link]"],
    ["a picture, also of our own", "a ![logo](https://docs.msp.example/x.png) b", "a logo b"],
    ["a reference", "[guide][1]\n\n[1]: https://evil.example/?d=1", "[guide][1]\n\n[1]: [removed: link]"],
    ["an autolink", "<https://evil.example/?d=1>", "<[removed: link]>"],
    ["HTML", '<img src="https://evil.example/?d=1">', '<img src="[removed: link]">'],
    ["a path without a scheme", "evil.com/c2VjcmV0", "[removed: link]"],
    ["one that pretends by user name", "https://docs.msp.example@evil.example/", "[removed: link]"],
    ["a script", "[x](javascript:alert(1))", "[x]([removed: link]))"],
    ["full-width letters", "ｈｔｔｐｓ://evil.example/x", "[removed: link]"],
    ["zero width", "htt\u200bps://evil.example/x", "[removed: link]"],
    ["two in one word", "https://docs.msp.example,https://evil.example/x", "[removed: link]"],
  ])("takes out %s", (_, body, text) => {
    expect(strip(body)).toBe(text);
    expect(guardDraft(strip(body), rules).join(" ")).not.toMatch(/links to|picture/);
  });

  it("is linear over what is made to be slow", () => {
    for (const body of [
      "[".repeat(50_000),
      "![](".repeat(12_000),
      `[a](${"x".repeat(50_000)}`,
      "a:".repeat(25_000),
    ])
      expect(strip(body)).toBe(body);
  });
});
