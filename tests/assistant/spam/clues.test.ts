import { describe, expect, it } from "vitest";
import { cluesOf } from "../../../src/assistant/spam/clues/clues.ts";
import { misleadingLinks } from "../../../src/assistant/spam/clues/link-clues.ts";
import { htmlMail, mailOf } from "./support.ts";

async function cluesIn(...lines: readonly string[]): Promise<readonly string[]> {
  const { envelope, body } = cluesOf(await mailOf(...lines), null);
  return [...envelope, ...body];
}

const sound = [
  "From: Ana Ruiz <ana@contoso.example>",
  "To: support@northwind.example",
  "Subject: Printer",
  "Message-ID: <000a01dc8f$0102a3b0$0a01a8c0@contoso.example>",
  "Date: Mon, 2 Mar 2026 10:00:00 +0100",
];
const changed = (name: string, line: string | null): readonly string[] => [
  ...sound.filter((one) => !one.startsWith(`${name}:`)),
  ...(line === null ? [] : [line]),
  "",
  "The printer is out of toner.",
];

describe("what a header tells", () => {
  it.each([
    ["no:message-id", changed("Message-ID", null)],
    ["no:to", changed("To", null)],
    ["id:no-dot", changed("Message-ID", "Message-ID: <1234@localhost>")],
    [
      "id:not-outlook",
      [...changed("Message-ID", "Message-ID: <77@x.example>\r\nX-Mailer: Microsoft Outlook")],
    ],
    ["date:impossible-zone", changed("Date", "Date: Mon, 2 Mar 2026 10:00:00 -1900")],
    ["subject:capitals", changed("Subject", "Subject: WIN A PRIZE")],
    ["subject:reply-to-nothing", changed("Subject", "Subject: Re: your order")],
    ["subject:code-at-end", changed("Subject", "Subject: Cheap loans        x81kq")],
    ["from:name-shows-other-address", changed("From", 'From: "ceo@northwind.example" <x9@mail.example>')],
    ["reply:other-owner", changed("Reply-To", "Reply-To: collect@elsewhere.example")],
    ["to:undisclosed", changed("To", "To: undisclosed-recipients:;")],
    ["to:author", changed("To", "To: ana@contoso.example")],
    ["hop:may-be-forged", changed("Received", "Received: from a (b [192.0.2.1] (may be forged)) by c")],
    ["hop:number-helo", changed("Received", "Received: from 192.0.2.1 (HELO x) by c")],
    ["hop:no-name", changed("Received", "Received: from mail ([192.0.2.1]) by c")],
    [
      "hop:helo-of-other",
      changed("Received", "Received: from contoso.example (h7.pool.test [192.0.2.1]) by c"),
    ],
    [
      "hop:helo-of-owner",
      changed("Received", "Received: from contoso.example (mx.contoso.example [192.0.2.1])"),
    ],
    ["hop:helo-is-name", changed("Received", "Received: from MX.x.example (mx.x.example [192.0.2.1]) by c")],
    ["hop:private-number", changed("Received", "Received: from pc7 ([192.168.0.7]) by c")],
    ["from-form:quoted", changed("From", 'From: "Ana Ruiz" <ana@contoso.example>')],
    ["from-form:bare", changed("From", "From: ana@contoso.example")],
    ["from-form:comment", changed("From", "From: ana@contoso.example (Ana Ruiz)")],
    ["to-form:angle", changed("To", "To: <support@northwind.example>")],
    ["from:role", changed("From", "From: Contoso <sales-7@contoso.example>")],
    ["from:host", changed("From", "From: Ana Ruiz <ana@mail7.contoso.example>")],
    ["from:local-dotted", changed("From", "From: Ana Ruiz <ana.ruiz@contoso.example>")],
    ["date-shape:0 Aa 0 0:0:0 A", changed("Date", "Date: 2 Mar 2026 10:00:00 GMT")],
  ])("%s", async (clue, lines) => {
    expect(await cluesIn(...lines)).toContain(clue);
    expect(await cluesIn(...sound, "", "The printer is out of toner.")).not.toContain(clue);
  });

  it.each([
    ["in time", ["Mon, 2 Mar 2026 09:00:04 +0000"], []],
    ["hours late", ["Mon, 2 Mar 2026 12:30:00 +0100"], ["date:hours-behind:1", "date:hours-behind:2"]],
    ["before it was written", ["Mon, 2 Mar 2026 08:50:00 +0000 (GMT)"], ["date:ahead"]],
    ["a day before", ["Sun, 1 Mar 2026 09:00:00 +0000"], ["date:ahead", "date:hours-ahead:16"]],
    [
      "days later by the last server only",
      ["Fri, 6 Mar 2026 09:00:00 +0000", "Mon, 2 Mar 2026 09:00:01 +0000"],
      [],
    ],
    ["at no time", ["tomorrow"], []],
  ])("a mail that came %s", async (_, times, expected) => {
    const hops = times.map((time) => `Received: from a.example by b.example (x; y); ${time}`);
    const skewed = (await cluesIn(...hops, ...sound, "", "Hi")).filter((clue) =>
      /^date:(?:hours|ahead)/.test(clue),
    );
    expect(skewed).toEqual(expect.arrayContaining([...expected]));
    if (expected.length === 0) expect(skewed).toEqual([]);
  });

  it("holds no date and no name of a list: they would tell who collected a mail", async () => {
    const clues = await cluesIn(...sound, "List-Id: <staff.contoso.example>", "", "Hi");
    expect(clues.filter((clue) => /2026|staff|list-id/.test(clue))).toEqual([]);
  });
});

describe("what a body tells", () => {
  it.each([
    ["link:number-host", '<a href="http://3221225985/x">here</a>'],
    ["link:user", '<a href="http://www.bank.example@192.0.2.1/">here</a>'],
    ["link:leads-elsewhere", '<a href="http://evil.test/">https://login.microsoft.com/</a>'],
    ["link:script", '<a href="javascript:void(0)">here</a>'],
    ["html:picture-only", '<a href="http://x.example"><img src="http://x.example/a.jpg"></a>'],
    ["html:password-field", '<form action="http://x.example"><input type=password></form>'],
    ["html:hidden-text:1", "<font color=white>nothing to see here</font>Hello"],
  ])("%s", async (clue, html) => {
    expect(cluesOf(await htmlMail(html), null).body).toContain(clue);
    expect(
      cluesOf(await htmlMail("<p>Good morning, the printer is out of toner.</p>"), null).body,
    ).not.toContain(clue);
  });

  it.each([
    [
      "another owner",
      "https://www.microsoft.com/x",
      "https://evil.test/",
      [{ shown: "www.microsoft.com", leadsTo: "evil.test" }],
    ],
    ["another host of one owner", "www.contoso.co.uk", "https://mail.contoso.co.uk/", []],
    ["words", "your invoice", "https://evil.test/", []],
    ["a file's name", "report.pdf attached", "https://files.test/", []],
    ["an address", "ana@contoso.example", "mailto:other@contoso.example", []],
  ])("a link that shows %s", (_, text, href, expected) => {
    expect(misleadingLinks([{ href, text, hasImage: false }])).toEqual(expected);
  });
});

const newsletter = (from: string, received: string, href: string): readonly string[] => [
  `Received: ${received}`,
  `From: News <${from}>`,
  "To: support@northwind.example",
  "Subject: News",
  "Message-ID: <1@contoso.example>",
  "Content-Type: text/html",
  "",
  `<p>Our offers</p><a href="${href}">see</a><img src="${href}/a.png">`,
];

describe("whether a mail agrees with its author", () => {
  it.each([
    [
      "author-own:hop",
      "a@contoso.example",
      "from mail.contoso.example (192.0.2.1) by mx.example",
      "https://x.example",
    ],
    [
      "author-own:no-hop",
      "a@contoso.example",
      "from host7.pool.example (192.0.2.1) by mx.example for <b@contoso.example>",
      "https://x.example",
    ],
    [
      "author-own:no-hop",
      "a@contoso.example",
      "from notcontoso.example.evil.test by mx.example",
      "https://x.example",
    ],
    ["author-freemail:no-hop", "a@gmail.com", "from host7.pool.example by mx.example", "https://x.example"],
    [
      "author-freemail:hop",
      "a@gmail.com",
      "from mail-ed1-f41.google.com (mail.gmail.com [192.0.2.1]) by mx.example",
      "https://x.example",
    ],
    ["author:linked", "a@contoso.example", "from x.example by mx.example", "https://www.contoso.example/a"],
    ["author:pictured", "a@contoso.example", "from x.example by mx.example", "https://img.contoso.example/a"],
    [
      "author:not-linked",
      "a@contoso.example",
      "from x.example by mx.example",
      "https://contoso.example.evil.test/",
    ],
    ["id:hop", "a@x.example", "from mail.contoso.example by mx.example", "https://x.example"],
  ])("%s", async (clue, from, received, href) => {
    expect(await cluesIn(...newsletter(from, received, href))).toContain(clue);
  });
});

describe("what a text looks like", () => {
  it.each([
    ["text:markup", "Order <a href=http://x.example/>here</a>"],
    ["text:gap:16", `Hello${"\n".repeat(20)}no more mails: reply`],
    ["text:shouted-words:2", "ORDER your toner TODAY or next week"],
    ["text:code:2", "See /var/log/syslog, it says {}; and then stops"],
    ["text:digits:50", "0800 1234567 and 1234567"],
    [
      "text:no-common-word",
      "Yeni kampanya basladi: ucuz toner, kagit, kartus, yazici, klavye, fare, monitor",
    ],
    ["text:common-words:100", "the printer is out of toner and we are not in the office"],
    ["script:han", "请把这台打印机修好谢谢"],
  ])("%s", async (clue, text) => {
    expect(await cluesIn(...sound, "Content-Type: text/plain; charset=utf-8", "", text)).toContain(clue);
  });
});
