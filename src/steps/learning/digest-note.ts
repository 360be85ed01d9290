import type { Technician } from "../../desk/ticket.ts";
import { takeWarning } from "../../store/warnings.ts";
import type { Desk } from "../desk.ts";
import type { Unit } from "../unit.ts";
import { draftInsights, insightSentence, keepsBeingRewritten, type DraftInsight } from "./insights.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The one template or article that people rewrite most, if one is: what a digest's foot may say of it. Looked up before
 * the transaction that writes the digest, and only where the counts say that there is something.
 */
export async function noteworthyInsight(
  desk: Pick<Desk, "database" | "learner">,
): Promise<DraftInsight | null> {
  if (!desk.learner.draftsAreRewritten()) return null;
  return (await draftInsights(desk.database.reader)).find(keepsBeingRewritten) ?? null;
}

/** The line for this technician: for leads, admins and those who rewrote, once a day. `null`: nothing to say. */
export async function insightNote(
  unit: Unit,
  insight: DraftInsight | null,
  technician: Technician,
): Promise<string | null> {
  if (insight === null) return null;
  const concerned = technician.role !== "technician" || insight.technicianIds.includes(technician.id);
  if (!concerned) return null;
  const subject = `insight for technician ${technician.id}`;
  const { sends } = await takeWarning(unit.db, subject, unit.at, DAY_MS);
  return sends ? insightSentence(insight) : null;
}
