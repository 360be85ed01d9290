import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { corpusOf, likeness, readComparable, type Comparable } from "../../src/desk/search/likeness.ts";
import { rarityOf, Scorer, type Corpus } from "../../src/desk/search/rank.ts";
import { TicketsAtHand, type RecentTicket } from "../../src/store/tickets-at-hand.ts";

const [LOOKED_AT, COMPARED, ALIKE, LEAST_TEXTS] = [500, 40, 0.3, 200];

/** What the three ways into the tickets stand for: a look at each of them, as they came. */
class EachOfThem {
  readonly #most: number;
  #tickets: RecentTicket[] = [];
  setAside: ReadonlySet<number> = new Set();

  constructor(most: number) {
    this.#most = most;
  }

  add(ticket: RecentTicket): void {
    if (!this.#tickets.some(({ id }) => id === ticket.id))
      this.#tickets = [...this.#tickets, ticket].slice(-this.#most);
  }

  newestOf(clientId: number | null, requesterAddress: string, limit: number, except: number | null) {
    return this.#tickets
      .filter(
        (one) =>
          one.clientId === clientId && (clientId !== null || one.requesterAddress === requesterAddress),
      )
      .filter(({ id }) => id !== except && !this.setAside.has(id))
      .toSorted((a, b) => b.id - a.id)
      .slice(0, limit);
  }

  alikeElsewhere(words: Comparable, clientId: number | null, since: string) {
    const corpus = this.#corpus();
    const asked = new Scorer(words.question, corpus);
    return this.#tickets
      .filter((one) => one.clientId !== null && one.clientId !== clientId && one.createdAt >= since)
      .slice(-LOOKED_AT)
      .map((one) => ({ one, rough: this.setAside.has(one.id) ? 0 : asked.rough(one.words.text) }))
      .filter(({ rough }) => rough > 0)
      .sort((a, b) => b.rough - a.rough)
      .slice(0, COMPARED)
      .filter(({ one }) => likeness(words, one.words, corpus) >= ALIKE)
      .map(({ one }) => one);
  }

  #corpus(): Corpus {
    const texts = Math.max(LEAST_TEXTS, this.#tickets.length);
    const holders = new Map<number, number>();
    for (const { words } of this.#tickets)
      for (const stem of words.question.stems) holders.set(stem, (holders.get(stem) ?? 0) + 1);
    return {
      rarity: (stem) => rarityOf(holders.get(stem) ?? 0, texts),
      meanLength: corpusOf(this.#tickets.map(({ words }) => words)).meanLength,
    };
  }
}

const VOCABULARY =
  "printer outlook exchange vpn down slow error laptop monitor fax toner order the since".split(" ");

const texts = fc
  .array(
    fc.oneof(
      fc.constantFrom(...VOCABULARY),
      fc.integer({ min: 0, max: 300 }).map((at) => `code${at}`),
    ),
    {
      minLength: 0,
      maxLength: 12,
    },
  )
  .map((words) => words.join(" "));

const time = (hour: number): string => new Date(Date.UTC(2026, 2, 2, hour)).toISOString();

const filed = fc.record({
  text: texts,
  clientId: fc.option(fc.integer({ min: 1, max: 4 }), { freq: 6 }),
  requester: fc.constantFrom("ana@contoso.example", "bo@contoso.example"),
  /** Numbers and times mostly ascend, but transactions commit late, and clocks are put back. */
  late: fc.oneof(
    { weight: 5, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 9 }) },
  ),
});

describe("tickets at hand", () => {
  it("answer as a look at each of them does, whatever came and went", () => {
    const story = fc.record({
      most: fc.integer({ min: 1, max: 90 }),
      filed: fc.array(filed, { minLength: 1, maxLength: 200, size: "max" }),
      aside: fc.array(fc.integer({ min: 0, max: 800 }), { maxLength: 400, size: "max" }),
      asks: fc.array(
        fc.record({ text: texts, clientId: fc.integer({ min: 1, max: 5 }), hour: fc.nat(240) }),
        {
          minLength: 1,
          maxLength: 6,
        },
      ),
    });
    fc.assert(
      fc.property(story, ({ most, filed, aside, asks }) => {
        const [quick, plain] = [new TicketsAtHand(most), new EachOfThem(most)];
        for (const [at, one] of filed.entries()) {
          const ticket = ticketOf(4 * (at - one.late) + (one.late % 4), one.text, one, time(at - one.late));
          quick.add(ticket);
          plain.add(ticket);
        }
        plain.setAside = new Set(aside);
        quick.setAside(plain.setAside);
        for (const { text, clientId, hour } of asks)
          compare(quick, plain, readComparable(text), clientId, time(hour));
      }),
      { numRuns: 200 },
    );
  });

  it("look at the newest five hundred of others", () => {
    const [quick, plain] = [new TicketsAtHand(700), new EachOfThem(700)];
    for (let id = 1; id <= 1100; id += 1) {
      const clientId = id % 11 === 0 ? 7 : id % 5;
      const rest = Array.from({ length: 8 }, (_, at) => `word${(id * (at + 7)) % 250}`).join(" ");
      const text = `code${id} machine${id} cable${id} plug${id} is down ${rest}`;
      const ticket = ticketOf(id, text, { clientId, requester: "ana" }, time(0));
      quick.add(ticket);
      plain.add(ticket);
    }
    const found = [549, 550, 551, 552, 1100].filter((id) => {
      const words = readComparable(
        `code${id} machine${id} cable${id} plug${id} word${id % 250} word7 is down`,
      );
      compare(quick, plain, words, 7, time(0));
      return quick.alikeElsewhere(words, 7, time(0)).some((one) => one.id === id);
    });
    expect(found).toEqual([551, 552]); // Every eleventh is the asking client's.
  });

  it("compare forty in full, of equal ones those that came first", () => {
    const tickets = new TicketsAtHand(100);
    for (let id = 1; id <= 60; id += 1)
      tickets.add(ticketOf(id, "Outlook is down", { clientId: id, requester: "ana" }, time(0)));
    const alike = tickets.alikeElsewhere(readComparable("Outlook is down"), 3, time(0));
    expect(alike.map(({ id }) => id).toSorted((a, b) => a - b)).toEqual([
      1,
      2,
      ...Array.from({ length: 38 }, (_, at) => at + 4),
    ]);
  });
});

function ticketOf(
  id: number,
  text: string,
  by: { readonly clientId: number | null; readonly requester: string },
  createdAt: string,
): RecentTicket {
  const { clientId, requester } = by;
  const words = readComparable(text);
  return { id, number: id, clientId, requesterAddress: requester, subject: text, createdAt, words };
}

function compare(
  quick: TicketsAtHand,
  plain: EachOfThem,
  words: Comparable,
  clientId: number,
  since: string,
): void {
  expect(ascending(quick.alikeElsewhere(words, clientId, since))).toEqual(
    ascending(plain.alikeElsewhere(words, clientId, since)),
  );
  for (const owner of [clientId, null])
    expect(ids(quick.newestOf({ clientId: owner, requesterAddress: "ana@contoso.example" }, 5, 4))).toEqual(
      ids(plain.newestOf(owner, "ana@contoso.example", 5, 4)),
    );
}

function ids(tickets: readonly RecentTicket[]): readonly number[] {
  return tickets.map(({ id }) => id);
}

function ascending(tickets: readonly RecentTicket[]): readonly number[] {
  return ids(tickets).toSorted((a, b) => a - b);
}
