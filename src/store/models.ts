import { createHash } from "node:crypto";
import type { Db } from "./database.ts";
import type { LabelStretch } from "./labels.ts";
import { exchangeSetting, readSetting } from "./settings.ts";

/** One version of the models: its parent's labels, and a stretch of the log after it. */
export interface ModelVersion {
  readonly version: number;
  /** `null` for the first. */
  readonly parent: number | null;
  readonly fromLabelId: number;
  readonly throughLabelId: number;
  readonly kind: "snapshot" | "rollback" | "rebuild";
  /** How many labels it rests on. */
  readonly labels: number;
  readonly base: string;
  readonly author: string;
  readonly createdAt: string;
}

export type NewModelVersion = Omit<ModelVersion, "version" | "createdAt">;

type Row = {
  version: number;
  parent: number | null;
  from_label_id: number;
  through_label_id: number;
  kind: ModelVersion["kind"];
  labels: number;
  base: string;
  author: string;
  created_at: string;
};

const toVersion = (row: Row): ModelVersion => ({
  version: row.version,
  parent: row.parent,
  fromLabelId: row.from_label_id,
  throughLabelId: row.through_label_id,
  kind: row.kind,
  labels: row.labels,
  base: row.base,
  author: row.author,
  createdAt: row.created_at,
});

/** The version in use; 0 before the first. Cheap: it is asked each second. */
export async function headVersion(db: Db): Promise<number> {
  return Number((await readSetting(db, "model_head")) ?? 0);
}

/**
 * Add a version and make it the one in use, if `head` still is; `null` where somebody was first. `models` is `null` where
 * the bytes are an ancestor's.
 */
export async function addModelVersion(
  db: Db,
  head: number,
  added: NewModelVersion,
  models: ReadonlyMap<string, Uint8Array> | null,
  now: string,
): Promise<number | null> {
  const [row] = (await db("models")
    .insert({
      parent: added.parent,
      from_label_id: added.fromLabelId,
      through_label_id: added.throughLabelId,
      kind: added.kind,
      labels: added.labels,
      base: added.base,
      author: added.author,
      created_at: now,
    })
    .returning("version")) as { version: number }[];
  if (row === undefined) throw new Error("the model version was not stored");
  const { version } = row;
  if (!(await exchangeSetting(db, "model_head", head === 0 ? null : String(head), String(version)))) {
    await db("models").where({ version }).delete();
    return null;
  }
  for (const [field, bytes] of models ?? [])
    await db("model_bytes").insert({ version, field, sha256: sha256(bytes), bytes: Buffer.from(bytes) });
  return version;
}

export async function modelVersions(db: Db): Promise<readonly ModelVersion[]> {
  return ((await db("models").orderBy("version")) as Row[]).map(toVersion);
}

/** A version and all it rests on, itself first. Empty where there is no such version. */
export function lineOf(versions: readonly ModelVersion[], version: number): readonly ModelVersion[] {
  const byNumber = new Map(versions.map((one) => [one.version, one]));
  const line: ModelVersion[] = [];
  for (let at = byNumber.get(version); at !== undefined; at = byNumber.get(at.parent ?? 0)) line.push(at);
  return line;
}

/** The labels that a line of versions rests on, oldest stretch first; those without a label are left out. */
export function stretchesOf(line: readonly ModelVersion[]): readonly LabelStretch[] {
  return line
    .map((one) => ({ from: one.fromLabelId, through: one.throughLabelId }))
    .filter((stretch) => stretch.through > stretch.from)
    .toReversed();
}

/** The models of a version by field, or a sentence why they cannot be used; `null` where none are kept. */
export async function modelBytes(
  db: Db,
  version: number,
): Promise<ReadonlyMap<string, Uint8Array> | string | null> {
  const rows = (await db("model_bytes").where({ version }).select("field", "sha256", "bytes")) as {
    field: string;
    sha256: string;
    bytes: Buffer;
  }[];
  if (rows.length === 0) return null;
  const damaged = rows.find((row) => sha256(row.bytes) !== row.sha256);
  if (damaged !== undefined) return `its ${damaged.field} model is damaged`;
  return new Map(rows.map((row) => [row.field, row.bytes]));
}

/** Versions whose models are kept. */
export async function keptVersions(db: Db): Promise<readonly number[]> {
  const rows = (await db("model_bytes").distinct("version").orderBy("version")) as { version: number }[];
  return rows.map((row) => row.version);
}

/** Keep the models of the newest `count` versions that have any. */
export async function dropOldModels(db: Db, count: number): Promise<void> {
  const old = (await keptVersions(db)).slice(0, -count);
  if (old.length > 0) await db("model_bytes").whereIn("version", old).delete();
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
