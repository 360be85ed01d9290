import type { Knex } from "knex";
import { likenessTo, readComparable, type Comparable } from "../desk/search/likeness.ts";
import { rarityOf, type Corpus } from "../desk/search/rank.ts";
import type { SameElsewhere } from "../desk/triage.ts";
import { isPostgres } from "./search-query.ts";

/** The database is what holds this class, so its type is not asked for here. */
type Db = Knex | Knex.Transaction;

/** Tickets that are kept at hand, some kilobytes each: an old one is not the same outage. */
const KEPT = 2000;

/** So many are read at once: a desk that starts does not stand still over its tickets. */
const PAGE = 50;

/** Rarity needs something to count in: a desk's first tickets share every word. */
const LEAST_TEXTS = 200;

/** PostgreSQL commits out of order: numbers just below the newest seen may still appear. */
const LATE = 64;

/** Tickets are alike from this likeness on. */
const ALIKE = 0.3;

/** Of other clients' tickets so many of the newest are looked at, and of those so many compared in full, the likeliest ones. */
const LOOKED_AT = 500;
const COMPARED = 40;

/** A ticket as it was filed: its client, its requester and its words never change. */
export interface RecentTicket {
  readonly id: number;
  readonly number: number;
  readonly clientId: number | null;
  /** addr-spec. */
  readonly requesterAddress: string;
  readonly subject: string;
  readonly createdAt: string;
  readonly words: Comparable;
}

type Row = {
  id: number | null;
  number: number;
  client_id: number | null;
  requester_address: string;
  subject: string;
  created_at: string;
  search_text: string;
  set_aside: string | null;
};

type Fresh = Row & { readonly id: number };

/**
 * The newest tickets of the desk with their words, so that a mail reads only what has come since the one before it. What is
 * found across clients leaves as a number: no name, no word of another client's passes this class.
 */
export class RecentTickets {
  readonly #kept: number;
  readonly #tickets = new Map<number, RecentTicket>();
  readonly #holders = new Map<number, number>();
  #setAside: ReadonlySet<number> = new Set();
  #newest = 0;
  #stems = 0;

  constructor(kept = KEPT) {
    this.#kept = kept;
  }

  /** How rare words are among the tickets at hand. */
  get corpus(): Corpus {
    const texts = Math.max(LEAST_TEXTS, this.#tickets.size);
    return {
      rarity: (stem) => rarityOf(this.#holders.get(stem) ?? 0, texts),
      meanLength: this.#tickets.size === 0 ? 1 : Math.max(1, this.#stems / this.#tickets.size),
    };
  }

  /** Read what was filed since the last time, and what was marked as spam or merged away by now: one statement. */
  async readNew(db: Db): Promise<void> {
    for (;;) {
      const rows = await this.#readPage(db);
      const fresh = rows.filter((row): row is Fresh => row.id !== null);
      this.#setAside = new Set(
        rows
          .find((row) => row.id === null)
          ?.set_aside?.split(",")
          .map(Number),
      );
      for (const row of fresh) if (!this.#tickets.has(row.id)) this.#keep(row);
      if (fresh.length < PAGE) return;
    }
  }

  /** Those at hand of one client, or, where it is `null`, of one requester; newest first, without spam and merged ones. */
  of(clientId: number | null, requesterAddress: string): readonly RecentTicket[] {
    return [...this.#tickets.values()]
      .filter(
        (one) =>
          one.clientId === clientId &&
          (clientId !== null || one.requesterAddress === requesterAddress) &&
          !this.#setAside.has(one.id),
      )
      .toSorted((a, b) => b.id - a.id);
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
    // The search for like tickets has mostly read it a moment ago.
    if (!this.#tickets.has(ticket.id)) await this.readNew(db);
    const own = this.#tickets.get(ticket.id);
    if (own === undefined) return null;
    const like = likenessTo(own.words, this.corpus);
    const alike = [...this.#tickets.values()]
      .filter((one) => one.clientId !== null && one.clientId !== ticket.clientId && one.createdAt >= since)
      .slice(-LOOKED_AT)
      .map((one) => ({ one, rough: this.#setAside.has(one.id) ? 0 : like.rough(one.words) }))
      .filter(({ rough }) => rough > 0)
      .sort((a, b) => b.rough - a.rough)
      .slice(0, COMPARED)
      .filter(({ one }) => like.of(one.words) >= ALIKE)
      .map(({ one }) => one);
    const clients = new Set(alike.map((one) => one.clientId));
    const first = alike.map((one) => one.createdAt).toSorted()[0];
    return first === undefined ? null : { count: clients.size, since: first };
  }

  /** A page of tickets after the newest known, oldest first, then a row without id that names what is set aside. */
  async #readPage(db: Db): Promise<readonly Row[]> {
    const postgres = isPostgres(db);
    const after = postgres ? this.#newest - LATE : this.#newest;
    const known = postgres ? [...this.#tickets.keys()].filter((id) => id > after) : [];
    const columns = "id, number, client_id, requester_address, subject, created_at, search_text";
    const oldest = "(SELECT coalesce(max(id), 0) - ? FROM tickets)";
    const sql =
      `SELECT *, NULL AS set_aside FROM (SELECT ${columns} FROM tickets WHERE id > ? AND id > ${oldest}` +
      ` ${known.length === 0 ? "" : `AND id NOT IN (${known.join(", ")})`} ORDER BY id LIMIT ${PAGE}) fresh` +
      ` UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, ${postgres ? "string_agg(id::text, ',')" : "group_concat(id)"}` +
      ` FROM tickets WHERE id > ${oldest} AND status IN ('spam', 'merged')`;
    const found: unknown = await db.raw(sql, [after, this.#kept, this.#kept]);
    return postgres ? (found as { rows: Row[] }).rows : (found as Row[]);
  }

  #keep(row: Fresh): void {
    const words = readComparable(row.search_text);
    this.#tickets.set(row.id, {
      id: row.id,
      number: row.number,
      clientId: row.client_id,
      requesterAddress: row.requester_address,
      subject: row.subject,
      createdAt: row.created_at,
      words,
    });
    this.#newest = Math.max(this.#newest, row.id);
    this.#count(words, 1);
    if (this.#tickets.size <= this.#kept) return;
    const [oldest] = this.#tickets.values();
    if (oldest === undefined) return;
    this.#tickets.delete(oldest.id);
    this.#count(oldest.words, -1);
  }

  #count({ question, text }: Comparable, by: 1 | -1): void {
    this.#stems += by * text.length;
    for (const stem of question.stems) {
      const holders = (this.#holders.get(stem) ?? 0) + by;
      if (holders <= 0) this.#holders.delete(stem);
      else this.#holders.set(stem, holders);
    }
  }
}
