import type { Knex } from "knex";

/** What a hosted model costs, and how its questions end: shared by all processes of a desk, kept over a restart. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("model_spending", (t) => {
    // YYYY-MM-DD, UTC.
    t.text("day").primary();
    // Millionths of the currency of the configured prices; what is set aside for questions under way counts as spent.
    t.bigInteger("spent_micros").notNullable().defaultTo(0);
    t.bigInteger("input_tokens").notNullable().defaultTo(0);
    t.bigInteger("output_tokens").notNullable().defaultTo(0);
    t.integer("calls").notNullable().defaultTo(0);
  });
  await knex.schema.createTable("model_answers", (t) => {
    t.text("day").notNullable();
    // triage, draft, embed
    t.text("question").notNullable();
    // ok, or why there was no answer that could be used
    t.text("outcome").notNullable();
    t.integer("count").notNullable().defaultTo(0);
    t.primary(["day", "question", "outcome"]);
  });
}

/** Forward only: a desk's history is not something to roll back. */
export async function down(): Promise<void> {
  throw new Error("Migrations go forward only. Restore a backup made before the update instead.");
}
