import type { Knex } from "knex";

/** Articles as vectors, by a model that somebody else runs: what they mean beside the words they use. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("article_vectors", (t) => {
    t.integer("article_id").primary().references("id").inTable("articles").onDelete("CASCADE");
    // Vectors of two models have nothing to do with each other.
    t.text("model").notNullable();
    // Of the text that was sent, in hexadecimal: an article that only changed hands need not be sent again.
    t.text("text_sha256").notNullable();
    // The state of the article that it was made of.
    t.text("article_updated_at").notNullable();
    // 32-bit floats, the lowest byte first, of length 1. NULL: the model would not take this text.
    t.binary("vector");
    // Why, as a sentence; NULL where there is a vector.
    t.text("refused");
    // Counts up with each write: what is new since then.
    t.integer("version").notNullable();
    t.index(["version"]);
  });
  // Which articles have changed, without walking their bodies.
  await knex.raw("CREATE INDEX articles_changed ON articles (id, updated_at)");
}

/** Forward only: a desk's history is not something to roll back. */
export async function down(): Promise<void> {
  throw new Error("Migrations go forward only. Restore a backup made before the update instead.");
}
