import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { Triage } from "../../../src/desk/triage.ts";
import type { Mailbox } from "../../../src/mail/message.ts";
import { contextOf, mail, starterEngine } from "../support.ts";

interface Case {
  readonly name: string;
  readonly subject: string;
  readonly text: string;
  readonly from?: Mailbox;
  readonly replyTo?: readonly Mailbox[];
  /** The sender belongs to no client. */
  readonly unknown?: boolean;
  readonly expect: Readonly<Record<string, unknown>>;
}

const casesOf = (file: string): readonly Case[] =>
  parse(readFileSync(`tests/fixtures/triage/${file}`, "utf8")) as readonly Case[];

const engine = await starterEngine();

function triage(one: Case): Promise<Triage> {
  const message = mail({
    subject: one.subject,
    newText: one.text,
    ...(one.from === undefined ? {} : { from: [one.from] }),
    ...(one.replyTo === undefined ? {} : { replyTo: one.replyTo }),
  });
  const stranger = { client: null, contact: null };
  return engine.triage(message, contextOf(one.unknown === true ? stranger : {}));
}

/** The found value that stands against one key of `expect`. */
function found(result: Triage, key: string): unknown {
  if (key === "risks" || key === "risksInclude") return result.risks.map((risk) => risk.kind).sort();
  const value = result[key as keyof Triage];
  return typeof value === "object" && value !== null && "value" in value ? value.value : value;
}

describe("the starter table on mails as clients write them", () => {
  it.each(casesOf("mails.yaml"))("$name", async (one) => {
    const result = await triage(one);
    for (const [key, wanted] of Object.entries(one.expect)) {
      if (key === "risksInclude")
        expect(found(result, key)).toEqual(expect.arrayContaining(wanted as string[]));
      else if (key === "risks") expect(found(result, key)).toEqual([...(wanted as string[])].sort());
      else expect({ [key]: found(result, key) }).toEqual({ [key]: wanted });
    }
  });

  it("finds four of five categories of the hard ones, and is less sure of them", async () => {
    const hard = await Promise.all(
      casesOf("hard.yaml").map(async (one) => ({ one, result: await triage(one) })),
    );
    const right = hard.filter(({ one, result }) => result.category.value === one.expect["category"]);
    expect(right.length / hard.length).toBeGreaterThanOrEqual(0.8);
    const mean = hard.reduce((sum, { result }) => sum + result.category.confidence, 0) / hard.length;
    expect(mean).toBeLessThanOrEqual(right.length / hard.length);
  });

  it("never claims more than words alone can know", async () => {
    for (const one of [...casesOf("mails.yaml"), ...casesOf("hard.yaml")]) {
      const result = await triage(one);
      for (const finding of [result.category, result.type, result.queue, result.spam, result.impact]) {
        expect(finding.confidence).toBeLessThanOrEqual(0.85);
        expect(finding.confidence).toBeGreaterThan(0);
      }
    }
  });

  it("says which words it went by", async () => {
    const result = await engine.triage(
      mail({ subject: "VPN drops", newText: "It drops daily." }),
      contextOf(),
    );
    expect(result.category.evidence).toContain('subject says "VPN"');
    expect(result.queue.evidence).toEqual(['Network has the skill "vpn"']);
  });
});

describe("what is not about the words", () => {
  it.each([
    [
      "I got a strange mail about our payment. I clicked on the link and typed my user name. Is this phishing?",
      "medium",
    ],
    ["Ich habe auf den Link geklickt und mein Passwort eingegeben. Ist das Phishing?", "medium"],
    ["I got a strange mail about our payment. I have not clicked the link. Is this phishing?", "low"],
    ["Is this phishing? It looks fake.", "low"],
  ])("a click lets a fraud into the whole company: %s", async (newText, impact) => {
    const result = await engine.triage(mail({ subject: "Is this phishing?", newText }), contextOf());
    expect([result.category.value, result.impact.value, result.urgency.value]).toEqual([
      "phishing",
      impact,
      "high",
    ]);
  });

  it("files an alert as an alert, whatever it is about", async () => {
    const { category } = await engine.triage(
      mail({
        subject: "[PRTG Network Monitor (MON1)] SSL certificate of the website Down (expired)",
        newText: "Sensor: SSL certificate of the website\nDevice: web-1\nStatus: Down",
      }),
      contextOf(),
    );
    expect(category).toMatchObject({ value: "monitoring" });
    expect(category.evidence).toContain(
      "an alert of prtg about web-1, SSL certificate of the website: problem",
    );
  });

  it("falls back to general, unsure, where nothing matches", async () => {
    const { category, queue } = await engine.triage(
      mail({ subject: "xyzzy", newText: "plugh" }),
      contextOf(),
    );
    expect(category).toEqual({ value: "general", confidence: 0.2, evidence: ["no rule matches"] });
    expect(queue.value).toBe("Service Desk");
  });

  it("does not read the signature: a telephone number is no telephone trouble", async () => {
    const newText =
      "Hi,\n\ncan you help Ana?\n\nBest regards,\nJo Hill\nTelephone: 0123\nVPN and firewall sales";
    const { category } = await engine.triage(mail({ subject: "", newText }), contextOf());
    expect(category.value).toBe("general");
  });

  it("lifts the impact to a team where the client has open tickets like it", async () => {
    const tickets = [1038, 1040].map((number) => ({
      ticketId: number,
      number,
      subject: "VPN",
      similarity: 0.7,
      relation: "duplicate" as const,
    }));
    const message = mail({ subject: "VPN drops", newText: "My VPN drops." });
    expect((await engine.triage(message, contextOf())).impact.value).toBe("low");
    expect((await engine.triage(message, contextOf({ tickets }))).impact).toMatchObject({
      value: "medium",
      evidence: ["open tickets like it: #1038, #1040"],
    });
  });

  it("names an article only when the mail speaks of what its title says", async () => {
    const article = {
      articleId: 1,
      source: "a.md",
      score: 5,
      excerpt: "Open the client. Check the session.",
    };
    const message = mail({ subject: "VPN drops every hour", newText: "The VPN client loses its session." });
    const near = { ...article, title: "VPN drops every hour" };
    const far = { ...article, articleId: 2, title: "VPN licence renewal for partners abroad" };
    const { articles } = await engine.triage(message, contextOf({ articles: [far, near] }));
    expect(articles.map((one) => one.articleId)).toEqual([1]);
  });

  it("looks up content words alone, without greeting and signature", async () => {
    let asked = "";
    const context = contextOf({
      searchArticles: (query) => {
        asked = query;
        return Promise.resolve([]);
      },
    });
    await engine.triage(
      mail({
        subject: "Re: [#7] VPN drops",
        newText: "Hello team,\n\nthe tunnel to ana@contoso.example drops.\n\nThanks,\nBea",
      }),
      context,
    );
    expect(asked).toBe("vpn drops tunnel");
  });

  it("asks only for what earlier mails have not said", async () => {
    const message = mail({
      subject: "New starter",
      newText: "Li joins us as an accountant, her manager is Bo.",
    });
    const first = await engine.triage(message, contextOf());
    const later = await engine.triage(
      message,
      contextOf({ earlier: ["She needs a laptop and Office, from 1 March."] }),
    );
    expect(first.missing).toContain("the start date");
    expect(later.missing).toEqual([]);
  });

  it("names the version by the table it used", async () => {
    const { engine: name, version } = await engine.triage(mail({}), contextOf());
    expect(name).toBe("local");
    expect(version).toMatch(/^starter-1-[0-9a-f]{8}$/);
  });
});

describe("hostile text", () => {
  it("never throws, whatever stands in it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: "binary", maxLength: 400 }),
        fc.string({ unit: "grapheme", maxLength: 80 }),
        async (newText, subject) => {
          const result = await engine.triage(mail({ newText, subject, from: [] }), contextOf());
          expect(result.category.value).not.toBe("");
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each([
    ["one word of a megabyte", "a".repeat(1_000_000)],
    ["a megabyte of stops", "? ".repeat(500_000)],
    ["a megabyte of at signs", "a@".repeat(500_000)],
    ["a megabyte of greetings", "Hi ".repeat(333_000)],
    ["a megabyte of lines", "Thanks\n".repeat(150_000)],
    ["the start of a phrase, again and again", "reset ".repeat(170_000)],
  ])("reads only the head of %s", async (_, newText) => {
    const result = await engine.triage(mail({ newText, subject: newText }), contextOf());
    expect(result.summary.length).toBeLessThanOrEqual(143);
    expect(result.questions.every((question) => question.length <= 300)).toBe(true);
  });
});
