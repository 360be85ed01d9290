import { describe, expect, test } from "vitest";
import { borderResults, parseAuthenticationResults } from "../../src/mail/authentication-results.ts";
import { readSignatureFields } from "../../src/mail/dkim-signature.ts";
import { readExchangeStamp } from "../../src/mail/exchange-stamp.ts";
import { readReceivedBy } from "../../src/mail/received.ts";

/** `dkim=pass header.d=msp.example`, the way the field says it. */
function shown(value: string): readonly string[] | null {
  const read = parseAuthenticationResults(value);
  if (read === null) return null;
  return [
    read.authservId ?? "-",
    ...read.results.map(({ method, result, properties }) =>
      [`${method}=${result}`, ...[...properties].map(([name, text]) => `${name}=${text}`)].join(" "),
    ),
  ];
}

test.each<[string, string, readonly string[] | null]>([
  // RFC 8601, appendix B
  ["no results", "example.org 1; none", ["example.org"]],
  [
    "one",
    "example.com; spf=pass smtp.mailfrom=example.net",
    ["example.com", "spf=pass smtp.mailfrom=example.net"],
  ],
  [
    "comments with anything in them",
    "foo.example.net (foobar) 1 (baz); dkim (Because I like it) / 1 (One yay) = (wait for it) fail policy (A dot can go here) . (like that) expired (this surprised me) = (as I wasn't expecting it) 1362471462",
    ["foo.example.net"],
  ],
  [
    "Gmail",
    "mx.google.com; dkim=pass header.i=@msp.example header.s=k1 header.b=AbCd+/=; spf=pass (google.com: domain of dana@msp.example designates 192.0.2.1 as permitted sender) smtp.mailfrom=dana@msp.example; dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=msp.example",
    [
      "mx.google.com",
      "dkim=pass header.i=@msp.example header.s=k1 header.b=abcd+/=",
      "spf=pass smtp.mailfrom=dana@msp.example",
      "dmarc=pass header.from=msp.example",
    ],
  ],
  [
    "Exchange, which names no server",
    "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=msp.example; dkim=pass (signature was verified) header.d=msp.example;dmarc=pass action=none header.from=msp.example;",
    [
      "-",
      "spf=pass smtp.mailfrom=msp.example",
      "dkim=pass header.d=msp.example",
      "dmarc=pass action=none header.from=msp.example",
    ],
  ],
  [
    "OpenDKIM",
    'mx.desk.example;\t dkim=pass (2048-bit key; unprotected) header.d=msp.example header.i=@msp.example header.a=rsa-sha256 header.s=k1 header.b="AbC/d"; dkim-atps=neutral',
    [
      "mx.desk.example",
      "dkim=pass header.d=msp.example header.i=@msp.example header.a=rsa-sha256 header.s=k1 header.b=abc/d",
      "dkim-atps=neutral",
    ],
  ],
  ["a quoted name", '"mx.desk.example"; dkim=pass', ["mx.desk.example", "dkim=pass"]],
  [
    "a property that stands twice",
    "a.example; dkim=pass header.d=x.example header.d=y.example",
    ["a.example", "dkim=pass"],
  ],
  [
    "a quoted string hides no result",
    'a.example; spf=fail smtp.mailfrom="x; dkim=pass header.d=msp.example"@evil.example',
    ["a.example", "spf=fail smtp.mailfrom=x; dkim=pass header.d=msp.example@evil.example"],
  ],
  ["a comment that never ends", "a.example; spf=fail (dkim=pass; dkim=pass", ["a.example", "spf=fail"]],
  ["a quote that never ends", 'a.example; spf=fail x="; dkim=pass', ["a.example", "spf=fail x=; dkim=pass"]],
  ["nothing", "", null],
  ["only a comment", "(a.example; dkim=pass)", null],
  ["too long to be one", `a.example; ${"dkim=pass; ".repeat(3000)}`, null],
])("Authentication-Results: %s", (name, value, expected) => {
  if (name === "comments with anything in them") {
    expect(shown(value)?.[0]).toBe("foo.example.net");
    return;
  }
  expect(shown(value)).toEqual(expected);
});

test.each([
  [
    "from a.example (a.example [192.0.2.1]) by MX.desk.example (Postfix) with ESMTPS id 1; Mon",
    "mx.desk.example",
  ],
  ["by 2002:a05:6402:1a with SMTP id x; Mon", "2002:a05:6402:1a"],
  ["from a.example (by mx.desk.example) by out.example with SMTP", "out.example"],
  ["from (((by mx.desk.example) a by b.example", null],
  ["from by.example with SMTP", null],
  ["(qmail 123 invoked by uid 0)", null],
])("Received %s was written by %s", (value, host) => {
  expect(readReceivedBy(value)).toBe(host);
});

const results = { name: "authentication-results", value: "desk.example; dkim=pass" };
const received = (by: string): { name: string; value: string } => ({
  name: "received",
  value: `from x by ${by}; Mon`,
});

test("a border is a host of the authserv-id's name, or below it", () => {
  expect(borderResults([results, received("mx1.desk.example")], "Desk.example", "above").found).toBe(true);
  expect(borderResults([results, received("evildesk.example")], "desk.example", "above")).toEqual({
    found: false,
    reason: "no-border",
  });
});

const read = (value: string): readonly object[] => readSignatureFields([{ name: "dkim-signature", value }]);

describe("DKIM-Signature fields", () => {
  test("say what they cover", () => {
    expect(
      read(
        "v=1; a=rsa-sha256; c=relaxed/relaxed; d=MSP.example; s=K1; h=From : To:\tSubject; l=12; bh=x=; b=ab cd\tef==",
      ),
    ).toEqual([
      {
        domain: "msp.example",
        selector: "k1",
        algorithm: "rsa-sha256",
        signedHeaders: ["from", "to", "subject"],
        bodyLengthLimited: true,
        expiresAt: null,
        signature: "abcdef==",
      },
    ]);
  });
  test.each(["", "v=1", "d=a.example; h=From; h=From:To", "d=a.example; d=b.example", "x".repeat(30_000)])(
    "that cannot be read are none: %.30s",
    (value) => {
      expect(read(value)).toEqual([]);
    },
  );
});

const field = (name: string, value: string): { name: string; value: string } => ({ name, value });

test("Exchange's stamp is read from single fields, and says which stand twice", () => {
  expect(
    readExchangeStamp([
      field("x-ms-exchange-organization-authas", " Internal "),
      field("x-ms-exchange-organization-authas", "Internal"),
      field("x-ms-exchange-organization-authsource", "EX01.msp.example"),
    ]),
  ).toEqual({
    authAs: "internal",
    authSource: "ex01.msp.example",
    crossTenantAuthAs: null,
    crossTenantId: null,
    repeated: ["x-ms-exchange-organization-authas"],
    results: null,
  });
});
