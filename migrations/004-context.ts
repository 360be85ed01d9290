import type { Knex } from "knex";

/** What a reviewer should know of a client, a contact and their devices before a word goes out. */
export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable("clients", (t) => {
    t.boolean("regulated").notNullable().defaultTo(false);
  });
  await knex.schema.alterTable("contacts", (t) => {
    t.text("notes").notNullable().defaultTo("");
  });
  await knex.schema.createTable("devices", (t) => {
    t.increments("id");
    t.integer("client_id").notNullable().references("id").inTable("clients").onDelete("CASCADE");
    t.integer("contact_id").references("id").inTable("contacts").onDelete("SET NULL");
    t.text("name").notNullable();
    // The name in lower case: what a client writes in a mail is `lt-0042` as often as `LT-0042`.
    t.text("name_key").notNullable();
    t.text("type").notNullable().defaultTo("");
    t.text("os").notNullable().defaultTo("");
    t.text("serial").notNullable().defaultTo("");
    t.text("serial_key").notNullable().defaultTo("");
    t.text("notes").notNullable().defaultTo("");
    t.unique(["client_id", "name_key"]);
    t.index(["client_id", "serial_key"]);
    t.index(["contact_id"]);
  });
}

/** Forward only: a desk's history is not something to roll back. */
export async function down(): Promise<void> {
  throw new Error("Migrations go forward only. Restore a backup made before the update instead.");
}
