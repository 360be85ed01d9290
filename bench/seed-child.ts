/**
 * Multiplies what a desk has made of some mails until there are so many tickets: real rows of every table, each copy
 * with a request text of its own, decided and mostly closed. Knows no column but ids, texts and times, so that
 * it outlives changes of the schema. Hashes are made up: nothing here verifies the chain.
 */
import { createHash } from "node:crypto";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { searchWords } from "../src/store/search-query.ts";
import { answer } from "./answering.ts";
import { databaseFile } from "./desk-setup.ts";
import { createRandom, requestOf } from "./mails.ts";

type Row = Record<string, SQLInputValue>;

/** Everything that came of one mail. */
interface Case {
  readonly ticket: Row;
  readonly message: Row;
  readonly raw: Row;
  readonly draft: Row | undefined;
  readonly review: Row;
  readonly item: Row;
  readonly digest: Row;
  readonly outbox: Row;
  readonly events: readonly Row[];
}

answer(
  { seed: ({ directory, tickets }: { directory: string; tickets: number }) => seed(directory, tickets) },
  async () => {},
);

function seed(directory: string, tickets: number): number {
  const db = new DatabaseSync(databaseFile(directory));
  db.exec(
    "PRAGMA journal_mode=DELETE; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA foreign_keys=OFF; PRAGMA cache_size=-400000",
  );
  const cases = readCases(db);
  if (cases.length === 0) throw new Error("there is no case to copy");
  const next = new Ids(db);
  const insert = new Inserts(db);
  const aside = setAside(db);
  db.exec("BEGIN");
  const have = Number(db.prepare("SELECT count(*) AS n FROM tickets").get()?.["n"]);
  for (let index = have; index < tickets; index++)
    copyCase(cases[index % cases.length] as Case, index, tickets, next, insert);
  closeOriginals(db);
  const last = db.prepare("SELECT max(id) AS id FROM events").get()?.["id"] ?? 0;
  // One seal over all of it, or the desk's first one would read every event.
  db.prepare(
    "INSERT INTO seals (at, last_event_id, heads_sha256, previous_hash, hash) VALUES (?, ?, ?, ?, ?)",
  ).run(new Date().toISOString(), last, hex("heads"), "0".repeat(64), hex("seal"));
  db.exec("COMMIT");
  for (const sql of aside) db.exec(sql);
  db.exec(
    "INSERT INTO tickets_fts(tickets_fts) VALUES ('rebuild'); PRAGMA journal_mode=DELETE; PRAGMA optimize",
  );
  db.close();
  return tickets;
}

/** Indexes and triggers are dropped, and made again at the end: building an index at once is many times faster. */
function setAside(db: DatabaseSync): readonly string[] {
  const found = db
    .prepare(
      "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL",
    )
    .all() as { type: string; name: string; sql: string }[];
  for (const { type, name } of found) db.exec(`DROP ${type} "${name}"`);
  return found.map(({ sql }) => sql);
}

function readCases(db: DatabaseSync): readonly Case[] {
  const one = (sql: string, ...values: SQLInputValue[]): Row | undefined => db.prepare(sql).get(...values);
  const cases: Case[] = [];
  for (const item of db.prepare("SELECT * FROM digest_items WHERE review_id IS NOT NULL").all() as Row[]) {
    const review = one("SELECT * FROM reviews WHERE id = ?", item["review_id"] ?? 0);
    const ticket = one("SELECT * FROM tickets WHERE id = ?", item["ticket_id"] ?? 0);
    const message = one(
      "SELECT * FROM messages WHERE ticket_id = ? AND direction = 'in'",
      item["ticket_id"] ?? 0,
    );
    const raw = one("SELECT * FROM raw_messages WHERE sha256 = ?", message?.["raw_sha256"] ?? "");
    const digest = one("SELECT * FROM digests WHERE id = ?", item["digest_id"] ?? "");
    const outbox = one("SELECT * FROM outbox WHERE id = ?", digest?.["outbox_id"] ?? 0);
    if (!review || !ticket || !message || !raw || !digest || !outbox) continue;
    const events = db
      .prepare("SELECT * FROM events WHERE stream IN (?, ?) ORDER BY id")
      .all(`ticket:${Number(ticket["id"])}`, `message:${Number(message["id"])}`) as Row[];
    const draft = one("SELECT * FROM drafts WHERE id = ?", review["draft_id"] ?? 0);
    cases.push({ ticket, message, raw, draft, review, item, digest, outbox, events });
  }
  return cases;
}

/** Five minutes between two tickets; one in thirty is still open. */
function copyCase(from: Case, index: number, tickets: number, next: Ids, insert: Inserts): void {
  const at = new Date(Date.now() - (tickets - index) * 300_000 - 86_400_000).toISOString();
  const request = requestOf(5_000_000 + index);
  const isOpen = index % 30 === 0;
  const ticket = next.of("tickets");
  const message = next.of("messages");
  const draft = from.draft === undefined ? null : next.of("drafts");
  const review = next.of("reviews");
  const outbox = next.of("outbox");
  const digest = hex(`digest ${index}`).slice(0, 32);
  const raw = hex(`raw ${index}`);
  insert.into("raw_messages", { ...from.raw, sha256: raw, created_at: at });
  insert.into("tickets", {
    ...from.ticket,
    id: ticket,
    number: 1000 + ticket,
    subject: request.subject,
    requester_name: request.name,
    requester_address: request.address,
    search_text: searchWords(`${request.subject} ${request.text}`),
    status: isOpen ? "open" : "closed",
    // Routed: an assignee for each, so that loads are counted over what is open.
    assignee_id: from.review["technician_id"] ?? null,
    last_client_message_id: message,
    closed_at: isOpen ? null : at,
    created_at: at,
    updated_at: at,
  });
  insert.into("messages", {
    ...from.message,
    id: message,
    raw_sha256: raw,
    ticket_id: ticket,
    message_id: `<seed.${index}@mail.contoso.example>`,
    receipt_key: hex(`receipt ${index}`),
    content_sha256: hex(`content ${index}`),
    subject: request.subject,
    new_text: request.text,
    received_at: at,
  });
  if (from.draft !== undefined)
    insert.into("drafts", {
      ...from.draft,
      id: draft,
      ticket_id: ticket,
      based_on_message_id: message,
      status: "sent",
      created_at: at,
    });
  insert.into("reviews", {
    ...from.review,
    id: review,
    ticket_id: ticket,
    draft_id: draft,
    status: "decided",
    digest_id: digest,
    expires_at: at,
    created_at: at,
  });
  insert.into("outbox", {
    ...from.outbox,
    id: outbox,
    message_id: `<seed.${index}@desk.example>`,
    ticket_id: ticket,
    status: "sent",
    // A digest's bytes are never read by another mail's; a kilobyte stands for them.
    sealed_mail: (from.outbox["sealed_mail"] as Uint8Array).subarray(0, 1024),
    created_at: at,
    sent_at: at,
  });
  insert.into("digests", {
    ...from.digest,
    id: digest,
    token_sha256: hex(`token ${index}`),
    outbox_id: outbox,
    created_at: at,
    expires_at: at,
  });
  insert.into("digest_items", {
    ...from.item,
    digest_id: digest,
    number: 1,
    review_id: review,
    ticket_id: ticket,
    draft_id: draft,
    status: "used",
  });
  insert.into("decisions", {
    id: next.of("decisions"),
    review_id: review,
    ticket_id: ticket,
    draft_id: draft,
    draft_revision: 1,
    technician_id: from.digest["technician_id"] ?? null,
    verb: "approve",
    channel: "mail",
    detail: "{}",
    proof: '{"kind":"token","detail":""}',
    message_id: null,
    created_at: at,
  });
  const oldTicket = `ticket:${Number(from.ticket["id"])}`;
  for (const event of from.events)
    insert.into("events", {
      ...event,
      id: next.of("events"),
      stream: event["stream"] === oldTicket ? `ticket:${ticket}` : `message:${message}`,
      at,
    });
}

function closeOriginals(db: DatabaseSync): void {
  db.exec("UPDATE reviews SET status = 'decided'; UPDATE digest_items SET status = 'used'; DELETE FROM jobs");
}

/** Counts on from the largest id of each table. */
class Ids {
  readonly #db: DatabaseSync;
  readonly #last = new Map<string, number>();
  constructor(db: DatabaseSync) {
    this.#db = db;
  }
  of(table: string): number {
    const last =
      this.#last.get(table) ??
      Number(this.#db.prepare(`SELECT coalesce(max(id), 0) AS id FROM ${table}`).get()?.["id"]);
    this.#last.set(table, last + 1);
    return last + 1;
  }
}

/** One prepared statement a table, made for the columns of its first row. */
class Inserts {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<
    string,
    { readonly statement: StatementSync; readonly columns: readonly string[] }
  >();
  constructor(db: DatabaseSync) {
    this.#db = db;
  }
  into(table: string, row: Row): void {
    let known = this.#statements.get(table);
    if (known === undefined) {
      const columns = Object.keys(row);
      const statement = this.#db.prepare(
        `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
      );
      this.#statements.set(table, (known = { statement, columns }));
    }
    known.statement.run(...known.columns.map((column) => row[column] ?? null));
  }
}

const seeds = createRandom(1);
function hex(text: string): string {
  return createHash("sha256").update(`${seeds()} ${text}`).digest("hex");
}
