import type { Knex } from "knex";
import type { ProposedAction, Verdict } from "../desk/action.ts";
import type { HighRisk } from "../desk/risk.ts";
import type { Priority } from "../desk/ticket.ts";
import type { Db } from "./database.ts";

export interface ReviewedAction {
  readonly action: ProposedAction;
  readonly verdict: Verdict;
}

/** The priority that a review proposes to set. */
export function proposedPriority(actions: readonly ReviewedAction[]): Priority | null {
  for (const { action } of actions) if (action.action === "set-priority") return action.priority;
  return null;
}

export interface ReviewRecord {
  readonly id: number;
  readonly ticketId: number;
  readonly draftId: number | null;
  readonly status: "open" | "snoozed" | "decided" | "void" | "expired";
  readonly technicianId: number | null;
  readonly urgent: boolean;
  /** Why a mailed word may not be enough, and why it is never part of `approve all`. */
  readonly risk: HighRisk;
  readonly actions: readonly ReviewedAction[];
  /** Why a person is asked, as sentences. */
  readonly reasons: readonly string[];
  readonly expiresAt: string;
  readonly snoozedUntil: string | null;
  readonly reminders: number;
  readonly digestId: string | null;
  /** When the client was promised a first answer; `null` where nothing was, or somebody has answered. */
  readonly answerDueAt: string | null;
  /** When the reviewer is reminded of that; `null` for never because of it. */
  readonly remindAt: string | null;
  readonly createdAt: string;
}

type Row = {
  id: number;
  ticket_id: number;
  draft_id: number | null;
  status: ReviewRecord["status"];
  technician_id: number | null;
  urgent: boolean | number;
  risk: string;
  actions: string;
  reasons: string;
  expires_at: string;
  snoozed_until: string | null;
  reminders: number;
  digest_id: string | null;
  answer_due_at: string | null;
  remind_at: string | null;
  created_at: string;
};

function toReview(row: Row): ReviewRecord {
  return {
    id: row.id,
    ticketId: row.ticket_id,
    draftId: row.draft_id,
    status: row.status,
    technicianId: row.technician_id,
    urgent: Boolean(row.urgent),
    risk: JSON.parse(row.risk) as HighRisk,
    actions: JSON.parse(row.actions) as ReviewedAction[],
    reasons: JSON.parse(row.reasons) as string[],
    expiresAt: row.expires_at,
    snoozedUntil: row.snoozed_until,
    reminders: row.reminders,
    digestId: row.digest_id,
    answerDueAt: row.answer_due_at,
    remindAt: row.remind_at,
    createdAt: row.created_at,
  };
}

export type NewReview = Omit<
  ReviewRecord,
  "id" | "status" | "snoozedUntil" | "reminders" | "digestId" | "createdAt"
>;

export async function insertReview(db: Db, review: NewReview, now: string): Promise<number> {
  const [row] = (await db("reviews")
    .insert({
      ticket_id: review.ticketId,
      draft_id: review.draftId,
      status: "open",
      technician_id: review.technicianId,
      urgent: review.urgent,
      risk: JSON.stringify(review.risk),
      actions: JSON.stringify(review.actions),
      reasons: JSON.stringify(review.reasons),
      expires_at: review.expiresAt,
      answer_due_at: review.answerDueAt,
      remind_at: review.remindAt,
      created_at: now,
    })
    .returning("id")) as { id: number }[];
  if (row === undefined) throw new Error("the review was not stored");
  return row.id;
}

export async function reviewById(db: Db, id: number): Promise<ReviewRecord | null> {
  const row = (await db("reviews").where({ id }).first()) as Row | undefined;
  return row === undefined ? null : toReview(row);
}

export async function reviewsOf(db: Db, ticketId: number): Promise<readonly ReviewRecord[]> {
  return ((await db("reviews").where({ ticket_id: ticketId }).orderBy("id")) as Row[]).map(toReview);
}

/** Open reviews of a technician that no digest has asked yet, oldest first. */
export async function reviewsToAsk(
  db: Db,
  technicianId: number,
  limit: number,
): Promise<readonly ReviewRecord[]> {
  const rows = (await db("reviews")
    .where({ status: "open", technician_id: technicianId })
    .whereNull("digest_id")
    .orderBy("id")
    .limit(limit)) as Row[];
  return rows.map(toReview);
}

/** A review as a digest took it: it may ask about another draft, or be another technician's, than when it was read. */
interface TakenReview {
  readonly draftId: number | null;
  readonly technicianId: number | null;
}

/** Put reviews into a digest; those that another digest took meanwhile are left out. Answers what was taken, by id. */
export async function claimForDigest(
  db: Db,
  reviewIds: readonly number[],
  digestId: string,
): Promise<ReadonlyMap<number, TakenReview>> {
  if (reviewIds.length === 0) return new Map();
  const rows = (await db("reviews")
    .whereIn("id", reviewIds)
    .where({ status: "open" })
    .whereNull("digest_id")
    .update({ digest_id: digestId })
    .returning(["id", "draft_id", "technician_id"])) as Pick<Row, "id" | "draft_id" | "technician_id">[];
  return new Map(rows.map((row) => [row.id, { draftId: row.draft_id, technicianId: row.technician_id }]));
}

/** Ask somebody else, or ask again: the review waits for a new digest. */
export async function askAgain(
  db: Db,
  reviewId: number,
  technicianId: number | null,
  also: { readonly draftId?: number; readonly expiresAt?: string } = {},
): Promise<void> {
  await db("reviews")
    .where({ id: reviewId })
    .update({
      digest_id: null,
      ...(technicianId === null ? {} : { technician_id: technicianId }),
      ...(also.draftId === undefined ? {} : { draft_id: also.draftId }),
      ...(also.expiresAt === undefined ? {} : { expires_at: also.expiresAt }),
    });
}

export async function setReviewActions(
  db: Db,
  reviewId: number,
  actions: readonly ReviewedAction[],
): Promise<void> {
  await db("reviews")
    .where({ id: reviewId })
    .update({ actions: JSON.stringify(actions) });
}

/** Open reviews past their expiry, and snoozed ones whose time has come. */
export async function dueReviews(
  db: Db,
  now: string,
  limit: number,
): Promise<{ readonly expired: readonly ReviewRecord[]; readonly waking: readonly ReviewRecord[] }> {
  const expired = (await db("reviews")
    .where({ status: "open" })
    .where("expires_at", "<=", now)
    .orderBy("id")
    .limit(limit)) as Row[];
  const waking = (await db("reviews")
    .where({ status: "snoozed" })
    .where("snoozed_until", "<=", now)
    .orderBy("id")
    .limit(limit)) as Row[];
  return { expired: expired.map(toReview), waking: waking.map(toReview) };
}

/** A review that a digest has asked, and when that was. */
export interface AskedReview extends ReviewRecord {
  readonly askedAt: string;
}

/** Reviews asked before `askedBefore` and still open, for a reminder. */
export function unansweredReviews(
  db: Db,
  askedBefore: string,
  reminders: number,
  limit: number,
): Promise<readonly AskedReview[]> {
  return askedReviews(db, askedBefore, limit, (q) => void q.where("r.reminders", reminders));
}

/** Those of them, not reminded yet, whose client waits for a promised answer that is near. */
export function reviewsNearlyDue(
  db: Db,
  askedBefore: string,
  now: string,
  limit: number,
): Promise<readonly AskedReview[]> {
  return askedReviews(
    db,
    askedBefore,
    limit,
    (q) => void q.where("r.reminders", 0).where("r.remind_at", "<=", now),
  );
}

async function askedReviews(
  db: Db,
  askedBefore: string,
  limit: number,
  which: (query: Knex.QueryBuilder) => void,
): Promise<readonly AskedReview[]> {
  const rows = (await db("reviews as r")
    .join("digests as d", "d.id", "r.digest_id")
    .where("r.status", "open")
    .modify(which)
    .where("d.created_at", "<=", askedBefore)
    .orderBy("r.id")
    .limit(limit)
    .select("r.*", "d.created_at as asked_at")) as (Row & { asked_at: string })[];
  return rows.map((row) => ({ ...toReview(row), askedAt: row.asked_at }));
}

/** `after`: how many there were. False where another worker was first, or the review is open no more. */
export async function countReminder(db: Db, reviewId: number, after?: number): Promise<boolean> {
  return (
    (await db("reviews")
      .where({ id: reviewId, status: "open", ...(after === undefined ? {} : { reminders: after }) })
      .increment("reminders", 1)) > 0
  );
}

/** Reviews that wait for somebody who is gone, or for nobody. */
export async function abandonedReviews(db: Db, limit: number): Promise<readonly ReviewRecord[]> {
  const rows = (await db("reviews as r")
    .leftJoin("technicians as t", "t.id", "r.technician_id")
    .whereIn("r.status", ["open", "snoozed"])
    .where((q) => void q.whereNull("r.technician_id").orWhere("t.active", false))
    .orderBy("r.id")
    .limit(limit)
    .select("r.*")) as Row[];
  return rows.map(toReview);
}

export async function listReviews(
  db: Db,
  query: { readonly state?: string; readonly before?: number; readonly limit: number },
): Promise<readonly ReviewRecord[]> {
  const rows = (await db("reviews")
    .modify((q) => {
      if (query.state !== undefined) void q.where("status", query.state);
      if (query.before !== undefined) void q.where("id", "<", query.before);
    })
    .orderBy("id", "desc")
    .limit(query.limit)) as Row[];
  return rows.map(toReview);
}

export async function reviewsByIds(
  db: Db,
  ids: readonly number[],
): Promise<ReadonlyMap<number, ReviewRecord>> {
  if (ids.length === 0) return new Map();
  const rows = (await db("reviews").whereIn("id", ids)) as Row[];
  return new Map(rows.map((row) => [row.id, toReview(row)]));
}

/** Reviews that a person has decided, newest first. */
export async function decidedReviews(db: Db, limit: number): Promise<readonly ReviewRecord[]> {
  return ((await db("reviews").where({ status: "decided" }).orderBy("id", "desc").limit(limit)) as Row[]).map(
    toReview,
  );
}

/** Technicians with open reviews of before `createdBefore` that stand in no digest: the request for one was lost. */
export async function techniciansUnasked(db: Db, createdBefore: string): Promise<readonly number[]> {
  const rows = (await db("reviews")
    .where({ status: "open" })
    .whereNull("digest_id")
    .whereNotNull("technician_id")
    .where("created_at", "<=", createdBefore)
    .distinct("technician_id")) as { technician_id: number }[];
  return rows.map((row) => row.technician_id);
}
