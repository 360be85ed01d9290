import { expect, test } from "vitest";
import { isDeskAddress, isUnderDomains, withoutSubAddress } from "../../src/desk/address-domain.ts";

test.each([
  ["ana@contoso.example", ["contoso.example"], true],
  ["Ana@CONTOSO.example", ["contoso.example"], true],
  ["ana@berlin.contoso.example", ["contoso.example"], true],
  ["ana@notcontoso.example", ["contoso.example"], false],
  ["ana@contoso.example.evil.example", ["contoso.example"], false],
  ["ana@gmail.com", ["gmail.com"], false],
  ["ana@contoso.example", [], false],
  ["ana@contoso.example", [""], false],
  ["ana", ["contoso.example"], false],
])("isUnderDomains(%s, %j) is %s", (address, domains, under) => {
  expect(isUnderDomains(address, domains)).toBe(under);
});

test.each([
  ["review+a1.abc@desk.example", true],
  ["REVIEW@desk.example", true],
  ["support@desk.example", true],
  ["support@other.example", false],
  ["reviewer@desk.example", false],
])("isDeskAddress(%s) is %s", (address, own) => {
  expect(isDeskAddress(address, ["support@desk.example", "review@desk.example"])).toBe(own);
});

test("withoutSubAddress takes away what follows the first plus of the local part", () => {
  expect(withoutSubAddress("a+b+c@x.example")).toBe("a@x.example");
  expect(withoutSubAddress("+a@x.example")).toBe("+a@x.example");
  expect(withoutSubAddress("a@x+y.example")).toBe("a@x+y.example");
});
