import type { Db } from "./database.ts";

/** Small facts of the desk that survive a restart. */
type SettingName =
  | "paused"
  | "frozen"
  | "next_ticket_number"
  | "installed_at"
  | "quarantine_told"
  /** The version of the models that is in use. */
  | "model_head"
  /** An outage that lasts, by the part of the desk that it concerns: JSON, see `steps/upkeep/alarm.ts`. */
  | `outage:${string}`
  /** A refresh token that the issuer has replaced, sealed with the desk's key. */
  | `refresh-token:${string}`;

export async function readSetting(db: Db, name: SettingName): Promise<string | null> {
  const row = (await db("settings").where({ name }).first("value")) as { value: string } | undefined;
  return row?.value ?? null;
}

export async function removeSetting(db: Db, name: SettingName): Promise<boolean> {
  return (await db("settings").where({ name }).delete()) > 0;
}

export async function writeSetting(db: Db, name: SettingName, value: string): Promise<void> {
  await db("settings").insert({ name, value }).onConflict("name").merge({ value });
}

/** Compare and set: `null` stands for no row. Answers whether `was` still held. */
export async function exchangeSetting(
  db: Db,
  name: SettingName,
  was: string | null,
  becomes: string | null,
): Promise<boolean> {
  if (was === null) {
    if (becomes === null) return true;
    const rows = (await db("settings")
      .insert({ name, value: becomes })
      .onConflict("name")
      .ignore()
      .returning("name")) as unknown[];
    return rows.length > 0;
  }
  const row = db("settings").where({ name, value: was });
  return (becomes === null ? await row.delete() : await row.update({ value: becomes })) > 0;
}

/** Settings whose name begins so, by the rest of their name. */
export async function settingsUnder(db: Db, prefix: "outage:"): Promise<ReadonlyMap<string, string>> {
  const rows = (await db("settings").whereLike("name", `${prefix}%`).select("name", "value")) as {
    name: string;
    value: string;
  }[];
  return new Map(rows.map(({ name, value }) => [name.slice(prefix.length), value]));
}
