import { describe, expect, it } from "vitest";
import { figuresOf } from "../../../src/assistant/spam/measure.ts";
import { groupsOf, placeOf } from "../../../src/assistant/spam/near-duplicates.ts";
import { thresholdsFrom } from "../../../src/assistant/spam/thresholds.ts";

const honest = (chance: number) => ({ chance, right: false });
const spam = (chance: number) => ({ chance, right: true });
const many = (count: number, chance: number) => Array.from({ length: count }, () => honest(chance));

describe("thresholdsFrom", () => {
  it("lets no honest mail through where there are too few to allow one", () => {
    expect(thresholdsFrom([...many(200, 0.1), honest(0.7), spam(0.9), spam(0.6)])?.spam).toBeCloseTo(0.8);
  });

  it("leaves as many as the chances themselves expect: so many tenths for each mail above the bar", () => {
    const unsure = Array.from({ length: 40 }, () => spam(0.9));
    // Of 1,000 honest ones 1.8 may be flagged: eighteen mails at nine tenths, honest or not.
    expect(thresholdsFrom([...many(1000, 0.01), ...unsure.slice(0, 17), spam(0.8)])?.spam).toBeCloseTo(0.85);
    expect(thresholdsFrom([...many(1000, 0.01), ...unsure])?.spam).toBeCloseTo(0.9);
  });

  it("stands no lower than what came true allows, whatever the chances promise", () => {
    const wrong = [honest(0.9999), honest(0.9998), honest(0.9997), honest(0.9996), honest(0.9995)];
    expect(thresholdsFrom([...many(995, 0.01), ...wrong, spam(0.9)])?.spam).toBeCloseTo(0.99965, 6);
  });

  it("calls nothing below an even chance spam", () => {
    expect(thresholdsFrom([...many(1000, 0.01), honest(0.99), spam(0.95)])?.spam).toBe(0.5);
  });

  it("promises nothing before a hundred honest mails were let pass", () => {
    expect(thresholdsFrom([...many(99, 0.01), spam(0.95)])).toBeNull();
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
