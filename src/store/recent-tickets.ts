import type { Knex } from "knex";
import { likenessTo, readComparable, type Comparable } from "../desk/search/likeness.ts";
import { rarityOf, type Corpus } from "../desk/search/rank.ts";
import type { SameElsewhere } from "../desk/triage.ts";
import { isPostgres } from "./search-query.ts";

/** The database is what holds this class, so its type is not asked for here. */
type Db = Knex | Knex.Transaction;

/** Tickets that are kept at hand. A desk that gets more within a few hours compares the newest of them. */
const KEPT = 500;

/** Rarity needs something to count in: a desk's first tickets share every word. */
const LEAST_TEXTS = 200;

/** PostgreSQL commits out of order: numbers just below the newest seen may still appear. */
const LATE = 64;

/** Tickets are alike from this likeness on. */
const ALIKE = 0.3;

/** So many are compared in full at the most, those that share the rarest words first. */
const COMPARED = 40;

interface Recent {
  readonly id: number;
  readonly clientId: number | null;
  readonly createdAt: string;
  readonly words: Comparable;
}

type Row = { id: number; client_id: number | null; created_at: string; search_text: string };

/**
 * The newest tickets of the desk with their words, so that a mail reads only what has come since the one before it. What is
 * found across clients leaves as a number: no name, no word of another client's passes this class.
 */
export class RecentTickets {
  readonly #tickets = new Map<number, Recent>();
  readonly #holders = new Map<string, number>();
  #newest = 0;
  #stems = 0;

  /** How rare words are among the tickets at hand. */
  get corpus(): Corpus {
    const texts = Math.max(LEAST_TEXTS, this.#tickets.size);
    return {
      rarity: (stem) => rarityOf(this.#holders.get(stem) ?? 0, texts),
      meanLength: this.#tickets.size === 0 ? 1 : Math.max(1, this.#stems / this.#tickets.size),
    };
  }

  /** A ticket's words where it is among those at hand: they never change, so nobody need read them again. */
  wordsOf(id: number): Comparable | undefined {
    return this.#tickets.get(id)?.words;
  }

  /** Read what was filed since the last time. */
  async readNew(db: Db): Promise<void> {
    const rows = (await db("tickets")
      .where("id", ">", isPostgres(db) ? this.#newest - LATE : this.#newest)
      .orderBy("id", "desc")
      .limit(KEPT)
      .select("id", "client_id", "created_at", "search_text")) as Row[];
    for (const row of rows.toReversed()) if (!this.#tickets.has(row.id)) this.#keep(row);
  }

  /**
   * How many other clients have written the like of a ticket since then, or `null` for none. A ticket of nobody's client is
   * counted for nobody. What a person marked as spam or merged away does not count.
   */
  async countAlike(
    db: Db,
    ticket: { readonly id: number; readonly clientId: number | null },
    since: string,
  ): Promise<SameElsewhere | null> {
    await this.readNew(db);
    const own = this.#tickets.get(ticket.id);
    if (own === undefined) return null;
    const { corpus } = this;
    const others = [...this.#tickets.values()]
      .filter((one) => one.clientId !== null && one.clientId !== ticket.clientId && one.createdAt >= since)
      .map((one) => ({ one, shared: sharedRarity(own.words, one.words, corpus) }))
      .filter(({ shared }) => shared > 0)
      .sort((a, b) => b.shared - a.shared)
      .slice(0, COMPARED);
    const likeOwn = likenessTo(own.words, corpus);
    const alike = others.filter(({ one }) => likeOwn(one.words) >= ALIKE);
    if (alike.length === 0) return null;
    const standing = (await db("tickets")
      .whereIn(
        "id",
        alike.map(({ one }) => one.id),
      )
      .whereNotIn("status", ["spam", "merged"])
      .whereNotNull("client_id")
      .select("client_id", "created_at")) as Pick<Row, "client_id" | "created_at">[];
    const clients = new Set(standing.map((row) => row.client_id).filter((id) => id !== ticket.clientId));
    const first = standing.map((row) => row.created_at).toSorted()[0];
    return first === undefined || clients.size === 0 ? null : { count: clients.size, since: first };
  }

  #keep(row: Row): void {
    const words = readComparable(row.search_text);
    this.#tickets.set(row.id, { id: row.id, clientId: row.client_id, createdAt: row.created_at, words });
    this.#newest = Math.max(this.#newest, row.id);
    this.#count(words, 1);
    if (this.#tickets.size <= KEPT) return;
    const [oldest] = this.#tickets.values();
    if (oldest === undefined) return;
    this.#tickets.delete(oldest.id);
    this.#count(oldest.words, -1);
  }

  #count({ question, text }: Comparable, by: 1 | -1): void {
    this.#stems += by * text.length;
    for (const stem of question.weights.keys()) {
      const holders = (this.#holders.get(stem) ?? 0) + by;
      if (holders <= 0) this.#holders.delete(stem);
      else this.#holders.set(stem, holders);
    }
  }
}

/** A cheap measure, to choose what is compared in full. */
function sharedRarity(left: Comparable, right: Comparable, corpus: Corpus): number {
  let sum = 0;
  for (const stem of left.question.weights.keys())
    if (right.question.weights.has(stem)) sum += corpus.rarity(stem);
  return sum;
}
