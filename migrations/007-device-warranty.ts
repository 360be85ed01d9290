import type { Knex } from "knex";

/** Clients ask whether a device is still under warranty; the record may know. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable("devices", (t) => {
    // Its last day, YYYY-MM-DD; empty where nobody noted it.
    t.text("warranty").notNullable().defaultTo("");
  });
}

/** Forward only: a desk's history is not something to roll back. */
export async function down(): Promise<void> {
  throw new Error("Migrations go forward only. Restore a backup made before the update instead.");
}
