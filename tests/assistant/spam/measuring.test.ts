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

  it("allows one in a thousand, and nothing below an even chance", () => {
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
