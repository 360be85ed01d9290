import { describe, expect, it } from "vitest";
import { figuresOf } from "../../../src/assistant/spam/measure.ts";
import { groupsOf, placeOf } from "../../../src/assistant/spam/near-duplicates.ts";
import { spamFeaturesOf } from "../../../src/assistant/spam/spam-features.ts";
import { SpamModel, type SpamRow } from "../../../src/assistant/spam/spam-model.ts";
import { thresholdsFrom } from "../../../src/assistant/spam/thresholds.ts";
import { mailOf } from "./support.ts";

const topics = ["printer", "mailbox", "laptop", "tunnel", "password", "screen", "backup", "calendar"];
const offers = ["loans", "watches", "pills", "casino", "leads", "ranking", "degrees", "lottery"];

async function rowOf(spam: boolean, at: number): Promise<SpamRow> {
  const word = (spam ? offers : topics)[at % 8] ?? "";
  const other = (spam ? offers : topics)[(at * 3 + 1) % 8] ?? "";
  const message = spam
    ? await mailOf(
        `From: offers${at}@mail${at}.example`,
        "Subject: GREAT OFFER",
        "",
        `Cheap ${word} and ${other} for you! Order now at http://192.0.2.${at}/buy`,
      )
    : await mailOf(
        `From: Kim Osei <kim@client${at}.example>`,
        "To: support@northwind.example",
        `Message-ID: <${at}@client${at}.example>`,
        `Subject: ${word}`,
        "",
        `Hello, the ${word} here does not work since the ${other} was changed. Can you help?`,
      );
  return { features: spamFeaturesOf(message, null), spam, group: `${spam} ${word} ${other}` };
}

/** A mail that names its addressee in subject and text. */
function mailTo(address: string) {
  const [local] = address.split("@");
  return mailOf(
    "From: a@b.example",
    `To: ${address}`,
    `Subject: Hi ${local}`,
    "",
    `Dear ${local}, write to ${address}`,
  );
}

const honest = (chance: number) => ({ chance, spam: false });
const spam = (chance: number) => ({ chance, spam: true });

describe("SpamModel", () => {
  it("learns from sorted mail and judges what it has not seen", async () => {
    const rows: SpamRow[] = [];
    for (let at = 0; at < 24; at += 1) rows.push(await rowOf(false, at), await rowOf(true, at));
    const model = SpamModel.train(rows.slice(0, 40));
    const judged = rows.slice(40).map((row) => ({ spam: row.spam, ...model.judge(row.features) }));
    expect(judged.map(({ spam, verdict }) => [spam, verdict])).toEqual(
      judged.map(({ spam }) => [spam, spam ? "spam" : "ham"]),
    );
    const again = SpamModel.train(rows.slice(0, 40));
    expect(again.judge(rows[41]!.features)).toEqual(model.judge(rows[41]!.features));
  });

  it("refuses to learn from one kind alone", async () => {
    const rows = [await rowOf(true, 1), await rowOf(true, 2)];
    expect(() => SpamModel.train(rows)).toThrow("Both spam and ham are needed");
  });

  it("does not learn to whom a mail was", async () => {
    const one = spamFeaturesOf(await mailTo("kimosei@northwind.example"), null);
    const other = spamFeaturesOf(await mailTo("anaruiz@northwind.example"), null);
    expect(one.words).toEqual(other.words);
    expect(one.making).toEqual(other.making);
    expect(one.words).not.toEqual(spamFeaturesOf(await mailTo("kimosei@contoso.example"), null).words);
  });
});

describe("thresholdsFrom", () => {
  it("lets no honest mail through where there are too few to allow one", () => {
    const { spam: from } = thresholdsFrom([honest(0.7), honest(0.1), spam(0.9), spam(0.6)]);
    expect(from).toBeCloseTo(0.8);
  });

  it("allows one in a thousand, and nothing below an even chance", () => {
    const many = Array.from({ length: 1000 }, () => honest(0.01));
    expect(thresholdsFrom([...many, honest(0.99), spam(0.95)]).spam).toBe(0.5);
  });
});

describe("groupsOf", () => {
  it("puts mails that say the same into one group, whatever their numbers and codes", () => {
    const body =
      "Dear customer, our newest offer of printers and toner is here for you today, order now and save much money. ".repeat(
        3,
      );
    const [one, two, three, four] = groupsOf([
      { subject: "A", text: `${body} 123` },
      { subject: "B", text: `${body} qkxw` },
      { subject: "C", text: "The tunnel to the office keeps dropping every few minutes since this morning." },
      { subject: "D", text: `${body} 456!` },
    ]);
    expect([two, four]).toEqual([one, one]);
    expect(three).not.toBe(one);
  });

  it("deals groups out evenly, and anew for another seed", () => {
    const places = Array.from({ length: 500 }, (_, at) => placeOf(String(at), 1));
    const fifth = places.filter((place) => place < 0.2).length;
    expect(fifth).toBeGreaterThan(60);
    expect(fifth).toBeLessThan(140);
    expect(placeOf("1", 1)).not.toBe(placeOf("1", 2));
  });
});

describe("figuresOf", () => {
  it("counts what was flagged, caught, asked about and missed", () => {
    const figures = figuresOf([
      { spam: true, chance: 0.99, verdict: "spam" },
      { spam: true, chance: 0.6, verdict: "edge" },
      { spam: true, chance: 0.01, verdict: "ham" },
      { spam: false, chance: 0.97, verdict: "spam" },
      { spam: false, chance: 0.02, verdict: "ham" },
    ]);
    expect(figures).toMatchObject({ messages: 5, spam: 3, missed: 1 });
    expect(figures.flagged).toMatchObject({ count: 1, share: 0.5 });
    expect(figures.caught).toMatchObject({ count: 1 });
    expect(figures.edge).toEqual({ count: 1, share: 0.2, spam: 1 });
    expect(figures.auc).toBeCloseTo(3 / 6);
  });
});
