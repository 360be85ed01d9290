import { describe, expect, it } from "vitest";

import { domainOf, isFreemail, normaliseAddress, sameAddress } from "../../src/mail/address.ts";

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
