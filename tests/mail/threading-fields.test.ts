import { describe, expect, it } from "vitest";

import { parseMailDate } from "../../src/mail/parse/date.ts";
import { parseMessageIds } from "../../src/mail/message-id.ts";
import { referencedIds } from "../../src/mail/references.ts";
import { canonicalSubject, ticketReferenceIn } from "../../src/mail/subject.ts";

describe("parseMessageIds", () => {
  it.each([
    ["<a@b.example>", ["<a@b.example>"]],
    ["<a@b.example><c@d.example>", ["<a@b.example>", "<c@d.example>"]],
    ["<a@b.example>, <c@d.example>", ["<a@b.example>", "<c@d.example>"]],
    ["a@b.example c@d.example", ["<a@b.example>", "<c@d.example>"]],
    ["<a@b.exa\n mple> <c@d.example>", ["<a@b.example>", "<c@d.example>"]],
    ["<a@b.example <c@d.example>", ["<a@b.example>", "<c@d.example>"]],
    ["<a@b.example", ["<a@b.example>"]],
    ['"Ana"\'s message of Monday <a@b.example>', ["<a@b.example>"]],
    ["<a@b.example> <a@b.example>", ["<a@b.example>"]],
    ["<20240304.42>", ["<20240304.42>"]],
    ["<>", []],
    ["< not an id >", []],
    ["no id", []],
    [`<${"a".repeat(2_000)}@b.example>`, []],
    ["<a\u0000@b.example>", []],
  ])("%j", (value, ids) => {
    expect(parseMessageIds(value)).toEqual(ids);
  });
});

describe("referencedIds", () => {
  it("keeps the first and the last of too many", () => {
    const value = Array.from({ length: 500 }, (_, index) => `<${String(index)}@b.example>`).join(" ");
    const { references } = referencedIds([{ name: "references", value }]);
    expect(references).toHaveLength(200);
    expect(references[0]).toBe("<0@b.example>");
    expect(references.at(-1)).toBe("<499@b.example>");
  });

  it("reads fields that occur twice", () => {
    const headers = [
      { name: "references", value: "<a@b.example>" },
      { name: "references", value: "<c@d.example>" },
      { name: "in-reply-to", value: "<c@d.example>" },
    ];
    expect(referencedIds(headers)).toEqual({
      inReplyTo: ["<c@d.example>"],
      references: ["<a@b.example>", "<c@d.example>"],
    });
  });
});

describe("canonicalSubject", () => {
  it.each([
    ["VPN drops", "VPN drops"],
    ["Re: VPN drops", "VPN drops"],
    ["AW: WG: Re[2]: VPN drops", "VPN drops"],
    ["RE: [EXTERNAL] Fwd: VPN drops", "VPN drops"],
    ["SV: VS: Antw: RV: TR: VPN drops", "VPN drops"],
    ["回复：VPN drops", "VPN drops"],
    ["Re : VPN drops", "VPN drops"],
    ["Re: VPN drops [#1042]", "VPN drops"],
    ["[#1042] Re: VPN   drops", "VPN drops"],
    ["Regarding: VPN drops", "Regarding: VPN drops"],
    ["Printer: out of paper", "Printer: out of paper"],
    ["[Sales] VPN drops", "[Sales] VPN drops"],
    ["Re:", ""],
    ["", ""],
  ])("%j is %j", (subject, canonical) => {
    expect(canonicalSubject(subject)).toBe(canonical);
  });

  it("is quick on a subject made of prefixes", () => {
    expect(canonicalSubject("Re: ".repeat(300))).toBe("");
  });
});

describe("ticketReferenceIn", () => {
  it.each([
    ["Re: VPN drops [#1042]", 1042],
    ["[#7] and [#8]", 7],
    ["[#0]", null],
    ["#1042", null],
    ["[#12345678901]", null],
    ["", null],
  ])("%j is %j", (subject, number) => {
    expect(ticketReferenceIn(subject)).toBe(number);
  });
});

describe("parseMailDate", () => {
  it.each([
    ["Mon, 4 Mar 2024 10:00:00 +0100 (CET)", "2024-03-04T09:00:00.000Z"],
    ["4 Mar 24 10:00 GMT", "2024-03-04T10:00:00.000Z"],
    ["Thu Mar 14 10:00:00 2002", "2002-03-14T10:00:00.000Z"],
    ["2024-03-04T10:00:00+01:00", "2024-03-04T09:00:00.000Z"],
    ["Mon, 4 Mar 2024 10:00:00", "2024-03-04T10:00:00.000Z"],
    ["Sat, 21 Sep 02 05:01:06 Greenwich Standard Time", "2002-09-21T05:01:06.000Z"],
    ["2002/09/14 Sat 02:29:32 CDT", "2002-09-14T07:29:32.000Z"],
    ["Fri, 32 Foo 2020 10:00", undefined],
    ["yesterday", undefined],
    ["", undefined],
  ])("%j", (value, date) => {
    expect(parseMailDate(value)?.toISOString()).toBe(date);
  });
});
