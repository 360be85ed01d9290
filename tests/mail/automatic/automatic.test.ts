import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { classifyAutomatic, type AutomaticFacts } from "../../../src/mail/automatic/automatic.ts";
import type { HeaderField } from "../../../src/mail/message.ts";
import { fixturesOf, readFixtureMail } from "../fixture-mail.ts";

interface Expected {
  readonly verdict: string;
  readonly strongest?: string;
}

const facts: AutomaticFacts = {
  reversePath: "ana@contoso.example",
  subject: "Printer",
  text: "It is jammed again.",
  fromAddress: "ana@contoso.example",
  contentType: "text/plain",
  hasDeliveryStatusPart: false,
};

const classify = (headers: readonly HeaderField[], change: Partial<AutomaticFacts> = {}) =>
  classifyAutomatic(headers, { ...facts, ...change });

describe("mail as programs and people write it", () => {
  test.each(fixturesOf("automatic", ".eml"))("$name", ({ path }) => {
    const mail = readFixtureMail(path);
    const expected = JSON.parse(readFileSync(path.replace(/\.eml$/, ".json"), "utf8")) as Expected;
    const found = classifyAutomatic(mail.headers, {
      ...mail,
      reversePath: null,
      hasDeliveryStatusPart: false,
    });
    expect(found.verdict, found.reasons.join("; ")).toBe(expected.verdict);
    expect(found.reasons.length > 0).toBe(expected.verdict !== "no");
    if (expected.strongest !== undefined) expect(found.reasons[0]).toBe(expected.strongest);
  });
});

describe("single signs", () => {
  test.each([
    ["auto-submitted", "auto-replied; owner-email=ana@contoso.example", "auto-reply"],
    ["auto-submitted", "Auto-Notified", "auto-reply"],
    ["auto-submitted", "(made by a rule) auto-replied", "auto-reply"],
    ["auto-submitted", "No", "no"],
    ["precedence", "Auto_Reply", "auto-reply"],
    ["precedence", "first-class", "no"],
    ["x-autoreply", "no", "no"],
    ["x-autoreply", "yes", "auto-reply"],
    ["x-failed-recipients", "ana@contoso.example", "bounce"],
    ["list-unsubscribe", "<mailto:off@lists.example>", "list"],
    ["x-auto-response-suppress", "All", "no"],
  ])("%s: %s → %s", (name, value, verdict) => {
    expect(classify([{ name, value }]).verdict).toBe(verdict);
  });

  test("the null reverse-path of the envelope counts, an absent envelope does not", () => {
    expect(classify([], { reversePath: "" }).verdict).toBe("auto-reply");
    expect(classify([], { reversePath: null }).verdict).toBe("no");
  });

  test("the envelope is believed before a Return-Path field that the sender may have written", () => {
    expect(classify([{ name: "return-path", value: "<>" }]).verdict).toBe("no");
  });
});

describe("reasons", () => {
  test("those of the verdict come first, then the others, then the request not to be answered", () => {
    const found = classify(
      [
        { name: "x-auto-response-suppress", value: "All" },
        { name: "list-id", value: "<a.lists.example>" },
        { name: "auto-submitted", value: "auto-replied" },
      ],
      { reversePath: "" },
    );
    expect(found.reasons).toEqual([
      "Auto-Submitted: auto-replied",
      "null reverse-path (MAIL FROM:<>)",
      "List-Id: <a.lists.example>",
      "X-Auto-Response-Suppress: All",
    ]);
  });

  test("hostile values are cut and carry no control characters", () => {
    const found = classify([
      { name: "x-failed-recipients", value: `a\u0000\u001b[31m\r\n${"b".repeat(5000)}` },
    ]);
    expect(found.reasons[0]?.length).toBeLessThan(140);
    // oxlint-disable-next-line no-control-regex -- that is the test
    expect(found.reasons[0]).not.toMatch(/[\u0000-\u001f]/);
  });
});
