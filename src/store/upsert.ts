import type { Db } from "./database.ts";

/** What an import did with one row. */
export type Change = "added" | "changed" | "same";

/** Inserts a row, or updates the one that has the key where it differs. */
export async function upsert(
  db: Db,
  table: string,
  key: Readonly<Record<string, unknown>>,
  values: Readonly<Record<string, unknown>>,
): Promise<{ change: Change; id: number }> {
  const existing = (await db(table).where(key).first()) as
    (Record<string, unknown> & { id: number }) | undefined;
  if (existing === undefined) {
    const [row] = (await db(table)
      .insert({ ...key, ...values })
      .returning("*")) as { id: number }[];
    return { change: "added", id: row?.id ?? 0 };
  }
  const same = Object.entries(values).every(
    ([name, value]) =>
      String(existing[name]) ===
      String(typeof value === "boolean" && typeof existing[name] === "number" ? Number(value) : value),
  );
  if (!same) await db(table).where(key).update(values);
  return { change: same ? "same" : "changed", id: existing.id };
}
