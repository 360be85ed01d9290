import { describe, expect, it } from "vitest";

import {
  domainOf,
  isAmbiguousFrom,
  isFreemail,
  normaliseAddress,
  parseMailbox,
  parseMailboxes,
  sameAddress,
} from "../../src/mail/address.ts";

describe("normaliseAddress", () => {
  it.each([
    ["Ana@Contoso.Example", "Ana@contoso.example"],
    ["  <ana@contoso.example> ", "ana@contoso.example"],
    ["mailto:ana@contoso.example", "ana@contoso.example"],
    ["ana+tag@contoso.example", "ana+tag@contoso.example"],
    ["ana@contoso.example.", "ana@contoso.example"],
    ["ana@bücher.example", "ana@xn--bcher-kva.example"],
    ["jürgen@contoso.example", "jürgen@contoso.example"],
    ['"ana"@contoso.example', "ana@contoso.example"],
    ["root@localhost", "root@localhost"],
    ["o'brien@contoso.example", "o'brien@contoso.example"],
  ])("%j is %j", (text, address) => {
    expect(normaliseAddress(text)).toBe(address);
  });

  it.each([
    "",
    "ana",
    "@contoso.example",
    "ana@",
    "ana@contoso..example",
    "ana@-contoso.example",
    "a b@contoso.example",
    '"a b"@contoso.example',
    '"a@b"@contoso.example',
    "ana@contoso.example\r\nRCPT TO:<eve@contoso.example>",
    "ana\0@contoso.example",
    "ana@con toso.example",
    "ana@[192.0.2.1]",
    "ana@contoso.example>",
    "<ana@contoso.example",
    "ana@contoso.example (Ana)",
    "@relay.example:ana@contoso.example",
    "ana\u200b@contoso.example",
    "ana@a%2eb.example",
    "ana@a/b.example",
    `${"a".repeat(65)}@contoso.example`,
    `ana@${"a".repeat(64)}.example`,
    `ana@${"abcdefgh.".repeat(30)}example`,
  ])("%j is no address", (text) => {
    expect(normaliseAddress(text)).toBeNull();
  });
});

describe("comparing", () => {
  it("takes mailboxes of another case for the same", () => {
    expect(sameAddress("Ana@contoso.example", "ana@CONTOSO.example")).toBe(true);
    expect(sameAddress("ana@contoso.example", "ana@contoso.example.attacker.example")).toBe(false);
    expect(sameAddress("", "")).toBe(false);
  });

  it("knows domains and free mail", () => {
    expect(domainOf("ana@Contoso.Example")).toBe("contoso.example");
    expect(domainOf("ana")).toBe("");
    expect(["gmail.com", "GMX.de", "yahoo.co.uk", "outlook.com", "qq.com"].every(isFreemail)).toBe(true);
    expect(["contoso.example", "yahoo", "notgmail.com", ""].some(isFreemail)).toBe(false);
  });
});

describe("parseMailboxes", () => {
  it("decodes names and opens groups", () => {
    expect(
      parseMailboxes(
        '"Ruiz, Ana" <ana@contoso.example>, Team: bo@contoso.example, =?utf-8?Q?J=C3=BCrgen?= <j@contoso.example>;',
      ),
    ).toEqual([
      { name: "Ruiz, Ana", address: "ana@contoso.example" },
      { name: "", address: "bo@contoso.example" },
      { name: "Jürgen", address: "j@contoso.example" },
    ]);
  });

  it("keeps names on one line", () => {
    expect(parseMailbox("=?utf-8?Q?Ana=0D=0ABcc=3A_x?= <ana@contoso.example>")).toEqual({
      name: "Ana Bcc: x",
      address: "ana@contoso.example",
    });
  });

  it("reads white space and comments inside of an address (RFC 5322 §A.6.3)", () => {
    expect(parseMailbox("John Doe <jdoe@machine(comment).  example>")).toEqual({
      name: "John Doe",
      address: "jdoe@machine.example",
    });
  });

  it("reads encoded words that hold a comma or an address", () => {
    expect(parseMailboxes("=?utf-8?Q?Ruiz,_Ana?= <ana@contoso.example>")).toEqual([
      { name: "Ruiz, Ana", address: "ana@contoso.example" },
    ]);
    expect(parseMailboxes("=?utf-8?Q?dana@msp.example,?= <m@attacker.example>")).toEqual([
      { name: "dana@msp.example,", address: "m@attacker.example" },
    ]);
  });

  it("has nothing to say without an address", () => {
    expect(parseMailbox("undisclosed-recipients:;")).toBeNull();
    expect(parseMailboxes("MAILER-DAEMON")).toEqual([]);
  });
});

describe("isAmbiguousFrom", () => {
  it.each([
    "ana@contoso.example",
    "<ana@contoso.example>",
    "Ana Ruiz <ana@contoso.example>",
    '"Ana <boss@contoso.example>" <ana@contoso.example>',
    "ana@contoso.example <ana@contoso.example>",
    "ana@contoso.example (Ana Ruiz)",
    "Ana, bo@contoso.example",
    "Müller, Ana <ana@contoso.example>",
    '"Contoso: Support" <ana@contoso.example>',
    "Ana <ana@bücher.example>",
  ])("%j has one reading", (value) => {
    expect(isAmbiguousFrom(value, parseMailboxes(value))).toBe(false);
  });

  it.each([
    "dana@msp.example <mallory@attacker.example>",
    "<dana@msp.example> <mallory@attacker.example>",
    "dana@msp.example mallory@attacker.example",
    "Team: dana@msp.example;",
    "<=?utf-8?Q?dana=40msp.example?=>",
    "<@relay.example:dana@msp.example>",
    "dana@msp.example, <mallory@attacker.example",
    "Dana (<dana@msp.example>) <mallory@attacker.example> <",
  ])("%j has more", (value) => {
    expect(isAmbiguousFrom(value, parseMailboxes(value))).toBe(true);
  });
});
