import type { Db } from "./database.ts";

/** Small facts of the desk that survive a restart. */
export type SettingName = "paused" | "next_ticket_number" | "installed_at";

export async function readSetting(db: Db, name: SettingName): Promise<string | null> {
  const row = (await db("settings").where({ name }).first("value")) as { value: string } | undefined;
  return row?.value ?? null;
}

export async function writeSetting(db: Db, name: SettingName, value: string): Promise<void> {
  await db("settings").insert({ name, value }).onConflict("name").merge({ value });
}
