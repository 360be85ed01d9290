import type { Knex } from "knex";

/**
 * What people have decided, as a log that models are learned from, and what engines had proposed. The log is only ever
 * added to: a model version names the stretches of it that it rests on, so that rolling back is one more version.
 */
export async function up(knex: Knex): Promise<void> {
  /** A message as a model sees it, kept when the first label for it came: every process learns from the same words. */
  await knex.schema.createTable("examples", (t) => {
    t.increments("id");
    t.integer("message_id").unique().references("id").inTable("messages");
    // The id of a row of an imported history.
    t.text("external_id").unique();
    t.text("subject").notNullable();
    t.text("body").notNullable();
    t.text("facts").notNullable(); // JSON list of tokens
    t.text("created_at").notNullable();
    t.check("(message_id IS NULL) <> (external_id IS NULL)", [], "examples_from_a_message_or_a_history");
  });
  await knex.schema.createTable("labels", (t) => {
    t.increments("id");
    t.integer("example_id").notNullable().references("id").inTable("examples");
    t.text("field").notNullable();
    t.text("label").notNullable();
    // True: a person took this label back, and did not say which one is right.
    t.boolean("refuted").notNullable().defaultTo(false);
    // NULL for an imported history.
    t.integer("decision_id").references("id").inTable("decisions");
    t.text("author").notNullable();
    t.text("created_at").notNullable();
    t.index(["example_id"]);
  });

  /** Versions of the models: `parent`, and the labels after `from_label_id` up to `through_label_id`. */
  await knex.schema.createTable("models", (t) => {
    t.increments("version");
    t.integer("parent").references("version").inTable("models");
    t.integer("from_label_id").notNullable();
    t.integer("through_label_id").notNullable();
    t.text("kind").notNullable().checkIn(["snapshot", "rollback", "rebuild"]);
    // How many labels it rests on.
    t.integer("labels").notNullable();
    // Code and starter set that the bytes are for; another base learns anew from the labels.
    t.text("base").notNullable();
    t.text("author").notNullable();
    t.text("created_at").notNullable();
  });
  /** The models themselves, of the newest versions: older ones are learned anew when somebody goes back to them. */
  await knex.schema.createTable("model_bytes", (t) => {
    t.integer("version").notNullable().references("version").inTable("models");
    t.text("field").notNullable();
    t.text("sha256").notNullable();
    t.binary("bytes").notNullable();
    t.primary(["version", "field"]);
  });

  /** What an engine said about a field of a message, and what a person said of it. */
  await knex.schema.createTable("predictions", (t) => {
    t.increments("id");
    t.integer("message_id").notNullable().references("id").inTable("messages");
    t.text("field").notNullable();
    t.text("engine").notNullable();
    t.text("version").notNullable();
    t.text("value").notNullable();
    t.double("confidence").notNullable();
    // The engine's own figure before it was calibrated; NULL where it has no other.
    t.double("score");
    t.text("created_at").notNullable();
    // Filled when a person has decided:
    t.text("actual");
    t.boolean("agreed");
    t.integer("decision_id").references("id").inTable("decisions");
    t.text("settled_at");
    t.unique(["message_id", "field", "engine"]);
    t.index(["engine", "field", "settled_at"]);
  });

  /** What became of a proposed text, and how far the person's is from it. */
  await knex.schema.createTable("draft_outcomes", (t) => {
    t.increments("id");
    // The draft as it was proposed; one outcome each.
    t.integer("draft_id").notNullable().unique().references("id").inTable("drafts");
    // The draft that was released; NULL where none was.
    t.integer("released_draft_id").references("id").inTable("drafts");
    t.text("template").notNullable();
    t.text("article_ids").notNullable(); // JSON
    t.text("outcome").notNullable().checkIn(["approved", "edited", "rejected", "redrafted"]);
    // False for a draft that was asked for after another had been turned down: it says nothing of what goes out unseen.
    t.boolean("first").notNullable();
    // Words that changed as a share of all words, 0 to 1; NULL where nothing was released.
    t.double("distance");
    t.integer("technician_id").notNullable().references("id").inTable("technicians");
    t.text("created_at").notNullable();
    t.index(["template", "id"]);
  });
}

/** Forward only: a desk's history is not something to roll back. */
export async function down(): Promise<void> {
  throw new Error("Migrations go forward only. Restore a backup made before the update instead.");
}
