import type { Knex } from "knex";
import { readComparable } from "../desk/search/likeness.ts";
import type { Corpus } from "../desk/search/rank.ts";
import type { SameElsewhere } from "../desk/triage.ts";
import { isPostgres } from "./search-query.ts";
import { TicketsAtHand, type RecentTicket } from "./tickets-at-hand.ts";

/** The database is what holds this class, so its type is not asked for here. */
type Db = Knex | Knex.Transaction;

/** Tickets that are kept at hand, some kilobytes each: an old one is not the same outage. */
const KEPT = 2000;

/** So many are read at once: a desk that starts does not stand still over its tickets. */
const PAGE = 50;

/** PostgreSQL commits out of order: numbers just below the newest seen may still appear. */
const LATE = 64;

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
  readonly #tickets: TicketsAtHand;
  #setAside = "";
  #newest = 0;

  constructor(kept = KEPT) {
    this.#kept = kept;
    this.#tickets = new TicketsAtHand(kept);
  }

  /** How rare words are among the tickets at hand. */
  get corpus(): Corpus {
    return this.#tickets.corpus;
  }

  /** Read what was filed since the last time, and what was marked as spam or merged away by now: one statement. */
  async readNew(db: Db): Promise<void> {
    for (;;) {
      const rows = await this.#readPage(db);
      const fresh = rows.filter((row): row is Fresh => row.id !== null);
      this.#setAsideNow(rows.find((row) => row.id === null)?.set_aside ?? "");
      for (const row of fresh) this.#keep(row);
      if (fresh.length < PAGE) return;
    }
  }

  /** Those at hand of one client, or, where it is `null`, of one requester: see `TicketsAtHand.newestOf`. */
  newestOf(
    owner: Pick<RecentTicket, "clientId" | "requesterAddress">,
    limit: number,
    except: number | null,
  ): readonly RecentTicket[] {
    return this.#tickets.newestOf(owner, limit, except);
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
    if (this.#tickets.get(ticket.id) === null) await this.readNew(db);
    const own = this.#tickets.get(ticket.id);
    if (own === null) return null;
    const alike = this.#tickets.alikeElsewhere(own.words, ticket.clientId, since);
    const clients = new Set(alike.map((one) => one.clientId));
    const first = alike.map((one) => one.createdAt).toSorted()[0];
    return first === undefined ? null : { count: clients.size, since: first };
  }

  /** A page of tickets after the newest known, oldest first, then a row without id that names what is set aside. */
  async #readPage(db: Db): Promise<readonly Row[]> {
    const postgres = isPostgres(db);
    const after = postgres ? this.#newest - LATE : this.#newest;
    const known = postgres ? [...this.#tickets.ids].filter((id) => id > after) : [];
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

  /** Mostly the list is what it was for the mail before. */
  #setAsideNow(list: string): void {
    if (list === this.#setAside) return;
    this.#setAside = list;
    this.#tickets.setAside(new Set(list === "" ? [] : list.split(",").map(Number)));
  }

  #keep(row: Fresh): void {
    if (this.#tickets.get(row.id) !== null) return;
    this.#newest = Math.max(this.#newest, row.id);
    this.#tickets.add({
      id: row.id,
      number: row.number,
      clientId: row.client_id,
      requesterAddress: row.requester_address,
      subject: row.subject,
      createdAt: row.created_at,
      words: readComparable(row.search_text),
    });
  }
}
