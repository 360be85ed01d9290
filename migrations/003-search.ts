import type { Knex } from "knex";
import { countWords, indexed, type Indexed } from "../src/store/article-index.ts";

/** The search for articles: stems of our own, the same on both databases, and the vocabulary they make. */
export async function up(knex: Knex): Promise<void> {
  const postgres = knex.client.config.client === "pg";
  // "C": by bytes, as SQLite compares.
  const word = postgres ? 'text COLLATE "C"' : "text";
  /** How many articles hold a word, and how many in their title; '' counts all articles and all their words. */
  await knex.schema.createTable("article_words", (t) => {
    t.specificType("word", word).notNullable().primary();
    t.integer("articles").notNullable();
    t.bigInteger("titles").notNullable();
  });
  /** Each word under itself and under itself less one letter, for words that are spelt wrongly. */
  await knex.raw(
    `CREATE TABLE article_word_keys (key ${word} NOT NULL, word ${word} NOT NULL, PRIMARY KEY (key, word)) ${postgres ? "" : "WITHOUT ROWID"}`,
  );
  await knex.schema.alterTable("articles", (t) => t.integer("word_count").notNullable().defaultTo(0));
  await (postgres ? dropPostgresIndex(knex) : dropSqliteIndex(knex));
  await (postgres ? createPostgresIndex(knex) : createSqliteIndex(knex));
  await indexAnew(knex);
}

async function indexAnew(knex: Knex): Promise<void> {
  for (let after = 0; ;) {
    const rows = (await knex("articles")
      .where("id", ">", after)
      .orderBy("id")
      .limit(200)
      .select("id", "title", "body")) as { id: number; title: string; body: string }[];
    const added: Indexed[] = [];
    for (const row of rows) {
      const words = indexed(row);
      await knex("articles").where({ id: row.id }).update(words);
      added.push(words);
      after = row.id;
    }
    if (rows.length === 0) return;
    await countWords(knex, { added, removed: [] });
  }
}

const COLUMNS = ["title_words", "body_words"];

async function dropSqliteIndex(knex: Knex): Promise<void> {
  for (const when of ["insert", "delete", "update"]) await knex.raw(`DROP TRIGGER articles_fts_${when}`);
  await knex.raw("DROP TABLE articles_fts");
}

async function createSqliteIndex(knex: Knex): Promise<void> {
  const list = COLUMNS.join(", ");
  const fresh = COLUMNS.map((c) => `new.${c}`).join(", ");
  const stale = COLUMNS.map((c) => `old.${c}`).join(", ");
  await knex.raw(
    `CREATE VIRTUAL TABLE articles_fts USING fts5(${list}, content='articles', content_rowid='id', tokenize='unicode61 remove_diacritics 0')`,
  );
  await knex.raw("INSERT INTO articles_fts(articles_fts) VALUES ('rebuild')");
  await knex.raw(
    `CREATE TRIGGER articles_fts_insert AFTER INSERT ON articles BEGIN INSERT INTO articles_fts(rowid, ${list}) VALUES (new.id, ${fresh}); END`,
  );
  await knex.raw(
    `CREATE TRIGGER articles_fts_delete AFTER DELETE ON articles BEGIN INSERT INTO articles_fts(articles_fts, rowid, ${list}) VALUES ('delete', old.id, ${stale}); END`,
  );
  await knex.raw(
    `CREATE TRIGGER articles_fts_update AFTER UPDATE OF ${list} ON articles BEGIN
       INSERT INTO articles_fts(articles_fts, rowid, ${list}) VALUES ('delete', old.id, ${stale});
       INSERT INTO articles_fts(rowid, ${list}) VALUES (new.id, ${fresh}); END`,
  );
  // Whose an article is, without reading the article: few belong to one client alone.
  await knex.raw("CREATE INDEX articles_private ON articles(id, client_id) WHERE client_id IS NOT NULL");
}

async function dropPostgresIndex(knex: Knex): Promise<void> {
  await knex.raw("ALTER TABLE articles DROP COLUMN search");
}

/** The title has an index of its own: one index with weights would read each article again to see where its word stands. */
async function createPostgresIndex(knex: Knex): Promise<void> {
  await knex.raw(
    `ALTER TABLE articles
       ADD COLUMN title_search tsvector GENERATED ALWAYS AS (to_tsvector('simple', title_words)) STORED,
       ADD COLUMN search tsvector GENERATED ALWAYS AS (to_tsvector('simple', title_words) || to_tsvector('simple', body_words)) STORED`,
  );
  await knex.raw("CREATE INDEX articles_title_search ON articles USING gin(title_search)");
  await knex.raw("CREATE INDEX articles_search ON articles USING gin(search)");
}

/** Forward only: a desk's history is not something to roll back. */
export async function down(): Promise<void> {
  throw new Error("Migrations go forward only. Restore a backup made before the update instead.");
}
