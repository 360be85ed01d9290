import type { Knex } from "knex";

/** How the mail of an example was made, for what tells spam: clues as hashes, none of its words. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable("examples", (t) => {
    // Two bytes a clue, base64; empty where nobody looked.
    t.text("making").notNullable().defaultTo("");
  });
}

/** Forward only: a desk's history is not something to roll back. */
export async function down(): Promise<void> {
  throw new Error("Migrations go forward only. Restore a backup made before the update instead.");
}
