import type { Knex } from "knex";

/** The client's promise of a first answer, as it stood when a person was asked. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable("reviews", (t) => {
    // ISO 8601; NULL: nothing was promised, or somebody has answered.
    t.text("answer_due_at");
    // When the reviewer is reminded of it; NULL: not because of this.
    t.text("remind_at");
  });
  await knex.raw(
    "CREATE INDEX reviews_remind ON reviews (remind_at) WHERE status = 'open' AND reminders = 0 AND remind_at IS NOT NULL",
  );
}

/** Forward only: a desk's history is not something to roll back. */
export async function down(): Promise<void> {
  throw new Error("Migrations go forward only. Restore a backup made before the update instead.");
}
