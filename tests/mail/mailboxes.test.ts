import { describe, expect, it } from "vitest";

import { isAmbiguousFrom, parseMailboxes } from "../../src/mail/mailboxes.ts";

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
    expect(parseMailboxes("=?utf-8?Q?Ana=0D=0ABcc=3A_x?= <ana@contoso.example>")[0]).toEqual({
      name: "Ana Bcc: x",
      address: "ana@contoso.example",
    });
  });

  it("reads white space and comments inside of an address (RFC 5322 §A.6.3)", () => {
    expect(parseMailboxes("John Doe <jdoe@machine(comment).  example>")[0]).toEqual({
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
    expect(parseMailboxes("undisclosed-recipients:;")).toEqual([]);
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
