import type { Proof } from "../review/proof.ts";
import { withoutTokens } from "../review/token.ts";
import type { Db } from "./database.ts";

interface NewDecision {
  readonly reviewId: number | null;
  readonly ticketId: number;
  readonly draftId: number | null;
  readonly draftRevision: number | null;
  readonly technicianId: number;
  readonly verb: string;
  readonly channel: "mail" | "console" | "api";
  readonly detail: Readonly<Record<string, unknown>>;
  readonly proof: Proof;
  /** The review reply it came with. */
  readonly messageId: number | null;
}

export interface DecisionRecord extends NewDecision {
  readonly id: number;
  readonly createdAt: string;
}

export async function insertDecision(db: Db, decision: NewDecision, now: string): Promise<number> {
  const [row] = (await db("decisions")
    .insert({
      review_id: decision.reviewId,
      ticket_id: decision.ticketId,
      draft_id: decision.draftId,
      draft_revision: decision.draftRevision,
      technician_id: decision.technicianId,
      verb: decision.verb,
      channel: decision.channel,
      // A reason may quote the reply's own header.
      detail: withoutTokens(JSON.stringify(decision.detail)),
      proof: JSON.stringify(decision.proof),
      message_id: decision.messageId,
      created_at: now,
    })
    .returning("id")) as { id: number }[];
  if (row === undefined) throw new Error("the decision was not stored");
  return row.id;
}

type Row = {
  id: number;
  review_id: number | null;
  ticket_id: number;
  draft_id: number | null;
  draft_revision: number | null;
  technician_id: number;
  verb: string;
  channel: NewDecision["channel"];
  detail: string;
  proof: string;
  message_id: number | null;
  created_at: string;
};

export async function decisionsOf(db: Db, ticketId: number): Promise<readonly DecisionRecord[]> {
  return ((await db("decisions").where({ ticket_id: ticketId }).orderBy("id")) as Row[]).map(toDecision);
}

export async function decisionById(db: Db, id: number): Promise<DecisionRecord | null> {
  const row = (await db("decisions").where({ id }).first()) as Row | undefined;
  return row === undefined ? null : toDecision(row);
}

/** Verbs that end a question; the others (`priority`, `note`, `take`) leave it open. */
const ENDING_VERBS = [
  "approve",
  "edit",
  "approve-without",
  "attach",
  "reject",
  "redraft",
  "spam",
  "close",
  "merge",
];

/** The newest decision on a review, and who took it. */
export async function lastDecisionOn(db: Db, reviewId: number): Promise<DecisionRecord | null> {
  const row = (await db("decisions")
    .where({ review_id: reviewId })
    .whereIn("verb", ENDING_VERBS)
    .orderBy("id", "desc")
    .first()) as Row | undefined;
  return row === undefined ? null : toDecision(row);
}

function toDecision(row: Row): DecisionRecord {
  return {
    id: row.id,
    reviewId: row.review_id,
    ticketId: row.ticket_id,
    draftId: row.draft_id,
    draftRevision: row.draft_revision,
    technicianId: row.technician_id,
    verb: row.verb,
    channel: row.channel,
    detail: JSON.parse(row.detail) as Record<string, unknown>,
    proof: JSON.parse(row.proof) as Proof,
    messageId: row.message_id,
    createdAt: row.created_at,
  };
}
