import type { Knex } from "knex";

/** Which signatures the replies bore that the desk has acted on, so that a copy under another Message-ID is known as one. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("reply_signatures", (t) => {
    // SHA-256 of the bytes in `b=`, hex.
    t.text("fingerprint").primary();
    t.integer("message_id").notNullable().references("messages.id");
  });
}

/** Forward only: a desk's history is not something to roll back. */
export async function down(): Promise<void> {
  throw new Error("Migrations go forward only. Restore a backup made before the update instead.");
}
