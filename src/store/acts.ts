import type { ProposedAction } from "../desk/action.ts";
import type { Db } from "./database.ts";
import type { TicketFields } from "./tickets.ts";

/** One thing the desk did alone under a policy, with what it replaced. */
export interface ActRecord {
  readonly id: number;
  readonly ticketId: number;
  readonly action: ProposedAction;
  readonly before: TicketFields;
  readonly policyVersion: number;
  readonly policyRule: number;
  readonly flagged: boolean;
  readonly reasons: readonly string[];
  /** Whose next digest shows it. */
  readonly technicianId: number | null;
  /** What went out to the client; `null` where the act is inside the desk. */
  readonly draftId: number | null;
  readonly undoneAt: string | null;
  readonly undoneBy: string | null;
  readonly createdAt: string;
}

export type NewAct = Omit<ActRecord, "id" | "undoneAt" | "undoneBy" | "createdAt">;

type Row = {
  id: number;
  ticket_id: number;
  action: string;
  before: string;
  policy_version: number;
  policy_rule: number;
  flagged: boolean | number;
  reasons: string;
  technician_id: number | null;
  draft_id: number | null;
  undone_at: string | null;
  undone_by: string | null;
  created_at: string;
};

const toAct = (row: Row): ActRecord => ({
  id: row.id,
  ticketId: row.ticket_id,
  action: JSON.parse(row.action) as ProposedAction,
  before: JSON.parse(row.before) as TicketFields,
  policyVersion: row.policy_version,
  policyRule: row.policy_rule,
  flagged: Boolean(row.flagged),
  reasons: JSON.parse(row.reasons) as string[],
  technicianId: row.technician_id,
  draftId: row.draft_id,
  undoneAt: row.undone_at,
  undoneBy: row.undone_by,
  createdAt: row.created_at,
});

export async function insertActs(db: Db, acts: readonly NewAct[], now: string): Promise<void> {
  if (acts.length === 0) return;
  await db("acts").insert(
    acts.map((act) => ({
      ticket_id: act.ticketId,
      action: JSON.stringify(act.action),
      before: JSON.stringify(act.before),
      policy_version: act.policyVersion,
      policy_rule: act.policyRule,
      flagged: act.flagged,
      reasons: JSON.stringify(act.reasons),
      technician_id: act.technicianId,
      draft_id: act.draftId,
      created_at: now,
    })),
  );
}

/** Acts that no digest of this technician has shown yet. */
export async function actsToShow(db: Db, technicianId: number, limit: number): Promise<readonly ActRecord[]> {
  const rows = (await db("acts")
    .where({ technician_id: technicianId })
    .whereNull("digest_id")
    .whereNull("undone_at")
    .orderBy("id")
    .limit(limit)) as Row[];
  return rows.map(toAct);
}

export async function markShown(db: Db, ids: readonly number[], digestId: string): Promise<void> {
  if (ids.length > 0) await db("acts").whereIn("id", ids).update({ digest_id: digestId });
}

export async function actsOf(db: Db, ticketId: number): Promise<readonly ActRecord[]> {
  return ((await db("acts").where({ ticket_id: ticketId }).orderBy("id")) as Row[]).map(toAct);
}

/** False when it was undone before. */
export async function markUndone(db: Db, id: number, by: string, now: string): Promise<boolean> {
  return (
    (await db("acts").where({ id }).whereNull("undone_at").update({ undone_at: now, undone_by: by })) > 0
  );
}
