import type { LearnedField } from "../desk/learned-field.ts";
import type { Lesson } from "../desk/lesson.ts";
import type { Db } from "./database.ts";

/** What an engine said about one field of a message. */
export interface NewPrediction {
  readonly field: LearnedField;
  readonly value: string;
  /** 0 to 1, as it was shown. */
  readonly confidence: number;
  /** The engine's own figure before it was calibrated; `null` where it has no other. */
  readonly score: number | null;
}

/**
 * Keep what an engine said of a message: the one that acts, or one in its shadow. What is known already stays as it is.
 * Where a person has decided meanwhile, the prediction is held against their word at once.
 */
export async function recordPredictions(
  db: Db,
  of: { readonly messageId: number; readonly engine: string; readonly version: string },
  predictions: readonly NewPrediction[],
  now: string,
): Promise<void> {
  if (predictions.length === 0) return;
  const settled = (await db("predictions")
    .where({ message_id: of.messageId })
    .whereNotNull("actual")
    .whereNot("engine", of.engine)
    .select("field", "actual", "decision_id")) as {
    field: LearnedField;
    actual: string;
    decision_id: number | null;
  }[];
  await db("predictions")
    .insert(
      predictions.map((one) => ({
        message_id: of.messageId,
        field: one.field,
        engine: of.engine,
        version: of.version,
        value: one.value,
        confidence: one.confidence,
        score: one.score,
        created_at: now,
      })),
    )
    .onConflict(["message_id", "field", "engine"])
    .ignore();
  for (const { field, actual, decision_id: decisionId } of settled)
    await settlePredictions(db, of.messageId, [{ field, label: actual, refuted: false }], decisionId, now);
}

/** Hold what every engine said of this message against a person's word. The last word counts. */
export async function settlePredictions(
  db: Db,
  messageId: number,
  lessons: readonly Lesson[],
  decisionId: number | null,
  now: string,
): Promise<void> {
  for (const { field, label, refuted } of lessons) {
    const rows = db("predictions").where({ message_id: messageId, field });
    const by = { decision_id: decisionId, settled_at: now };
    // Which value is right is not known: those who said something else have not been judged.
    if (refuted) await rows.where({ value: label }).update({ ...by, agreed: false });
    else
      await rows.update({
        ...by,
        actual: label,
        agreed: db.raw("value = ?", [label]),
      });
  }
}

/** A prediction that a person has judged. */
export interface SettledPrediction {
  readonly messageId: number;
  readonly field: LearnedField;
  readonly engine: string;
  readonly version: string;
  readonly value: string;
  readonly confidence: number;
  readonly score: number | null;
  readonly agreed: boolean;
}

type Row = {
  message_id: number;
  field: LearnedField;
  engine: string;
  version: string;
  value: string;
  confidence: number;
  score: number | null;
  agreed: boolean | number;
};

const toSettled = (row: Row): SettledPrediction => ({
  messageId: row.message_id,
  field: row.field,
  engine: row.engine,
  version: row.version,
  value: row.value,
  confidence: row.confidence,
  score: row.score,
  agreed: Boolean(row.agreed),
});

/** The newest judged predictions of one engine, or of all, oldest first. */
export async function settledPredictions(
  db: Db,
  query: { readonly engine?: string; readonly limit: number },
): Promise<readonly SettledPrediction[]> {
  const rows = (await db("predictions")
    .whereNotNull("settled_at")
    .modify((q) => {
      if (query.engine !== undefined) void q.where("engine", query.engine);
    })
    .orderBy("id", "desc")
    .limit(query.limit)) as Row[];
  return rows.map(toSettled).toReversed();
}

/** What was judged of these messages. */
export async function settledOfMessages(
  db: Db,
  messageIds: readonly number[],
): Promise<readonly SettledPrediction[]> {
  const found: SettledPrediction[] = [];
  // SQLite takes some 32,000 values in one statement.
  for (let start = 0; start < messageIds.length; start += 1000) {
    const rows = (await db("predictions")
      .whereIn("message_id", messageIds.slice(start, start + 1000))
      .whereNotNull("settled_at")) as Row[];
    found.push(...rows.map(toSettled));
  }
  return found;
}
