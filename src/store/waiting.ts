import type { Db } from "./database.ts";
import type { DraftStatus } from "./drafts.ts";
import type { ReleaseStatus } from "./releases.ts";
import { proposedPriority, type ReviewedAction, type ReviewRecord } from "./reviews.ts";
import type { Priority } from "../desk/ticket.ts";

/** Read-only: what a list of tickets waits for, in two queries however long the list is. */

/** The newest review of a ticket, and when a digest asked it; `null` while it waits for one. */
export interface NewestReview {
  readonly ticketId: number;
  readonly status: ReviewRecord["status"];
  readonly technicianId: number | null;
  readonly askedAt: string | null;
  readonly snoozedUntil: string | null;
  /** What `approve` would set; `null` where the review proposes none. */
  readonly proposedPriority: Priority | null;
}

export async function newestReviews(
  db: Db,
  ticketIds: readonly number[],
): Promise<ReadonlyMap<number, NewestReview>> {
  if (ticketIds.length === 0) return new Map();
  type Row = {
    ticket_id: number;
    status: ReviewRecord["status"];
    technician_id: number | null;
    asked_at: string | null;
    snoozed_until: string | null;
    actions: string;
  };
  const newest = db("reviews").whereIn("ticket_id", ticketIds).groupBy("ticket_id").max("id");
  const rows = (await db("reviews as r")
    .leftJoin("digests as d", "d.id", "r.digest_id")
    .whereIn("r.id", newest)
    .select(
      "r.ticket_id",
      "r.status",
      "r.technician_id",
      "d.created_at as asked_at",
      "r.snoozed_until",
      "r.actions",
    )) as Row[];
  return new Map(
    rows.map((row) => [
      row.ticket_id,
      {
        ticketId: row.ticket_id,
        status: row.status,
        technicianId: row.technician_id,
        askedAt: row.asked_at,
        snoozedUntil: row.snoozed_until,
        proposedPriority: proposedPriority(JSON.parse(row.actions) as ReviewedAction[]),
      },
    ]),
  );
}

/** A release without its bytes. */
export interface ReleaseState {
  readonly id: number;
  readonly ticketId: number;
  readonly draftId: number;
  readonly status: ReleaseStatus;
  readonly draftStatus: DraftStatus;
  readonly draftKind: "reply" | "acknowledge";
  readonly holdUntil: string;
  readonly nextAttemptAt: string;
  readonly finishedAt: string | null;
}

/** Releases of these tickets, oldest first. */
export async function releaseStates(db: Db, ticketIds: readonly number[]): Promise<readonly ReleaseState[]> {
  if (ticketIds.length === 0) return [];
  type Row = {
    id: number;
    ticket_id: number;
    draft_id: number;
    status: ReleaseStatus;
    draft_status: DraftStatus;
    kind: ReleaseState["draftKind"];
    hold_until: string;
    next_attempt_at: string;
    finished_at: string | null;
  };
  const rows = (await db("releases as r")
    .join("drafts as d", "d.id", "r.draft_id")
    .whereIn("r.ticket_id", ticketIds)
    .orderBy("r.id")
    .select(
      "r.id",
      "r.ticket_id",
      "r.draft_id",
      "r.status",
      "d.status as draft_status",
      "d.kind",
      "r.hold_until",
      "r.next_attempt_at",
      "r.finished_at",
    )) as Row[];
  return rows.map((row) => ({
    id: row.id,
    ticketId: row.ticket_id,
    draftId: row.draft_id,
    status: row.status,
    draftStatus: row.draft_status,
    draftKind: row.kind,
    holdUntil: row.hold_until,
    nextAttemptAt: row.next_attempt_at,
    finishedAt: row.finished_at,
  }));
}
