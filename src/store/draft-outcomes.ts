import type { Db } from "./database.ts";

export interface NewDraftOutcome {
  /** The draft as it was proposed. */
  readonly draftId: number;
  /** The one that was released; `null` where none was. */
  readonly releasedDraftId: number | null;
  readonly template: string;
  readonly articleIds: readonly number[];
  readonly outcome: "approved" | "edited" | "rejected" | "redrafted";
  /** Words that changed as a share of all words, 0 to 1; `null` where nothing was released. */
  readonly distance: number | null;
  readonly technicianId: number;
}

/** `first`: no draft of the same question had been turned down before. */
export interface DraftOutcome extends NewDraftOutcome {
  readonly id: number;
  readonly first: boolean;
  /** Engine and version that wrote what was proposed. */
  readonly author: string;
  readonly createdAt: string;
}

type Row = {
  id: number;
  first: boolean | number;
  author: string;
  draft_id: number;
  released_draft_id: number | null;
  template: string;
  article_ids: string;
  outcome: DraftOutcome["outcome"];
  distance: number | null;
  technician_id: number;
  created_at: string;
};

const toOutcome = (row: Row): DraftOutcome => ({
  id: row.id,
  first: Boolean(row.first),
  author: row.author,
  draftId: row.draft_id,
  releasedDraftId: row.released_draft_id,
  template: row.template,
  articleIds: JSON.parse(row.article_ids) as number[],
  outcome: row.outcome,
  distance: row.distance,
  technicianId: row.technician_id,
  createdAt: row.created_at,
});

/** A draft has one outcome: the first word on it counts. `after` is the draft that this one was written in place of. */
export async function insertDraftOutcome(
  db: Db,
  outcome: NewDraftOutcome,
  after: number | null,
  now: string,
): Promise<void> {
  const before =
    after === null ? undefined : await db("draft_outcomes").where({ draft_id: after }).first("id");
  await db("draft_outcomes")
    .insert({
      draft_id: outcome.draftId,
      released_draft_id: outcome.releasedDraftId,
      template: outcome.template,
      article_ids: JSON.stringify(outcome.articleIds),
      outcome: outcome.outcome,
      first: before === undefined,
      distance: outcome.distance,
      technician_id: outcome.technicianId,
      created_at: now,
    })
    .onConflict("draft_id")
    .ignore();
}

const outcomes = (db: Db) =>
  db("draft_outcomes as o").join("drafts as d", "d.id", "o.draft_id").select("o.*", "d.author");

/** Outcomes after one, in order. */
export async function draftOutcomesAfter(
  db: Db,
  after: number,
  limit: number,
): Promise<readonly DraftOutcome[]> {
  const rows = (await outcomes(db).where("o.id", ">", after).orderBy("o.id").limit(limit)) as Row[];
  return rows.map(toOutcome);
}

/** The newest outcomes, oldest first. */
export async function latestDraftOutcomes(db: Db, limit: number): Promise<readonly DraftOutcome[]> {
  const rows = (await outcomes(db).orderBy("o.id", "desc").limit(limit)) as Row[];
  return rows.map(toOutcome).toReversed();
}

/** The texts of a draft as proposed and as released. */
interface ReleasedTexts {
  readonly draftId: number;
  readonly proposed: string;
  readonly released: string;
}

/** Both texts of these proposed drafts, of those that were released. */
export async function releasedTexts(db: Db, draftIds: readonly number[]): Promise<readonly ReleasedTexts[]> {
  if (draftIds.length === 0) return [];
  const rows = (await db("draft_outcomes as o")
    .join("drafts as p", "p.id", "o.draft_id")
    .join("drafts as r", "r.id", "o.released_draft_id")
    .whereIn("o.draft_id", draftIds)
    .orderBy("o.id")
    .select("o.draft_id", "p.content as proposed", "r.content as released")) as {
    draft_id: number;
    proposed: string;
    released: string;
  }[];
  return rows.map((row) => ({
    draftId: row.draft_id,
    proposed: bodyIn(row.proposed),
    released: bodyIn(row.released),
  }));
}

const bodyIn = (content: string): string => (JSON.parse(content) as { body: string }).body;
