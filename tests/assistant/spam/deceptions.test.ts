import { describe, expect, it } from "vitest";
import { viewOf } from "../../../src/assistant/spam/clues/clues.ts";
import { findDeceptions, withDeceptions } from "../../../src/assistant/spam/deceptions.ts";
import { behindGateway } from "../../../src/assistant/spam/rewritten-link.ts";
import type { Authentication } from "../../../src/mail/authentication.ts";
import { contoso } from "../support.ts";
import { htmlMail, mailOf } from "./support.ts";

const failing: Authentication = {
  spf: "fail",
  dkim: "none",
  dmarc: "fail",
  signatures: [],
  spfDomain: "contoso.example",
  fromDomain: "contoso.example",
};

async function told(html: string): Promise<readonly string[]> {
  const message = await htmlMail(html);
  return findDeceptions(message, contoso, null, viewOf(message)).map((one) => one.sentence);
}

describe("findDeceptions", () => {
  it.each([
    [
      '<a href="https://login.evil.test/x">https://www.microsoft.com/security</a>',
      "the link shows www.microsoft.com and leads to login.evil.test",
    ],
    ['<a href="http://203.0.113.9/verify">Verify now</a>', "a link leads to a bare number, 203.0.113.9"],
    [
      '<a href="https://login.bank.example@evil.test/">Sign in</a>',
      "a link hides where it leads, to evil.test, behind an @",
    ],
    [
      '<a href="https://microsoft-login.evil.test/">Keep my password</a>',
      "a link leads to microsoft-login.evil.test, which borrows a well-known name",
    ],
    [
      '<form action="https://evil.test/"><input name=a><input type="password"></form>',
      "the mail itself has a form that asks for a password",
    ],
  ])("%s", async (html, sentence) => {
    expect(await told(html)).toContain(sentence);
  });

  it.each([
    [
      "the client's own address over a click counter",
      '<a href="https://track.mailer.test/c?1">www.contoso.example</a>',
    ],
    [
      "a link that a mail gateway rewrote",
      '<a href="https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwww.fabrikam.example%2Fa&data=05">https://www.fabrikam.example/a</a>',
    ],
    ["the real owner of a name", '<a href="https://login.microsoftonline.com/">Microsoft sign-in</a>'],
    ["an address of the same owner", '<a href="https://docs.contoso.co.uk/x">contoso.co.uk</a>'],
    ["a mail address", '<a href="mailto:kim@fabrikam.example">kim@fabrikam.example</a>'],
  ])("says nothing of %s", async (_, html) => {
    expect(await told(html)).toEqual([]);
  });

  it("names who borrows a name", async () => {
    const message = await mailOf('From: "Microsoft 365 Team" <notice@mailer.test>', "Subject: x", "", "Hi");
    expect(findDeceptions(message, null, null, null).map((one) => one.sentence)).toEqual([
      'the sender calls itself "Microsoft 365 Team", the address is notice@mailer.test',
    ]);
    const own = await mailOf('From: "Microsoft" <msonline@microsoft.com>', "Subject: x", "", "Hi");
    expect(findDeceptions(own, null, null, null)).toEqual([]);
  });

  it("flags mail in a known client's name that fails the client's own check", async () => {
    const message = await htmlMail("<p>Please pay this</p>");
    const deceptions = findDeceptions(message, contoso, failing, viewOf(message));
    expect(withDeceptions([], deceptions, true)).toEqual([
      {
        kind: "spoofing",
        evidence:
          "it says that it is from contoso.example, and the check that contoso.example itself publishes (DMARC) fails",
      },
    ]);
    expect(findDeceptions(message, contoso, { ...failing, dmarc: "pass" }, viewOf(message))).toEqual([]);
    expect(findDeceptions(message, null, failing, viewOf(message))).toEqual([]);
  });

  it("makes a link that leads astray a security matter in a client's mail, and a pretence in a stranger's", async () => {
    const message = await htmlMail('<a href="https://evil.test/">https://paypal.com/</a>');
    const deceptions = findDeceptions(message, contoso, null, viewOf(message));
    const evidence = "the link shows paypal.com and leads to evil.test";
    expect(withDeceptions([], deceptions, true)).toEqual([{ kind: "security", evidence }]);
    expect(withDeceptions([], deceptions, false)).toEqual([{ kind: "spoofing", evidence }]);
    expect(withDeceptions([{ kind: "spoofing", evidence: "a" }], deceptions, false)).toEqual([
      { kind: "spoofing", evidence: `a; ${evidence}` },
    ]);
  });
});

describe("behindGateway", () => {
  it.each([
    ["https://fabrikam.example/a?url=b.example", "https://fabrikam.example/a?url=b.example"],
    ["https://urldefense.com/v3/__https://fabrikam.example/a__;!!x", "https://fabrikam.example/a"],
    ["https://protect-eu.mimecast.com/s/abc?domain=fabrikam.example", "https://fabrikam.example/"],
    ["https://www.google.com/url?q=https://evil.test/&sa=D", "https://evil.test/"],
    ["https://eur01.safelinks.protection.outlook.com/?url=%E0%A4%A", null],
  ])("%s", (href, expected) => {
    expect(behindGateway(href)).toBe(expected);
  });
});
