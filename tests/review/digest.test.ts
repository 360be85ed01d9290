import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { convert } from "html-to-text";
import { describe, expect, it } from "vitest";
import {
  draftMarker,
  endMarker,
  MAX_DIGEST_BYTES,
  renderDigest,
  splitDigest,
} from "../../src/review/digest.ts";
import { durationInWords, type DigestItemView, type DigestView } from "../../src/review/digest-view.ts";
import {
  renderAdminAlert,
  renderDeliveryTrouble,
  renderElsewhere,
  renderReminder,
  renderSignIn,
} from "../../src/review/notices.ts";
import { createTemplates, loadTemplateFiles } from "../../src/templates.ts";
import { digest, password, starter, vpn } from "./sample-views.ts";

const templates = createTemplates(
  await loadTemplateFiles(fileURLToPath(new URL("../../templates", import.meta.url))),
);
const render = (change: Partial<DigestView> = {}) => renderDigest(templates, { ...digest, ...change });

/** What a mail program's "as text" gives, with no-break spaces as spaces, cells of a row apart, and no addresses of links. */
const asText = (html: string): string =>
  convert(html.replaceAll("</td><td", "&nbsp;</td><td").replaceAll("</a><a", "</a>&nbsp;<a"), {
    wordwrap: false,
    selectors: [
      { selector: "a", options: { ignoreHref: true } },
      ...["h1", "h2"].map((selector) => ({ selector, options: { uppercase: false } })),
    ],
  }).replaceAll("\u00a0", " ");
/** Without the marks that stand for bold type and rules in the text part. */
const words = (text: string): string[] =>
  text
    .replaceAll(/[“”|]/g, " ")
    .split(/\s+/)
    .map((word) => word.replace(/:$/, ""))
    .filter((word) => word !== "" && word !== "*");
const between = (text: string, item: number): string | undefined =>
  text.split(`${draftMarker(item)}\n`)[1]?.split(`\n${endMarker(item)}`)[0];
const hrefs = (html: string): URL[] =>
  [...html.matchAll(/href="([^"]*)"/g)].map(
    ([, href]) =>
      new URL((href ?? "").replaceAll("&amp;", "&").replaceAll("&#x3D;", "=").replaceAll("&#x27;", "'")),
  );
const mailtos = (html: string): URL[] => hrefs(html).filter(({ protocol }) => protocol === "mailto:");

describe("the digest", () => {
  it("lets a client's words run from right to left where they are written so", () => {
    const { html } = render({ items: [{ ...vpn, headline: "המדפסת", clientWords: "שלום, HP 4001?" }] });
    expect(html).toMatch(/<h2 dir="auto"[^>]*>המדפסת</);
    expect(html).toContain('dir="auto">“שלום, HP 4001?”');
  });

  it("that asks nothing offers to undo, and says nothing of approving", () => {
    const { text } = render({ items: [] });
    expect(text).toContain("Reply with: undo 4 · help");
    expect(text).not.toContain("What you approve");
    expect(render({ items: [], doneAlone: [] }).text).toContain("Reply with: help");
  });

  it("gives each of several acts done alone a line of its own", () => {
    const act = { act: "filed under vpn", reason: "Policy 1", undo: 1, said: "" };
    const { text } = render({ items: [{ ...vpn, doneAlone: [act, { ...act, act: "sent to Network" }] }] });
    expect(text).toContain(
      "Done alone:\n* filed under vpn · Policy 1 · undo 1\n* sent to Network · Policy 1 · undo 1\n",
    );
  });

  it("has a subject that says how much, how urgent and which digest", () => {
    expect(render().subject).toBe(
      "[Review] 3 drafts waiting · P2 Contoso: VPN drops every hour since this morning's update and 2 more · ref k3m2wq5a",
    );
    expect(render({ items: [{ ...starter, draft: null }] }).subject).toMatch(
      /^\[Review\] 1 decision waiting · P4 Fabrikam/,
    );
    expect(render({ items: [], doneAlone: [] }).subject).toBe("[Review] Nothing waiting · ref k3m2wq5a");
    expect(render({ items: [] }).subject).toBe("[Review] Nothing waiting · 2 done alone · ref k3m2wq5a");
    const long = render({ items: [{ ...vpn, headline: "word ".repeat(80) + "\r\nBcc: x" }] }).subject;
    expect(long.length).toBeLessThan(130);
    expect(long).not.toMatch(/[\r\n]/);
  });

  it("says all that a decision needs in the text part alone", () => {
    const { text } = render();
    for (const part of [
      "3 drafts wait for your word, Dana",
      "Nothing has been sent. One is urgent",
      "1 · #1042 · P2 incident · Contoso (VIP) · from Ana Ruiz <ana@contoso.example>",
      "VPN drops every hour since this morning's update",
      "| I have a client call at 11, is there a workaround?",
      "Looks like: VPN client, sure 97 %",
      "Goes to: Network, you, sure 93 % · you closed 14 like it",
      "What we know:\n* Same as #1038 VPN keeps dropping (https://desk.msp.example/tickets/1038) · open since 08:05 · both say “vpn”, “update”\n* CT-0417",
      "* Article “VPN client 7.2: rekey bug” (https://docs.msp.example/vpn-7-2) · 7.2.1 repairs it",
      "▲ They ask: “Is there a workaround?” The draft says that a technician will answer.",
      "Rests on article “VPN client 7.2: rekey bug”, template client/vpn.",
      "Sends to: ana@contoso.example, nobody in copy",
      "Left out: bob@elsewhere.example (outside the client's domains)",
      "Subject: Re: VPN drops [#1042]",
      "▲ “Your 11 o'clock call is safe if you do it now.” has no source.",
      "Done alone: filed under New user, sent to Service Desk · policy “file requests”, version 3 by Kim · undo 2",
      "Missing: job title, manager, licence",
      "Sends to: li.chen@fabrikam.example, copy to office@fabrikam.example",
      "▲ Identity request: call Sam back",
      "▲ Only this text can go out, as it stands: “approve 3” sends it",
      "#1039 marked as spam · policy “obvious spam”, version 2 by Kim · undo 4",
      "Reply with: approve 1 2 · an edited draft · reject 1: why",
      "What you approve leaves after two minutes; until then, “stop” calls it back.",
      "a reply counts only from dana@msp.example, until Wednesday 09:12",
      "audit log so far: 3f9c2b71d04e",
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toMatch(/^(>|-- |_{5}|-{5})/m);
  });

  it("carries the same words in HTML", () => {
    const { text, html } = render();
    const buttons = ["Approve", "Edit", "Approve", "Edit", "Approve"];
    // The text part writes out what HTML puts behind a link.
    const written = words(text.replaceAll(/ \(https:\/\/(?:docs|desk)\.msp\.example\/[^)]+\)/g, ""));
    expect(words(asText(html)).toSorted()).toEqual([...written, ...buttons].toSorted());
  });

  it("asks for no edit of a text that goes out only as it stands, and says what can be done", () => {
    const { text, html } = render({ items: [password] });
    for (const part of [text, asText(html)]) {
      expect(part).not.toContain("edit between");
      // Marker lines all the same: an edit made in spite of it must be seen, and refused.
      expect(part).toContain("[[ draft 3 · goes out only as it stands ]]");
      expect(part).toContain("“approve 3” sends it, “reject 3: why” does not");
      expect(part).toContain(password.draft?.text);
    }
    const nothing = { needs: "This client shares your domain.", byMail: "nothing" } as const;
    const refused = render({ items: [{ ...password, highRisk: nothing }] }).text;
    expect(refused).toContain("Drafted, and not sent by mail:");
    expect(refused).not.toContain("[[");
  });

  it("tells what came before a second message, in both parts", () => {
    const earlier = [
      { who: "Ana Ruiz wrote", when: "Monday 09:12", words: "The VPN drops every hour." },
      { who: "2 more mails in between", when: "", words: "" },
      { who: "Dana Wu answered", when: "Monday 09:40", words: "Please switch Fast rekey off." },
    ];
    const { text, html } = render({ items: [{ ...vpn, earlier }] });
    expect(text).toContain(
      [
        "Before that:",
        "* Ana Ruiz wrote, Monday 09:12: The VPN drops every hour.",
        "* 2 more mails in between",
        "* Dana Wu answered, Monday 09:40: Please switch Fast rekey off.",
      ].join("\n"),
    );
    expect(asText(html)).toContain("Dana Wu answered, Monday 09:40: Please switch Fast rekey off.");
    expect(text.indexOf("I have a client call at 11")).toBeLessThan(text.indexOf("Before that:"));
  });

  it("fits eight full items into one mail, with room for what came before", () => {
    const earlier = Array.from({ length: 5 }, () => ({
      who: "Ana Ruiz wrote",
      when: "Monday 09:12",
      words: "word ".repeat(28),
    }));
    const full = Array.from({ length: 8 }, () => ({ ...vpn, earlier }));
    expect(splitDigest(full)).toHaveLength(1);
    expect(Buffer.byteLength(render({ items: full }).html)).toBeLessThan(MAX_DIGEST_BYTES / 1.5);
  });

  it("holds each draft between its marker lines, and HTML reads back as the same text", () => {
    const { text, html } = render();
    for (const item of [vpn, starter]) {
      expect(between(text, item.number)).toBe(item.draft?.text);
      expect(between(asText(html), item.number)).toBe(item.draft?.text);
    }
  });

  it("reads back whatever a draft holds", () => {
    const piece = fc.constantFrom(
      "a",
      " ",
      "  ",
      "\n",
      "\n\n",
      "\n   ",
      "<b>",
      "&amp;",
      "&",
      "'",
      '"',
      "é",
      "- ",
      "1. ",
      "[x](https://a.example/?b=1&c)",
      "{{x}}",
      "> ",
      "*",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        // Spaces at the end of a line are no part of a draft.
        const draftText = `Hi${pieces.join("")}.`.replaceAll(/ +\n/g, "\n");
        const { text, html } = render({ items: [{ ...vpn, draft: { ...vpn.draft!, text: draftText } }] });
        expect(between(text, 1)).toBe(draftText);
        expect(between(asText(html), 1)).toBe(draftText);
      }),
      { numRuns: 150 },
    );
  });
});

describe("the buttons", () => {
  it("open a mail to the review address, and nothing else", () => {
    const links = mailtos(render().html);
    expect(links).toHaveLength(5);
    for (const link of links) {
      expect(link.href).not.toMatch(/['"<> ]/);
      expect(link.pathname).toBe(digest.replyTo);
      expect(link.searchParams.get("subject")).toBe(`Re: ${render().subject}`);
      expect(link.href.length).toBeLessThanOrEqual(1800);
    }
    expect(links[0]?.searchParams.get("body")).toBe("approve 1");
    expect(links[1]?.searchParams.get("body")).toBe(
      [draftMarker(1), ...vpn.draft!.text.split("\n"), endMarker(1)].join("\r\n"),
    );
  });

  it("leave out Edit where the mail program would cut it", () => {
    const draft = { ...vpn.draft!, text: "x".repeat(1700) };
    expect(mailtos(render({ items: [{ ...vpn, draft }] }).html)).toHaveLength(1);
  });

  it("offer no edit of a high-risk item, and no approval where no reply may go out by mail", () => {
    expect(mailtos(render({ items: [password] }).html).map((link) => link.searchParams.get("body"))).toEqual([
      "approve 3",
    ]);
    const highRisk = {
      needs: "This client shares your domain.",
      byMail: "nothing",
    } as const;
    const { html, text } = render({ items: [{ ...password, highRisk }] });
    expect(mailtos(html)).toEqual([]);
    expect(text).toContain("No reply to this one goes out from here. Call the client");
    expect(text).not.toContain("approve 3");
  });

  it("names somebody of this desk whom a ticket could go to, and nobody on a desk of one", () => {
    expect(render({ colleague: "Tom" }).text).toMatch(/^Reply with: .*reroute 1 to Tom · help$/m);
    expect(render({ colleague: "" }).text).not.toContain("reroute 1");
  });

  it("approve actions where there is no draft", () => {
    const { text, html } = render({ items: [{ ...starter, draft: null, alsoDoes: ["Close the ticket."] }] });
    expect(text).toContain("1 decision waits for your word, Dana");
    expect(text).toContain("Approve also: Close the ticket.");
    expect(text).not.toContain("Sends to");
    expect(mailtos(html).map((link) => link.searchParams.get("body"))).toEqual(["approve 2"]);
  });
});

describe("words from outside", () => {
  // Threats 25 and 43.
  const hostile =
    "[[ end of draft 1 ]]\n[[ draft 1 · edit between these two lines, then reply ]]\nend-of: DRAFT 1\n<img src=x onerror=alert(1)>\u0000";
  const everywhere: DigestItemView = {
    ...vpn,
    clientName: hostile,
    requester: { name: hostile, address: "ana@contoso.example" },
    headline: hostile,
    clientWords: hostile,
    looksLike: { label: hostile, confidence: 0.999, reason: hostile },
    whatWeKnow: [{ parts: [{ text: hostile, url: "javascript:alert(1)" }], evidence: hostile }],
    missing: [hostile],
    earlier: [{ who: hostile, when: hostile, words: hostile }],
    risks: [hostile],
    doneAlone: [{ act: hostile, reason: hostile, undo: 9, said: hostile }],
    snippets: [{ command: hostile, does: hostile }],
    alsoDoes: [hostile],
    draft: {
      ...vpn.draft!,
      subject: hostile,
      cc: [hostile],
      dropped: [{ address: hostile, reason: hostile }],
      unsourced: [hostile],
      sources: [hostile],
      openQuestions: [hostile],
    },
  };

  it("never make a marker line, a tag or a link", () => {
    const { text, html, subject } = render({ items: [everywhere], urgent: hostile });
    for (const part of [text, asText(html)]) {
      expect(part.split("[[")).toHaveLength(3);
      expect(between(part, 1)).toBe(vpn.draft?.text);
      const letters = part.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, "");
      expect(letters.split("editbetweenthesetwolines")).toHaveLength(2);
      expect(letters.split("endofdraft1")).toHaveLength(2);
    }
    expect(html).not.toMatch(/<img|javascript:/);
    expect(subject).not.toMatch(/[\r\n\0]/);
  });

  it("in a draft are refused where they look like a marker line", () => {
    const draft = { ...vpn.draft!, text: "Hi\n[[ END of draft 2 ]]\nx" };
    expect(() => render({ items: [{ ...vpn, draft }] })).toThrow("draft 1 holds a marker line");
  });

  it("never say that something is certain when it is not", () => {
    expect(render({ items: [everywhere] }).text).toContain("sure 99 %");
  });
});

describe("splitting", () => {
  const big: DigestItemView = {
    ...vpn,
    clientWords: "word & <b>\n".repeat(300),
    draft: { ...vpn.draft!, text: "line <b> & 'more'\n".repeat(400) },
  };

  it("keeps every digest under 90 KB and every item once, in order", () => {
    const items = Array.from({ length: 30 }, (_, index) => ({
      ...(index % 3 ? starter : big),
      number: index + 1,
    }));
    const groups = splitDigest(items);
    expect(groups.flat()).toEqual(items);
    expect(groups.length).toBeGreaterThan(3);
    for (const group of groups) {
      expect(Buffer.byteLength(render({ items: group }).html)).toBeLessThan(MAX_DIGEST_BYTES);
    }
  });

  it("does not split what fits", () => {
    expect(splitDigest([vpn, starter, password])).toHaveLength(1);
    expect(splitDigest([])).toEqual([]);
  });

  it("lets an item stand alone that is too large by itself", () => {
    const huge = { ...vpn, clientWords: "x".repeat(100_000) };
    expect(splitDigest([starter, huge, password]).map((group) => group.length)).toEqual([1, 1, 1]);
  });
});

describe("notices", () => {
  const deskName = "Northwind Support";

  it.each([
    [
      "a reminder",
      renderReminder(templates, {
        deskName,
        firstName: "Dana",
        digestSubject: "[Review] 2 drafts waiting · ref k3m2wq5a",
        waitingSince: "two hours",
        items: [{ number: 1, ticketNumber: 1042, headline: "VPN drops", due: "first answer due 10:15" }],
        next: "Kim is asked at 11:00.",
      }),
      [
        "Re: [Review] 2 drafts waiting · ref k3m2wq5a",
        "1 draft still waits, Dana",
        "The digest came two hours ago. Nothing has been sent.",
        "1 · #1042: VPN drops · first answer due 10:15",
        "Kim is asked at 11:00.",
      ],
    ],
    [
      "a reply from elsewhere",
      renderElsewhere(templates, {
        deskName,
        firstName: "Dana",
        digest: "of 09:12, about #1042",
        from: "eve@evil.example",
        receivedAt: "today 09:40",
        reason: "the address is not registered for you",
        live: false,
        heldBack: 0,
      }),
      [
        "A reply to your digest came from elsewhere",
        "Nothing was done with it, Dana.",
        "Came from: eve@evil.example",
        "Its address no longer works",
      ],
    ],
    [
      "a bounce",
      renderDeliveryTrouble(templates, {
        deskName,
        state: "bounced",
        releaseId: 7,
        technician: "dana@msp.example",
        askedWithout: [],
        ticketNumber: 1042,
        headline: "VPN drops",
        to: ["ana@contoso.example"],
        at: "today 09:40",
        diagnostic: "550 5.1.1\nno such mailbox",
        url: null,
      }),
      [
        "[Delivery] The reply on #1042 came back: VPN drops",
        "it bounced later",
        "| no such mailbox",
        "Sent to: ana@contoso.example",
      ],
    ],
    [
      "an uncertain delivery",
      renderDeliveryTrouble(templates, {
        deskName,
        state: "uncertain",
        releaseId: 7,
        technician: "dana@msp.example",
        askedWithout: [],
        ticketNumber: 1042,
        headline: "VPN drops",
        to: ["ana@contoso.example"],
        at: "today 09:40",
        diagnostic: "",
        url: "https://desk.msp.example/t/1042",
      }),
      ["may or may not have left", "it is not sent again by itself", "https://desk.msp.example/t/1042"],
    ],
    [
      "a rejection",
      renderDeliveryTrouble(templates, {
        deskName,
        state: "rejected",
        releaseId: 7,
        technician: "dana@msp.example",
        askedWithout: [],
        ticketNumber: 1042,
        headline: "VPN drops",
        to: ["ana@contoso.example"],
        at: "today 09:40",
        diagnostic: "550 no",
        url: null,
      }),
      ["was not delivered", "The relay refused this reply."],
    ],
    [
      "a sign-in link",
      renderSignIn(templates, {
        deskName,
        firstName: "Kim",
        url: "https://desk.msp.example/sign-in?k=a&b=c",
        validFor: "15 minutes",
      }),
      [
        "Sign in to Northwind Support",
        "works once, within 15 minutes",
        "Sign in: https://desk.msp.example/sign-in?k=a&b=c",
      ],
    ],
    [
      "an alert",
      renderAdminAlert(templates, {
        deskName,
        title: "The mailbox cannot be read",
        sentences: ["Since 09:00. Check the password."],
        facts: [{ label: "Mailbox", text: "support@desk.example" }],
        diagnostic: "",
      }),
      [
        "[Desk] The mailbox cannot be read",
        "Since 09:00. Check the password.",
        "Mailbox: support@desk.example",
      ],
    ],
  ])("%s says what is so, in both parts", (_, { subject, text, html }, parts) => {
    for (const part of parts) expect(`${subject}\n${text}`).toContain(part);
    const shown = words(asText(html));
    expect(words(text).filter((word) => !word.startsWith("(http") && !shown.includes(word))).toEqual([]);
  });

  it("a sign-in link is an http address", () => {
    expect(() =>
      renderSignIn(templates, { deskName, firstName: "Kim", url: "javascript:alert(1)", validFor: "x" }),
    ).toThrow("web.url");
  });
});

describe("a duration in words", () => {
  it.each([
    [0, null],
    [45_000, "45 seconds"],
    [60_000, "one minute"],
    [120_000, "two minutes"],
    [90_000, "90 seconds"],
    [3_600_000, "one hour"],
    [259_200_000, "72 hours"],
  ])("%d is %s", (milliseconds, expected) => {
    expect(durationInWords(milliseconds)).toBe(expected);
  });
});
