import type { AskedQuestion, DraftSource } from "../desk/draft-findings.ts";
import type { ReplyContent } from "../review/release.ts";
import type { Db } from "./database.ts";

export type DraftStatus =
  | "proposed"
  | "approved"
  | "released"
  | "sent"
  | "rejected"
  | "superseded"
  | "cancelled"
  | "failed"
  | "uncertain"
  | "bounced";

/** What the reviewer should know about a draft; never part of what is sent. */
interface DraftFindings {
  readonly articleIds: readonly number[];
  readonly unsourced: readonly string[];
  readonly sources: readonly DraftSource[];
  readonly questions: readonly AskedQuestion[];
  readonly warnings: readonly string[];
  readonly dropped: readonly { readonly address: string; readonly reason: string }[];
  readonly confidence: number;
  /** Why another engine wrote it than the desk is set to, as a sentence; left out where none did. */
  readonly fallback?: string;
}

export interface DraftRecord {
  readonly id: number;
  readonly ticketId: number;
  readonly revision: number;
  readonly status: DraftStatus;
  readonly kind: "reply" | "acknowledge";
  readonly template: string;
  readonly content: ReplyContent;
  readonly canonicalSha256: string;
  readonly basedOnMessageId: number | null;
  readonly author: string;
  readonly editedFromDraftId: number | null;
  readonly findings: DraftFindings;
  readonly createdAt: string;
}

type Row = {
  id: number;
  ticket_id: number;
  revision: number;
  status: DraftStatus;
  kind: DraftRecord["kind"];
  template: string;
  content: string;
  canonical_sha256: string;
  based_on_message_id: number | null;
  author: string;
  edited_from_draft_id: number | null;
  findings: string;
  created_at: string;
};

/** Drafts of earlier versions name neither sources nor questions. */
const NOT_NAMED: Pick<DraftFindings, "sources" | "questions"> = { sources: [], questions: [] };

export function toDraft(row: Row): DraftRecord {
  return {
    id: row.id,
    ticketId: row.ticket_id,
    revision: row.revision,
    status: row.status,
    kind: row.kind,
    template: row.template,
    content: JSON.parse(row.content) as ReplyContent,
    canonicalSha256: row.canonical_sha256,
    basedOnMessageId: row.based_on_message_id,
    author: row.author,
    editedFromDraftId: row.edited_from_draft_id,
    findings: { ...NOT_NAMED, ...(JSON.parse(row.findings) as DraftFindings) },
    createdAt: row.created_at,
  };
}

export type NewDraft = Omit<DraftRecord, "id" | "revision" | "status" | "createdAt">;

/** Insert the next revision of a ticket. Two writers that take the same number meet the unique index; the loser runs again. */
export async function insertDraft(
  db: Db,
  draft: NewDraft,
  now: string,
): Promise<{ readonly id: number; readonly revision: number }> {
  const [row] = (await db("drafts")
    .insert({
      ticket_id: draft.ticketId,
      revision: db.raw("(SELECT coalesce(max(revision), 0) + 1 FROM drafts WHERE ticket_id = ?)", [
        draft.ticketId,
      ]),
      status: "proposed",
      kind: draft.kind,
      template: draft.template,
      content: JSON.stringify(draft.content),
      canonical_sha256: draft.canonicalSha256,
      based_on_message_id: draft.basedOnMessageId,
      author: draft.author,
      edited_from_draft_id: draft.editedFromDraftId,
      findings: JSON.stringify(draft.findings),
      created_at: now,
    })
    .returning(["id", "revision"])) as { id: number; revision: number }[];
  if (row === undefined) throw new Error("the draft was not stored");
  return row;
}

export async function draftById(db: Db, id: number): Promise<DraftRecord | null> {
  const row = (await db("drafts").where({ id }).first()) as Row | undefined;
  return row === undefined ? null : toDraft(row);
}

export async function draftsOf(db: Db, ticketId: number): Promise<readonly DraftRecord[]> {
  return ((await db("drafts").where({ ticket_id: ticketId }).orderBy("revision")) as Row[]).map(toDraft);
}

/** Drafts that a newer client message makes stale: proposed, or approved and still held. */
export async function unreleasedDrafts(db: Db, ticketId: number): Promise<readonly DraftRecord[]> {
  const rows = (await db("drafts")
    .where({ ticket_id: ticketId, kind: "reply" })
    .whereIn("status", ["proposed", "approved"])) as Row[];
  return rows.map(toDraft);
}

/**
 * Whether a reply has left, or is leaving, on this ticket. An acknowledgement answers nothing, and neither does a reply
 * that came back or that may not have arrived.
 */
export async function wasAnswered(db: Db, ticketId: number): Promise<boolean> {
  const answer = db("drafts")
    .where({ ticket_id: ticketId, kind: "reply" })
    .whereIn("status", ["released", "sent"])
    .first("id");
  return (await answer) !== undefined;
}

/** Whether this address, in any case, had an acknowledgement lately: RFC 3834 §2 asks for restraint. */
export async function acknowledgedSince(db: Db, address: string, since: string): Promise<boolean> {
  const row = (await db("drafts as d")
    .join("tickets as t", "t.id", "d.ticket_id")
    .where("d.kind", "acknowledge")
    .whereRaw("lower(t.requester_address) = lower(?)", [address])
    .where("d.created_at", ">", since)
    .first("d.id")) as { id: number } | undefined;
  return row !== undefined;
}

/** How many acknowledgements the desk has written since then. */
export async function acknowledgementsSince(db: Db, since: string): Promise<number> {
  const row = (await db("drafts")
    .where({ kind: "acknowledge" })
    .andWhere("created_at", ">", since)
    .count({ count: "*" })
    .first()) as { count: number | string } | undefined;
  return Number(row?.count ?? 0);
}

/** How many replies a policy let out to this address, in any case. What was called back counts: it was on its way. */
export async function repliedAloneSince(db: Db, address: string, since: string): Promise<number> {
  const row = (await db("authorisations as a")
    .join("drafts as d", "d.id", "a.draft_id")
    .join("tickets as t", "t.id", "d.ticket_id")
    .where({ "a.kind": "grant", "d.kind": "reply" })
    .where("d.created_at", ">", since)
    .whereRaw("lower(t.requester_address) = lower(?)", [address])
    .count({ count: "*" })
    .first()) as { count: number | string } | undefined;
  return Number(row?.count ?? 0);
}

export async function draftsByIds(db: Db, ids: readonly number[]): Promise<ReadonlyMap<number, DraftRecord>> {
  if (ids.length === 0) return new Map();
  const rows = (await db("drafts").whereIn("id", ids)) as Row[];
  return new Map(rows.map((row) => [row.id, toDraft(row)]));
}
