import { createHash } from "node:crypto";
import type { Actor, NewEvent } from "../desk/event.ts";
import { withoutTokens } from "../review/token.ts";
import { ChainHeads, type ChainHead } from "./chain-heads.ts";
import type { Db } from "./database.ts";
import { storedText } from "./stored-text.ts";

/** What a step writes into: the open transaction, and the audit log that commits with it. */
export interface Recorder {
  readonly db: Db;
  /** ISO 8601; one instant for the whole transaction. */
  readonly now: string;
  record(event: NewEvent): void;
}

export interface StoredEvent {
  readonly id: number;
  readonly stream: string;
  readonly seq: number;
  readonly at: string;
  readonly actor: Actor;
  readonly kind: string;
  readonly sentence: string;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly previousHash: string;
  readonly hash: string;
}

const GENESIS = "0".repeat(64);

type EventRow = {
  id: number;
  stream: string;
  seq: number;
  at: string;
  actor: string;
  kind: string;
  sentence: string;
  evidence: string;
  previous_hash: string;
  hash: string;
};

/** The hash covers the stored text, so that a reader needs no canonical form to check it. */
function hashOf(row: Omit<EventRow, "id" | "hash">): string {
  const fields = [
    row.stream,
    row.seq,
    row.at,
    row.actor,
    row.kind,
    row.sentence,
    row.evidence,
    row.previous_hash,
  ];
  return createHash("sha256").update(JSON.stringify(fields)).digest("hex");
}

/**
 * Append to the hash chains, in one insert. `fresh` names streams that begin in this transaction: their head needs no look-up.
 * Two writers on one chain meet the unique (stream, seq); the loser's transaction is run again. Answers the new heads.
 */
export async function appendEvents(
  db: Db,
  events: readonly NewEvent[],
  at: string,
  fresh: ReadonlySet<string> = new Set(),
  known: ChainHeads = new ChainHeads(),
): Promise<ReadonlyMap<string, ChainHead>> {
  const heads = new Map<string, ChainHead>();
  if (events.length === 0) return heads;
  const rows: Omit<EventRow, "id">[] = [];
  for (const event of events) {
    let head = heads.get(event.stream);
    if (head === undefined)
      head = fresh.has(event.stream)
        ? { seq: 0, hash: GENESIS }
        : (known.get(event.stream) ?? (await headOf(db, event.stream)));
    const unhashed = {
      stream: event.stream,
      seq: head.seq + 1,
      at,
      actor: JSON.stringify(event.actor),
      kind: event.kind,
      // Hashed as it is kept: a sentence may quote a client's subject.
      sentence: withoutTokens(storedText(event.sentence)),
      evidence: withoutTokens(JSON.stringify(event.evidence)),
      previous_hash: head.hash,
    };
    const row = { ...unhashed, hash: hashOf(unhashed) };
    heads.set(event.stream, { seq: row.seq, hash: row.hash });
    rows.push(row);
  }
  await db("events").insert(rows);
  return heads;
}

async function headOf(db: Db, stream: string): Promise<ChainHead> {
  const head = (await db("events").where({ stream }).orderBy("seq", "desc").first("seq", "hash")) as
    ChainHead | undefined;
  return head ?? { seq: 0, hash: GENESIS };
}

function toEvent(row: EventRow): StoredEvent {
  return {
    id: row.id,
    stream: row.stream,
    seq: row.seq,
    at: row.at,
    actor: JSON.parse(row.actor) as Actor,
    kind: row.kind,
    sentence: row.sentence,
    evidence: JSON.parse(row.evidence) as Record<string, unknown>,
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}

/** Events of some streams, oldest first. */
export async function eventsOf(db: Db, streams: readonly string[]): Promise<readonly StoredEvent[]> {
  const rows = (await db("events").whereIn("stream", streams).orderBy("id")) as EventRow[];
  return rows.map(toEvent);
}

/** Events after an id, for `GET events?after=`. */
export async function eventsAfter(db: Db, after: number, limit: number): Promise<readonly StoredEvent[]> {
  const rows = (await db("events").where("id", ">", after).orderBy("id").limit(limit)) as EventRow[];
  return rows.map(toEvent);
}

export interface ChainFault {
  readonly stream: string;
  readonly seq: number;
  readonly what: string;
}

/**
 * Check every chain: rows edited, missing or out of order are named; seals must find the heads they sealed,
 * so that a cut tail shows too.
 */
export async function verifyChains(db: Db): Promise<{
  readonly events: number;
  readonly streams: number;
  readonly seals: number;
  readonly faults: readonly ChainFault[];
}> {
  const faults: ChainFault[] = [];
  const heads = new Map<string, { seq: number; hash: string }>();
  let events = 0;
  let afterStream = "";
  let afterSeq = 0;
  for (;;) {
    const rows = (await db("events")
      .where(
        (q) =>
          void q
            .where("stream", ">", afterStream)
            .orWhere((r) => void r.where("stream", afterStream).where("seq", ">", afterSeq)),
      )
      .orderBy([{ column: "stream" }, { column: "seq" }])
      .limit(2000)) as EventRow[];
    for (const row of rows) {
      events += 1;
      const head = heads.get(row.stream) ?? { seq: 0, hash: GENESIS };
      if (row.seq !== head.seq + 1) {
        faults.push({
          stream: row.stream,
          seq: row.seq,
          what: `events ${head.seq + 1} to ${row.seq - 1} are missing`,
        });
      } else if (row.previous_hash !== head.hash) {
        faults.push({ stream: row.stream, seq: row.seq, what: "does not follow the event before it" });
      }
      if (hashOf(row) !== row.hash)
        faults.push({ stream: row.stream, seq: row.seq, what: "was changed after it was written" });
      heads.set(row.stream, { seq: row.seq, hash: row.hash });
    }
    const last = rows.at(-1);
    if (last === undefined) break;
    afterStream = last.stream;
    afterSeq = last.seq;
  }
  const seals = await verifySeals(db, faults);
  return { events, streams: heads.size, seals, faults };
}

type SealRow = {
  seq: number;
  at: string;
  last_event_id: number;
  heads_sha256: string;
  previous_hash: string;
  hash: string;
};

function sealHash(seal: Omit<SealRow, "seq" | "hash">): string {
  return createHash("sha256")
    .update(JSON.stringify([seal.at, seal.last_event_id, seal.heads_sha256, seal.previous_hash]))
    .digest("hex");
}

/**
 * Link everything since the last seal into the desk-wide chain. Answers the new head, or the old one where nothing is new.
 * The head also leaves the database: it is logged and printed at the foot of digests.
 * `before` leaves out events so young that a slower transaction may still commit an older id beside them (PostgreSQL).
 */
export async function sealEvents(
  db: Db,
  at: string,
  before: string = at,
): Promise<{ readonly hash: string; readonly sealed: number }> {
  const last = (await db("seals").orderBy("seq", "desc").first()) as SealRow | undefined;
  const from = last?.last_event_id ?? 0;
  const settled = (await db("events")
    .where("id", ">", from)
    .andWhere("at", "<=", before)
    .max({ id: "id" })
    .first()) as { id: number | null } | undefined;
  const rows = (await db("events")
    .where("id", ">", from)
    .andWhere("id", "<=", settled?.id ?? from)
    .orderBy("id")
    .select("id", "hash")) as { id: number; hash: string }[];
  const newest = rows.at(-1);
  if (newest === undefined) return { hash: last?.hash ?? GENESIS, sealed: 0 };
  const seal = {
    at,
    last_event_id: newest.id,
    heads_sha256: digestOf(rows),
    previous_hash: last?.hash ?? GENESIS,
  };
  const hash = sealHash(seal);
  // Two processes that seal at once would fork the chain: the later one leaves it to its next turn.
  const stored = (await db("seals")
    .insert({ ...seal, hash })
    .onConflict("previous_hash")
    .ignore()
    .returning("seq")) as unknown[];
  return stored.length === 0 ? { hash: seal.previous_hash, sealed: 0 } : { hash, sealed: rows.length };
}

/** The newest head of the desk-wide chain; "" before the first seal. */
export async function sealHead(db: Db): Promise<string> {
  const last = (await db("seals").orderBy("seq", "desc").first("hash")) as { hash: string } | undefined;
  return last?.hash ?? "";
}

function digestOf(rows: readonly { hash: string }[]): string {
  const digest = createHash("sha256");
  for (const row of rows) digest.update(row.hash);
  return digest.digest("hex");
}

async function verifySeals(db: Db, faults: ChainFault[]): Promise<number> {
  const seals = (await db("seals").orderBy("seq")) as SealRow[];
  let previous = GENESIS;
  let from = 0;
  for (const seal of seals) {
    if (seal.previous_hash !== previous || sealHash(seal) !== seal.hash) {
      faults.push({
        stream: "seals",
        seq: seal.seq,
        what: "the seal was changed, or one before it is missing",
      });
    }
    const rows = (await db("events")
      .where("id", ">", from)
      .andWhere("id", "<=", seal.last_event_id)
      .orderBy("id")
      .select("hash")) as { hash: string }[];
    if (digestOf(rows) !== seal.heads_sha256) {
      faults.push({
        stream: "seals",
        seq: seal.seq,
        what: `the ${rows.length} events it sealed are not those that stand there now`,
      });
    }
    previous = seal.hash;
    from = seal.last_event_id;
  }
  return seals.length;
}
