import type { LearnedField } from "../desk/learned-field.ts";
import type { Lesson } from "../desk/lesson.ts";
import type { Db } from "./database.ts";
import { isPostgres } from "./search-query.ts";

/** A message as a model sees it. Facts are short tokens: `client:12`, `rule:vpn`. */
interface StoredExample {
  readonly subject: string;
  readonly body: string;
  readonly facts: readonly string[];
  /** How the mail was made, as a model packs it; "" or left out where nobody looked. */
  readonly making?: string;
}

/** One thing that a person said of a message. */
export interface NewLabel extends Lesson {
  /** `null`: it came with an imported history. */
  readonly decisionId: number | null;
  readonly author: string;
}

export interface LabelRecord extends NewLabel {
  readonly id: number;
  readonly example: StoredExample;
}

/** What an example is about: a message here, or a row of an imported history. */
type ExampleSource = { readonly messageId: number } | { readonly externalId: string };

/** Labels are numbered in the order in which they commit, so that a process that follows the log misses none. Any number of our own. */
const LABELLING = 1_129_270_868;

/** Hold the end of the log until the transaction ends; call it last in one. */
export async function lockLabels(db: Db): Promise<void> {
  if (isPostgres(db)) await db.raw("SELECT pg_advisory_xact_lock(?)", [LABELLING]);
}

/**
 * Add to the log. Call it last in a transaction: on PostgreSQL one at a time goes on from here to its commit. The example
 * is written with the first label for it.
 */
export async function insertLabels(
  db: Db,
  source: ExampleSource,
  example: StoredExample,
  labels: readonly NewLabel[],
  now: string,
): Promise<void> {
  if (labels.length === 0) return;
  await lockLabels(db);
  const exampleId = await exampleIdOf(db, source, example, now);
  await db("labels").insert(
    labels.map((one) => ({
      example_id: exampleId,
      field: one.field,
      label: one.label,
      refuted: one.refuted,
      decision_id: one.decisionId,
      author: one.author,
      created_at: now,
    })),
  );
}

const columnsOf = (source: ExampleSource): object =>
  "messageId" in source ? { message_id: source.messageId } : { external_id: source.externalId };

async function exampleIdOf(
  db: Db,
  source: ExampleSource,
  example: StoredExample,
  now: string,
): Promise<number> {
  const known = (await db("examples").where(columnsOf(source)).first("id")) as { id: number } | undefined;
  if (known !== undefined) return known.id;
  const [row] = (await db("examples")
    .insert({
      ...columnsOf(source),
      subject: example.subject,
      body: example.body,
      facts: JSON.stringify(example.facts),
      making: example.making ?? "",
      created_at: now,
    })
    .returning("id")) as { id: number }[];
  if (row === undefined) throw new Error("the example was not stored");
  return row.id;
}

type Row = {
  id: number;
  field: LearnedField;
  label: string;
  refuted: boolean | number;
  decision_id: number | null;
  author: string;
  subject: string;
  body: string;
  facts: string;
  making: string;
};

/** A stretch of the log: the labels after `from`, up to and with `through`. */
export interface LabelStretch {
  readonly from: number;
  readonly through: number;
}

/** The labels of one stretch in order, at most `limit`. */
export async function labelsIn(
  db: Db,
  stretch: LabelStretch,
  limit: number,
): Promise<readonly LabelRecord[]> {
  const rows = (await db("labels as l")
    .join("examples as e", "e.id", "l.example_id")
    .where("l.id", ">", stretch.from)
    .where("l.id", "<=", stretch.through)
    .orderBy("l.id")
    .limit(limit)
    .select(
      "l.id",
      "l.field",
      "l.label",
      "l.refuted",
      "l.decision_id",
      "l.author",
      "e.subject",
      "e.body",
      "e.facts",
      "e.making",
    )) as Row[];
  return rows.map((row) => ({
    id: row.id,
    field: row.field,
    label: row.label,
    refuted: Boolean(row.refuted),
    decisionId: row.decision_id,
    author: row.author,
    example: {
      subject: row.subject,
      body: row.body,
      facts: JSON.parse(row.facts) as string[],
      making: row.making,
    },
  }));
}

/** The newest label's id; 0 before the first. */
export async function lastLabelId(db: Db): Promise<number> {
  const row = (await db("labels").max({ id: "id" }).first()) as { id: number | null } | undefined;
  return row?.id ?? 0;
}

export async function countLabelsIn(db: Db, stretch: LabelStretch): Promise<number> {
  const row = (await db("labels")
    .where("id", ">", stretch.from)
    .where("id", "<=", stretch.through)
    .count({ count: "*" })
    .first()) as { count: number | string } | undefined;
  return Number(row?.count ?? 0);
}

/** What people have said of a message, field by field; the last word counts. */
export async function labelsOfMessage(db: Db, messageId: number): Promise<ReadonlyMap<LearnedField, string>> {
  const rows = (await db("labels as l")
    .join("examples as e", "e.id", "l.example_id")
    .where({ "e.message_id": messageId, "l.refuted": false })
    .orderBy("l.id")
    .select("l.field", "l.label")) as Pick<Row, "field" | "label">[];
  return new Map(rows.map((row) => [row.field, row.label]));
}

/** The last labels of imported rows, by their id in the history: those that are known already. */
export async function labelsOfHistory(
  db: Db,
  externalIds: readonly string[],
): Promise<ReadonlyMap<string, Readonly<Partial<Record<LearnedField, string>>>>> {
  const rows = (await db("labels as l")
    .join("examples as e", "e.id", "l.example_id")
    .whereIn("e.external_id", externalIds)
    .orderBy("l.id")
    .select("e.external_id", "l.field", "l.label")) as (Pick<Row, "field" | "label"> & {
    external_id: string;
  })[];
  const found = new Map<string, Partial<Record<LearnedField, string>>>();
  for (const row of rows)
    found.set(row.external_id, { ...found.get(row.external_id), [row.field]: row.label });
  return found;
}
