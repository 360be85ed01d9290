import { beforeAll, describe, expect, it } from "vitest";
import { createLocalEngine } from "../../../src/assistant/local/engine.ts";
import type { Engine } from "../../../src/assistant/engine.ts";
import { starterModels } from "../../../src/assistant/starter/starter-models.ts";
import type { Triage } from "../../../src/desk/triage.ts";
import { contextOf, starterLanguages, starterRules, starterTemplates } from "../support.ts";
import { mailOf } from "./support.ts";

let engine: Engine;
beforeAll(async () => {
  const rules = await starterRules();
  engine = createLocalEngine({
    rules,
    templates: await starterTemplates(),
    languages: await starterLanguages(),
    models: starterModels(rules),
  });
});

const head = (from: string, subject: string, ...more: readonly string[]): readonly string[] => [
  `From: ${from}`,
  "To: support@northwind.example",
  `Subject: ${subject}`,
  "Date: Mon, 2 Mar 2026 10:00:00 +0100",
  "Message-ID: <k7.1@mailer.test>",
  ...more,
];
const html = ["MIME-Version: 1.0", "Content-Type: text/html; charset=utf-8", ""];

async function triage(known: boolean, ...lines: readonly string[]): Promise<Triage> {
  const stranger = { client: null, contact: null };
  return engine.triage(await mailOf(...lines), contextOf(known ? {} : stranger));
}

describe("spam from strangers", () => {
  it.each([
    [
      "an offer",
      head("Growth Team <hello@growth.test>", "Rank your website higher"),
      ["", "Dear Sir, we offer SEO and backlinks for your website. Schedule a demo today, special offer."],
    ],
    [
      "a password lure with a link that shows another address",
      head("IT Support <it@mailer.test>", "Your mailbox is full"),
      [
        ...html,
        '<p>Your mailbox is full. Keep your password here: <a href="http://evil.test/a">https://outlook.office.com/</a></p>',
      ],
    ],
    [
      "a borrowed name",
      head('"Microsoft Account" <account@mailer.test>', "Unusual sign-in activity"),
      [
        ...html,
        '<p>We saw a suspicious login. <a href="https://microsoft-verify.evil.test/">Verify your account</a></p>',
      ],
    ],
  ])("%s", async (_, header, body) => {
    const { spam } = await triage(false, ...header, ...body);
    expect(spam.value).toBe(true);
    expect(spam.evidence.length).toBeGreaterThan(0);
  });

  it("tells what leads astray in words that a technician understands", async () => {
    const { spam, risks } = await triage(
      false,
      ...head("IT Support <it@mailer.test>", "Your mailbox is full"),
      ...html,
      '<p>Keep it: <a href="http://evil.test/a">https://outlook.office.com/</a></p>',
    );
    expect(spam.evidence).toContain("the link shows outlook.office.com and leads to evil.test");
    expect(risks).toContainEqual({
      kind: "spoofing",
      evidence: "the link shows outlook.office.com and leads to evil.test",
    });
  });
});

describe("what is no spam", () => {
  it.each([
    [
      "a stranger's request",
      false,
      head("Yusuf Kaya <yusuf@fabrikam.example>", "Printer"),
      ["", "Hello, our printer prints blank pages since this morning, can you help?"],
    ],
    [
      "a client who asks about an offer with all its words",
      true,
      head("Ana Ruiz <ana@contoso.example>", "Fwd: SEO backlinks, special offer"),
      ["", "We keep getting these: guest post, rank higher, unsubscribe, casino. Can you block them?"],
    ],
  ])("%s", async (_, known, header, body) => {
    const { spam } = await triage(known, ...header, ...body);
    expect(spam.value).toBe(false);
  });

  it("a client who passes on a fraud reports a security incident", async () => {
    const found = await triage(
      true,
      ...head("Ana Ruiz <ana@contoso.example>", "Fwd: Your mailbox is full"),
      ...html,
      "<p>Is this phishing? I did not click on it.</p><p>---------- Forwarded message ----------<br>From: IT &lt;it@mailer.test&gt;</p>",
      '<p>Keep your password: <a href="http://evil.test/a">https://outlook.office.com/</a></p>',
    );
    expect(found.spam.value).toBe(false);
    expect(found.type.value).toBe("security-incident");
    expect(found.category).toMatchObject({
      value: "phishing",
      evidence: ["the link shows outlook.office.com and leads to evil.test"],
    });
    expect(found.risks.map((risk) => risk.kind)).toContain("security");
    expect(found.risks.find((risk) => risk.kind === "security")?.evidence).toContain(
      "the link shows outlook.office.com and leads to evil.test",
    );
  });
});
