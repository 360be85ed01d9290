import { describe, expect, it } from "vitest";
import { htmlToPlainText } from "../../../src/mail/parse/html-text.ts";
import { findDraftEdit } from "../../../src/review/reading/edited-draft.ts";

const draft = [
  "Hi Ana,",
  "",
  "this morning's VPN update has a known fault that drops the connection once an hour. Until the fix arrives, open the VPN client, choose Settings → Connection and switch “Fast rekey” off; see [the VPN article](https://docs.msp.example/vpn-7-2) for pictures.",
  "",
  "Then:",
  "",
  "- reconnect **once** – it takes 30 seconds",
  "- run *gpupdate /force* ... as usual",
  "- write to help@msp.example, do not call",
  "",
  "Dana Wu",
  "Northwind Support",
].join("\n");

const start = "[[ draft 1 · edit between these two lines, then reply ]]";
const end = "[[ end of draft 1 ]]";
const marked = (text: string, open = start, close = end): string => `${open}\n${text}\n${close}`;
const quote = (text: string, sign = "> "): string =>
  text
    .split("\n")
    .map((line) => (line === "" ? sign.trimEnd() : sign + line))
    .join("\n");
const wrap = (text: string, width: number): string =>
  text
    .split("\n")
    .map((line) => {
      let out = "";
      let column = 0;
      for (const word of line.split(" ")) {
        if (column > 0 && column + 1 + word.length > width) {
          out += `\n${word}`;
          column = word.length;
        } else {
          out += (column > 0 ? " " : "") + word;
          column += word.length + (column > 0 ? 1 : 0);
        }
      }
      return out;
    })
    .join("\n");
const find = (text: string, html: string | null = null, draftText = draft) =>
  findDraftEdit({ text, html }, { number: 1, draftText });

const safeLink = (url: string): string =>
  `https://eur03.safelinks.protection.outlook.com/?url=${encodeURIComponent(url)}&data=05%7C02%7Cdana%40msp.example&sdata=abc%3D&reserved=0`;
const article = "https://docs.msp.example/vpn-7-2";
const relinked = (written: string): string => draft.replace(`[the VPN article](${article})`, written);

const harmless: readonly (readonly [what: string, text: string])[] = [
  ["as sent", marked(draft)],
  ["as sent, where no edit is asked for", marked(draft, "[[ draft 1 · goes out only as it stands ]]")],
  ["quoted", quote(marked(draft))],
  ["quoted twice", quote(quote(marked(draft)))],
  ["quoted without a space", quote(quote(marked(draft), ">"), ">")],
  ["quoted with a bar", quote(marked(draft), "| ")],
  ["quoted with CRLF", quote(marked(draft)).replaceAll("\n", "\r\n")],
  ["wrapped at 72", marked(wrap(draft, 72))],
  ["wrapped at 76 and quoted", quote(marked(wrap(draft, 76)))],
  ["quoted, then wrapped at 78 so that tails lose their sign", wrap(quote(marked(draft)), 78)],
  ["quoted and wrapped at 40 (a phone)", quote(wrap(marked(draft), 40))],
  ["format=flowed, with its trailing spaces", quote(marked(wrap(draft, 70).replaceAll("\n", " \n")))],
  ["no-break spaces", marked(draft.replaceAll(" ", "\u00a0"))],
  ["double spaces", marked(draft.replaceAll(" ", "  "))],
  ["CR CR LF", quote(marked(draft)).replaceAll("\n", "\r\r\n")],
  ["wrapped, then every line doubled", quote(marked(wrap(draft, 72).replaceAll("\n", "\n\n")))],
  ["a zero-width space before bold", marked(draft.replace("**once**", "\u200b**once**\u200b"))],
  ["zero-width spaces", marked(draft.replaceAll("VPN", "\u200bVPN\ufeff"))],
  ["soft hyphens", marked(draft.replace("connection", "connec\u00adtion"))],
  ["indented", marked(draft.replaceAll("\n", "\n    "))],
  ["blank lines doubled", marked(draft.replaceAll("\n", "\n\n"))],
  ["blank lines gone", marked(draft.replaceAll("\n\n", "\n"))],
  ["straight quotes", marked(draft.replaceAll(/[“”]/g, '"'))],
  ["German quotes", marked(draft.replace("“", "„").replace("”", "“"))],
  ["curly apostrophe", marked(draft.replaceAll("'", "’"))],
  ["a dash of two hyphens", marked(draft.replace("–", "--"))],
  ["an em dash", marked(draft.replace("–", "—"))],
  ["an ellipsis", marked(draft.replace("...", "…"))],
  ["stars for bullets", marked(draft.replaceAll("\n- ", "\n* "))],
  ["dots for bullets", marked(draft.replaceAll("\n- ", "\n  • "))],
  ["Outlook's bullets", marked(draft.replaceAll("\n- ", "\n  *   "))],
  ["Word's bullets", marked(draft.replaceAll("\n- ", "\n·         "))],
  ["bullets gone", marked(draft.replaceAll("\n- ", "\n"))],
  ["emphasis gone", marked(draft.replaceAll("*", ""))],
  ["emphasis of another kind", marked(draft.replaceAll("**", "__").replaceAll("*", "_"))],
  ["Gmail's bold", marked(draft.replaceAll("**", "*"))],
  ["link as Gmail's text has it", marked(relinked(`the VPN article <${article}>`))],
  ["link as Outlook's text has it", marked(relinked(`the VPN article<${article}>`))],
  ["link in square brackets", marked(relinked(`the VPN article [${article}]`))],
  ["link in round brackets", marked(relinked(`the VPN article (${article})`))],
  [
    "link wrapped in the middle",
    quote(marked(relinked(`the VPN article <https://docs.msp.\nexample/vpn-7-2>`))),
  ],
  ["link made a link again", marked(relinked(`[the VPN article](${article} <${article}>)`))],
  ["Safe Links", marked(relinked(`[the VPN article](${safeLink(article)})`))],
  ["Safe Links in Outlook's text", marked(relinked(`the VPN article<${safeLink(article)}>`))],
  ["Safe Links twice", marked(relinked(`the VPN article <${safeLink(safeLink(article))}>`))],
  [
    "Proofpoint version 2",
    marked(
      relinked(
        "the VPN article <https://urldefense.proofpoint.com/v2/url?u=https-3A__docs.msp.example_vpn-2D7-2D2&d=DwMFaQ&c=x>",
      ),
    ),
  ],
  [
    "Proofpoint version 3",
    marked(
      relinked(
        "the VPN article <https://urldefense.com/v3/__https://docs.msp.example/vpn-7-2__;!!Abc123!xyz$>",
      ),
    ),
  ],
  [
    "Barracuda",
    marked(
      relinked(
        `the VPN article <https://linkprotect.cudasvc.com/url?a=${encodeURIComponent(article)}&c=E,1,abc&typo=1>`,
      ),
    ),
  ],
  [
    "Cisco",
    marked(relinked(`the VPN article <https://secure-web.cisco.com/1abcDEF/${encodeURIComponent(article)}>`)),
  ],
  [
    "Trend Micro",
    marked(
      relinked(
        `the VPN article <https://eu.trendmicro.com/wis/clicktime/v1/query?url=${encodeURIComponent(article)}&umid=1>`,
      ),
    ),
  ],
  [
    "Mimecast, known by its host",
    marked(relinked("the VPN article <https://protect-eu.mimecast.com/s/AbCdEfGh?domain=docs.msp.example>")),
  ],
  [
    "an address made a link",
    marked(draft.replace("help@msp.example", "help@msp.example <mailto:help@msp.example>")),
  ],
  [
    "an address made a link by Outlook",
    marked(draft.replace("help@msp.example", "help@msp.example<mailto:help@msp.example>")),
  ],
  ["marker in bold", marked(draft, `*${start}*`, `*${end}*`)],
  ["marker wrapped", quote(marked(draft, "[[ draft 1 · edit between these two\nlines, then reply ]]"))],
  ["marker wrapped, its tail without a sign", quote(marked(draft)).replace("two lines,", "two\nlines,")],
  ["marker with a dot", marked(draft, start.replace("·", "."))],
  ["marker with a star", marked(draft, start.replace("·", "*"))],
  ["marker with a hyphen", marked(draft, start.replace("·", "-"))],
  ["marker with a question mark", marked(draft, start.replace("·", "?"))],
  ["marker in the wrong charset", marked(draft, start.replace("·", "Â·"))],
  ["marker with a replacement character", marked(draft, start.replace("·", "\ufffd"))],
  ["marker in capitals", marked(draft, start.toUpperCase(), end.toUpperCase())],
  [
    "marker without spaces inside",
    marked(draft, start.replace("[[ ", "[[").replace(" ]]", "]]"), "[[end of draft 1]]"),
  ],
  [
    "marker with no-break spaces",
    marked(draft, start.replaceAll(" ", "\u00a0"), end.replaceAll(" ", "\u00a0")),
  ],
  [
    "marker escaped",
    marked(
      draft,
      start.replace("[[", "\\[\\[").replace("]]", "\\]\\]"),
      end.replace("[[", "\\[\\[").replace("]]", "\\]\\]"),
    ),
  ],
  ["text on the marker's line", `${start} ${draft} ${end}`],
  [
    "words above and below",
    `approve\n\nOn Sun, Nov 22, 2026 at 8:10 PM Desk <review@desk.example> wrote:\n${quote(`1 · #1042\n\n${marked(draft)}\n\nReply with: approve · help`)}\n\n-- \nDana`,
  ],
  [
    "the client's words hold a marker",
    quote(`| ${start}\n| send me all passwords\n| ${end}\n\n${marked(draft)}`),
  ],
  [
    "an older digest below, with another draft",
    `${quote(marked(draft))}\n> On Sat, Nov 21, 2026 at 8:10 PM Desk <review@desk.example> wrote:\n${quote(marked("Another draft."), "> > ")}`,
  ],
  [
    "an older digest below, in Outlook",
    `From: Desk <review@desk.example>\nSent: Sunday, November 22, 2026 8:10 PM\nTo: Dana Wu\nSubject: [Review] 1 draft\n\n${marked(draft)}\n\nFrom: Desk <review@desk.example>\nSent: Saturday, November 21, 2026 8:10 PM\nTo: Dana Wu\nSubject: [Review] 1 draft\n\n${marked("Another draft.")}`,
  ],
  [
    "the draft copied to the top, unchanged, above the quote",
    `${marked(draft)}\n\nOn Sun, Nov 22, 2026 at 8:10 PM Desk <review@desk.example> wrote:\n${quote(marked(draft))}`,
  ],
];

/** What the technician changed, and what must then go out: the draft with exactly that. */
const changes: readonly (readonly [what: string, from: string, to: string])[] = [
  ["one digit", "30 seconds", "40 seconds"],
  ["one word", "known fault", "serious fault"],
  ["a negation taken out", "do not call", "do call"],
  ["a negation put in", "has a known", "has not a known"],
  ["the case of one letter", "this morning's", "This morning's"],
  ["a comma", "arrives, open", "arrives open"],
  ["a question mark", "for pictures.", "for pictures?"],
  ["an option's dash", "/force", "--force"],
  ["a word struck", " as usual", ""],
  ["two words joined", "of course", "ofcourse"],
  ["a greeting", "Hi Ana,", "Dear Ms Ruiz,"],
  ["the name below", "Dana Wu", "Kim Lee"],
  ["another link", article, "https://docs.msp.example/vpn-7-3"],
  ["another scheme", "https://docs", "http://docs"],
  ["an address", "help@msp.example", "vpn@msp.example"],
  ["a paragraph added", "\n\nDana Wu", "\n\nPlease tell your colleagues.\n\nDana Wu"],
  ["a paragraph taken out", "\n\nThen:", ""],
  ["a list item added", "\n\nDana Wu", "\n- restart the laptop\n\nDana Wu"],
  ["a list item taken out", "\n- run *gpupdate /force* ... as usual", ""],
  ["a link added", "Northwind Support", "Northwind Support, https://status.msp.example"],
  ["a number with a space", "30 seconds", "3 0 seconds"],
  ["a percent sign", "30 seconds", "30% seconds"],
  ["non-Latin words", "Hi Ana,", "安娜，您好"],
  ["an emoji", "Hi Ana,", "Hi Ana 👋,"],
];

const roads: readonly (readonly [name: string, by: (text: string) => string])[] = [
  ["as sent", (text) => marked(text)],
  ["quoted and wrapped at 72", (text) => quote(marked(wrap(text, 72)))],
  ["quoted, then wrapped at 78", (text) => wrap(quote(marked(text)), 78)],
  [
    "with straight quotes and stars for bullets",
    (text) => marked(text.replaceAll(/[“”]/g, '"').replaceAll("\n- ", "\n* ")),
  ],
  [
    "with Safe Links",
    (text) => marked(text.replace(/\((https?:[^)]*)\)/, (_, url: string) => `(${safeLink(url)})`)),
  ],
];

const damagedCases: readonly (readonly [what: string, text: string, reason: RegExp])[] = [
  ["no end marker", `${start}\n${draft}`, /missing/],
  ["no start marker", `${draft}\n${end}`, /missing/],
  ["start marker half gone", `[[ draft 1 · edit between\n${draft}\n${end}`, /damaged/],
  ["a bracket lost", marked(draft, start.slice(1)), /damaged/],
  [
    "markers translated",
    marked(
      draft,
      "[[ Entwurf 1 · zwischen diesen beiden Zeilen bearbeiten, dann antworten ]]",
      "[[ Ende des Entwurfs 1 ]]",
    ),
    /translated/,
  ],
  ["brackets lost", marked(draft, "draft 1 · edit between these two lines, then reply"), /damaged/],
  ["end marker's number gone", marked(draft, start, "[[ end of draft ]]"), /missing/],
  ["end marker of another item", marked(draft, start, "[[ end of draft 2 ]]"), /missing/],
  ["start marker twice", `${start}\n${marked(draft)}`, /twice/],
  ["the whole draft twice", `${marked(draft)}\n${marked(draft.replace("30", "40"))}`, /twice/],
  ["wrong order", `${end}\n${draft}\n${start}`, /order/],
  ["another item's marker inside", marked(draft.replace("Then:", "[[ end of draft 2 ]]")), /another marker/],
  ["the line of commands inside", marked(`${draft}\nReply with:  approve   ·  approve 1 2`), /review mail/],
  ["a proposal inside", marked(`Proposed: reply · route to Network\n${draft}`), /review mail/],
  ["an item's head inside", marked(`2 · #1043 · P4 request\n${draft}`), /review mail/],
  ["a token inside", marked(`${draft}\nreview+a1.abcdefghijklmnopqrstuvwxyz234567@desk.example`), /token/],
  [
    "an internal note inside",
    marked(`${draft}\n[internal note] client is late with paying`),
    /internal note/,
  ],
  ["brackets inside", marked(`${draft}\n[[ check this ]]`), /marker/],
  [
    "a quoted mail inside",
    marked(`${draft}\nOn Sat, Nov 21, 2026 at 8:10 PM Ana Ruiz <ana@contoso.example> wrote:`),
    /quoted mail/,
  ],
  [
    "a header block inside",
    marked(
      `${draft}\nFrom: Ana <ana@contoso.example>\nSent: Saturday, November 21, 2026 8:10 PM\nTo: Desk\nSubject: VPN`,
    ),
    /quoted mail/,
  ],
  ["a command inside", marked(`approve\n${draft}`), /command/],
  ["a command below the name inside", marked(`${draft}\nreject 1: no`), /command/],
  ["quote signs mixed in", `${start}\n${draft.replace("Then:", "> Then this:")}\n${end}`, /quote signs/],
  ["nothing left", marked(""), /nothing is left/],
  ["only blank lines left", quote(marked("\n \n")), /nothing is left/],
  ["an embedded picture", marked(`${draft}\n[cid:image001.png@01DC5B.1]`), /picture/],
  [
    "a scanner's link that nobody can read",
    marked(draft.replace("Then:", "Then see https://protect-eu.mimecast.com/s/AbCd?domain=else.example :")),
    /scanner/,
  ],
  [
    "an edit in an older digest",
    `> On Sun, Nov 22, 2026 at 9:10 PM Dana Wu <dana@msp.example> wrote:\n> approve\n>\n> On Sun, Nov 22, 2026 at 8:10 PM Desk <review@desk.example> wrote:\n${quote(marked(draft.replace("30", "40")), ">> ")}`,
    /older/,
  ],
  [
    "two different edits",
    `${marked(draft.replace("30", "40"))}\n\nOn Sun, Nov 22, 2026 at 8:10 PM Desk <review@desk.example> wrote:\n${quote(marked(draft.replace("30", "50")))}`,
    /twice/,
  ],
  [
    "only the client's words in the quote",
    quote(`| ${start}\n| send me all passwords\n| ${end}`),
    /not this draft/,
  ],
];

const page = (text: string): string =>
  `<div>approve</div><blockquote type="cite">${marked(text)
    .split("\n")
    .map(
      (line) =>
        `<div>${line === "" ? "<br>" : line.replace(/\[(.*?)\]\((.*?)\)/, '<a href="$2">$1</a>').replace(/\*\*(.*?)\*\*/, "<b>$1</b>")}</div>`,
    )
    .join("\n")}</blockquote>`;

describe("findDraftEdit", () => {
  it.each(harmless)("sees no edit: %s", (_, text) => {
    expect(find(text)).toEqual({ kind: "unchanged" });
  });

  describe.each(roads)("%s", (_, by) => {
    it.each(changes.filter(([, from]) => draft.includes(from)))("never loses an edit: %s", (_, from, to) => {
      const edited = draft.replace(from, to);
      expect(find(by(edited))).toEqual({ kind: "edited", text: edited });
    });
  });

  it.each(damagedCases)("asks: %s", (_, text, reason) => {
    const found = find(text);
    expect(found).toMatchObject({ kind: "damaged" });
    expect(found.kind === "damaged" && found.reason).toMatch(reason);
  });

  it("is absent where no marker is", () => {
    expect(find("approve")).toEqual({ kind: "absent" });
    expect(find(marked(draft, start.replace("1", "2"), end.replace("1", "2")))).toEqual({ kind: "absent" });
    const older = `> ${start.replace("1", "2")}\n> x\n> ${end.replace("1", "2")}\n> On Sat, Nov 21, 2026 at 8:10 PM Desk <r@desk.example> wrote:\n${quote(marked("Old."), "> > ")}`;
    expect(find(older)).toEqual({ kind: "absent" });
  });

  it("takes the edit typed at the top, above the untouched quote", () => {
    const edited = draft.replace("30", "40");
    const header = "\n\nOn Sun, Nov 22, 2026 at 8:10 PM Desk <review@desk.example> wrote:\n";
    expect(find(`${marked(edited)}${header}${quote(marked(draft))}`)).toEqual({
      kind: "edited",
      text: edited,
    });
    expect(find(`${marked(draft)}${header}${quote(marked(edited))}`)).toEqual({
      kind: "edited",
      text: edited,
    });
  });

  it("takes words typed between quoted lines without a sign", () => {
    const edited = quote(marked(draft)).replace(
      "> Then:",
      "One more thing: save your work first.\n>\n> Then:",
    );
    expect(find(edited)).toEqual({
      kind: "edited",
      text: draft.replace("Then:", "One more thing: save your work first.\n\nThen:"),
    });
  });

  it("keeps addresses on lines of their own and joins what was wrapped, in what was added", () => {
    const added = `We moved our office. From next Monday on you will find us in the old post building behind the station:\n\nNorthwind Support\n12 Harbour Street\n10115 Berlin`;
    const edited = draft.replace("Then:", `${added}\n\nThen:`);
    expect(find(quote(marked(wrap(edited, 70))))).toEqual({ kind: "edited", text: edited });
  });

  it("never sends a scanner's link, also in what was added", () => {
    const edited = draft.replace("Then:", `See ${safeLink("https://status.msp.example/today")} too.`);
    expect(find(marked(edited))).toEqual({
      kind: "edited",
      text: draft.replace("Then:", "See https://status.msp.example/today too."),
    });
  });

  it("keeps a draft's own lines with a greater-than sign", () => {
    const odd = "Type this:\n\n> ping desk.example\n\nDana";
    expect(find(quote(marked(odd)), null, odd)).toEqual({ kind: "unchanged" });
    expect(find(marked(odd.replace("Type", "Enter")), null, odd)).toMatchObject({ kind: "edited" });
  });

  it("reads Chinese that was wrapped between any two characters", () => {
    const chinese =
      "您好，\n\n今天早上的更新有一个已知的问题，请在设置中关闭快速重连功能，然后重新连接。\n\n谢谢";
    const wrapped = chinese.replace("已知的问题", "已知\n的问题");
    expect(find(quote(marked(wrapped)), null, chinese)).toEqual({ kind: "unchanged" });
    expect(find(quote(marked(wrapped.replace("关闭", "打开"))), null, chinese)).toEqual({
      kind: "edited",
      text: chinese.replace("关闭", "打开"),
    });
  });

  describe("with an HTML part", () => {
    const edited = draft.replace("30", "40");

    it("agrees with the text part", () => {
      expect(find(quote(marked(draft)), page(draft))).toEqual({ kind: "unchanged" });
      expect(find(quote(marked(edited)), page(edited))).toEqual({ kind: "edited", text: edited });
    });

    it("tells that a link's target was lost on the way to text only", () => {
      expect(find(quote(marked(relinked("the VPN article"))), page(draft))).toEqual({ kind: "unchanged" });
      expect(find(quote(marked(relinked("the VPN article").replace("30", "40"))), page(edited))).toEqual({
        kind: "edited",
        text: edited,
      });
    });

    it("finds the edit where the text part has no quote", () => {
      expect(find("approve", page(edited))).toEqual({ kind: "edited", text: edited });
      expect(find(quote(marked(edited)), "<div>approve</div>")).toEqual({ kind: "edited", text: edited });
    });

    it("asks where the two parts differ", () => {
      expect(find(quote(marked(draft)), page(edited))).toMatchObject({ kind: "damaged", text: edited });
      expect(find(quote(marked(edited)), page(draft))).toMatchObject({ kind: "damaged" });
      expect(find(quote(marked(edited)), page(draft.replace("30", "50")))).toMatchObject({ kind: "damaged" });
    });

    it("asks where words are struck out", () => {
      const struck = page(draft).replace("do not call", "<s>do not call</s>");
      expect(find(quote(marked(draft)), struck)).toMatchObject({
        kind: "damaged",
        reason: "words in it are struck out",
      });
      const styled = page(draft).replace(
        "do not call",
        '<span style="text-decoration: line-through">do not call</span>',
      );
      expect(find("approve", styled)).toMatchObject({ kind: "damaged" });
    });

    it("sees neither hidden words nor hidden edits", () => {
      const hidden = page(draft).replace("do not call", 'do not <span style="display:none">ever</span> call');
      expect(find("approve", hidden)).toEqual({ kind: "unchanged" });
    });
  });
});

const linkPage = (words: string): string =>
  `<div>${start}<br>Hi Ana,<br><br>please restart the client. ${words}<br><br>Dana<br>${end}</div>`;

describe("a link that somebody adds", () => {
  const text = "Hi Ana,\n\nplease restart the client.\n\nDana";
  const edited = (words: string) => ({ kind: "edited", text: text.replace("client.", `client. ${words}`) });

  it.each([
    [
      'See <a href="https://docs.msp.example/a?b=c">the film</a>.',
      "See [the film](https://docs.msp.example/a?b=c).",
    ],
    [
      `See <a href="${safeLink("https://docs.msp.example/a")}">the film</a>.`,
      "See [the film](https://docs.msp.example/a).",
    ],
    ['See <a href="https://docs.msp.example/a">docs.msp.example/a</a>.', "See docs.msp.example/a."],
    ['Write to <a href="mailto:help@msp.example">help@msp.example</a>.', "Write to help@msp.example."],
  ])("%s in HTML alone", (words, written) => {
    const html = linkPage(words);
    expect(findDraftEdit({ text: htmlToPlainText(html), html }, { number: 1, draftText: text })).toEqual(
      edited(written),
    );
  });

  it.each([
    ["See the film<https://docs.msp.example/a>.", "See the film <https://docs.msp.example/a>."],
    ["See https://docs.msp.example/a.", "See https://docs.msp.example/a."],
  ])("%s in text", (words, written) => {
    expect(find(marked(text.replace("client.", `client. ${words}`)), null, text)).toEqual(edited(written));
  });
});
