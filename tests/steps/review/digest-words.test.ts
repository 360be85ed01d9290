import { describe, expect, it } from "vitest";
import { earlierWords } from "../../../src/steps/triage/earlier-words.ts";
import { evidenceWords, plainly } from "../../../src/steps/words.ts";
import type { ExchangedMail } from "../../../src/store/exchange.ts";

const mail = (id: number, more: Partial<ExchangedMail> = {}): ExchangedMail => ({
  id,
  ticketId: 1,
  direction: "in",
  fromName: "Ana Ruiz",
  fromAddress: "ana@contoso.example",
  receivedAt: "2026-03-02T09:12:00.000Z",
  opening: `Hi,\n\nit is mail ${id}.\n\nAna`,
  acknowledgement: false,
  ...more,
});

describe("what the assistant saw, in plain words", () => {
  it.each([
    [
      ['rule "vpn"', 'subject says "VPN"', 'text says "drops"', 'text says "hour"'],
      "the subject says “VPN”; the mail says “drops”",
    ],
    [['learned words: "vpn", "drops"'], "learned words: “vpn”, “drops”"],
    [["no rule matches"], "nothing in it is known"],
    [['rule "vpn"'], ""],
    [['next is rule "mailbox": text says "mail"'], ""],
    [["Dana Wu is on shift in Network."], "Dana Wu is on shift in Network"],
    [[], ""],
  ])("%j", (evidence, words) => expect(evidenceWords(evidence)).toBe(words));

  it("inside a sentence too", () => {
    expect(plainly('It may be a security incident (text says "phishing").')).toBe(
      "It may be a security incident (the mail says “phishing”).",
    );
  });
});

describe("what came before a message", () => {
  const clock = { now: new Date("2026-03-02T12:00:00Z"), timeZone: "UTC" };
  const dana = {
    direction: "out",
    fromName: "Dana Wu · Northwind Support",
    opening: "Hi Ana,\n\nwe look at it.",
  } as const;

  it("is nothing on a ticket's first mail", () => {
    expect(earlierWords([mail(1)], 1, clock)).toEqual([]);
    expect(earlierWords([], 1, clock)).toEqual([]);
  });

  it("tells who wrote what when, between greeting and closing, and not what came later", () => {
    const mails = [
      mail(1),
      mail(2, { direction: "out", fromName: "Northwind Support", acknowledgement: true }),
      mail(3, dana),
      mail(4),
      mail(5),
    ];
    expect(earlierWords(mails, 4, clock)).toEqual([
      { who: "Ana Ruiz wrote", when: "09:12", words: "it is mail 1." },
      { who: "Northwind Support said that the mail has arrived", when: "09:12", words: "" },
      { who: "Dana Wu answered", when: "09:12", words: "we look at it." },
    ]);
  });

  it("keeps the first and the last, and counts what lies between", () => {
    const mails = Array.from({ length: 9 }, (_, index) => mail(index + 1, { opening: "word ".repeat(200) }));
    const told = earlierWords(mails, 9, clock);
    expect(told.map(({ who }) => who)).toEqual([
      "Ana Ruiz wrote",
      "4 more mails in between",
      "Ana Ruiz wrote",
      "Ana Ruiz wrote",
      "Ana Ruiz wrote",
    ]);
    expect(JSON.stringify(told).length).toBeLessThan(1200);
  });
});
