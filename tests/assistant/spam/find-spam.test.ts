import { readdirSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { createLocalEngine } from "../../../src/assistant/local/engine.ts";
import type { Engine } from "../../../src/assistant/engine.ts";
import { starterModels } from "../../../src/assistant/starter/starter-models.ts";
import { see, sightOf } from "../../../src/assistant/local/sight.ts";
import { parseMessage } from "../../../src/mail/parse/parse.ts";
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

/** Models that have met so much spam, and so many honest mails, that they judge alone. */
async function experienced(): Promise<Engine> {
  const models = starterModels(await starterRules());
  const sight = sightOf(await starterRules(), new Map());
  const spam = models.get("spam")!;
  for (let at = 0; at < 240; at += 1) {
    const bulk = [
      ...head(`Offers <offers@bulk${at % 9}.test>`, `Special offer ${at}`, "X-Mailer: Bulk Sender 3"),
      "",
      "Casino bonus, SEO, backlinks, guest post: special offer, limited time, click here, unsubscribe.",
    ];
    const person = [
      ...head(
        `Kim Osei <kim@fabrikam${at % 9}.example>`,
        `Question ${at}`,
        "In-Reply-To: <1@northwind.example>",
      ),
      "",
      "Hello, the special screen of our meeting room stays dark, can you help us with it?",
    ];
    for (const [lines, label] of [
      [bulk, "true"],
      [person, "false"],
    ] as const) {
      const { example } = see(sight, await mailOf(...lines), contextOf({ client: null, contact: null }));
      spam.learn(example, label);
    }
  }
  return createLocalEngine({
    rules: await starterRules(),
    templates: await starterTemplates(),
    languages: await starterLanguages(),
    models,
  });
}

let knowing: Promise<Engine>;
beforeAll(() => {
  knowing = experienced();
});

describe("what a client passes on", () => {
  const forwards = readdirSync("tests/fixtures/spam").filter((name) => name.endsWith(".eml"));

  it.each(forwards)("%s is no spam, on day one and after hundreds of decisions", async (name) => {
    const message = await parseMessage({ bytes: readFileSync(`tests/fixtures/spam/${name}`) });
    const whole = { ...message, newText: message.text.trim() };
    for (const one of [engine, await knowing]) {
      const found = await one.triage(whole, contextOf());
      expect(found.spam.value).toBe(false);
      // What is attached is not read, so nothing but the client's own words tell what it is.
      if (name.includes("as-attachment")) continue;
      expect(found.type.value).toBe("security-incident");
      expect(found.risks.map((risk) => risk.kind)).toContain("security");
    }
  });

  it("the same words from a stranger are spam", async () => {
    const message = await parseMessage({
      bytes: readFileSync("tests/fixtures/spam/004-forward-wg-subject-only.eml"),
    });
    const stranger = contextOf({ client: null, contact: null });
    expect((await engine.triage(message, stranger)).spam.value).toBe(true);
  });
});

describe("spam by what was learned", () => {
  const words = "Hello, the special screen of our meeting room stays dark, can you help us with it?";

  it("tells a mail by how it was made where the words are an honest one's", async () => {
    const judge = await knowing;
    const stranger = contextOf({ client: null, contact: null });
    const bulk = head("Offers <offers@bulk3.test>", "Question 5", "X-Mailer: Bulk Sender 3");
    const person = head(
      "Kim Osei <kim@fabrikam3.example>",
      "Question 5",
      "In-Reply-To: <1@northwind.example>",
    );
    const [made, honest] = await Promise.all(
      [bulk, person].map(async (header) => judge.triage(await mailOf(...header, "", words), stranger)),
    );
    expect(honest?.spam).toMatchObject({ value: false });
    expect(made?.spam.confidence).toBeLessThan(honest?.spam.confidence ?? 0);
    expect(honest?.spam.decisions).toBeGreaterThan(100);
  });

  it("keeps the clues with the triage, so that a decision can teach them", async () => {
    const found = await triage(false, ...head("Kim Osei <kim@fabrikam.example>", "Printer"), "", "It jams.");
    expect(found.making).toMatch(/^[A-Za-z0-9+/]{20,600}=*$/);
    const passedOn = await engine.triage(
      await mailOf(...head("Dana Wu <dana@msp.example>", "Printer"), "", "It jams."),
      contextOf({ client: null, contact: null, passedOn: true }),
    );
    expect(passedOn.making).toBeUndefined();
  });
});
