import type { Knex } from "knex";
import { createJobsTable } from "../src/queue/sqlite.ts";

/**
 * The whole first schema, for SQLite and PostgreSQL.
 *
 * Conventions: timestamps are ISO 8601 UTC text (they sort, and both databases compare them alike); JSON is text;
 * every `status` has a CHECK and is written by src/store/transition.ts alone.
 */
export async function up(knex: Knex): Promise<void> {
  const sqlite = knex.client.config.client === "sqlite3";

  // -- Mail as it came -------------------------------------------------------------------------------------------
  await knex.schema.createTable("raw_messages", (t) => {
    t.text("sha256").primary();
    t.integer("size").notNullable();
    // Encrypted with the desk's key: review mail and review replies hold tokens.
    t.boolean("sealed").notNullable().defaultTo(false);
    // NULL where the message is large: then its bytes are in raw_chunks, a megabyte each.
    t.binary("bytes");
    t.text("created_at").notNullable();
  });
  await knex.schema.createTable("raw_chunks", (t) => {
    t.text("sha256").notNullable().references("sha256").inTable("raw_messages").onDelete("CASCADE");
    t.integer("seq").notNullable();
    t.binary("bytes").notNullable();
    t.primary(["sha256", "seq"]);
  });
  await knex.schema.createTable("mailbox_cursors", (t) => {
    t.text("account").notNullable();
    t.text("folder").notNullable();
    t.text("uid_validity").notNullable();
    // RFC 3501 §2.3.1.1: a UID has 32 bits without a sign.
    t.bigInteger("last_uid").notNullable();
    // Below this UID, mail older than the first contact is passed over: after a new UIDVALIDITY everything is seen again.
    t.bigInteger("rescan_below");
    t.text("started_at").notNullable();
    t.primary(["account", "folder", "uid_validity"]);
  });

  // -- People ----------------------------------------------------------------------------------------------------
  await knex.schema.createTable("queues", (t) => {
    t.increments("id");
    t.text("name").notNullable().unique();
    t.text("skills").notNullable().defaultTo("[]");
    t.boolean("is_default").notNullable().defaultTo(false);
  });
  await knex.schema.createTable("technicians", (t) => {
    t.increments("id");
    t.text("name").notNullable();
    t.text("email").notNullable().unique();
    t.text("role").notNullable().checkIn(["technician", "lead", "admin"]);
    t.text("queues").notNullable().defaultTo("[]");
    t.text("skills").notNullable().defaultTo("[]");
    t.text("hours").notNullable().defaultTo("");
    t.text("aliases").notNullable().defaultTo("[]");
    t.text("delegates").notNullable().defaultTo("[]");
    t.boolean("active").notNullable().defaultTo(true);
  });
  await knex.schema.createTable("clients", (t) => {
    t.increments("id");
    t.text("name").notNullable().unique();
    t.text("domains").notNullable().defaultTo("[]");
    t.boolean("vip").notNullable().defaultTo(false);
    t.text("sla").notNullable().defaultTo("");
    t.text("notes").notNullable().defaultTo("");
  });
  await knex.schema.createTable("client_domains", (t) => {
    t.text("domain").primary();
    t.integer("client_id").notNullable().references("id").inTable("clients").onDelete("CASCADE");
  });
  await knex.schema.createTable("contacts", (t) => {
    t.increments("id");
    t.integer("client_id").notNullable().references("id").inTable("clients").onDelete("CASCADE");
    t.text("name").notNullable();
    t.text("email").notNullable().unique();
    t.boolean("vip").notNullable().defaultTo(false);
  });
  await knex.schema.createTable("slas", (t) => {
    t.text("name").primary();
    t.text("hours").notNullable().defaultTo("");
    t.text("targets").notNullable().defaultTo("{}");
  });
  await knex.schema.createTable("runbooks", (t) => {
    t.text("name").primary();
    t.text("definition").notNullable();
  });

  // -- What admins write: templates, policies, rules, link allow-list; every version with its author ---------------
  await knex.schema.createTable("documents", (t) => {
    t.text("kind").notNullable().checkIn(["template", "policies", "rules", "links"]);
    t.text("name").notNullable();
    t.integer("version").notNullable();
    // NULL: this version goes back to the default in templates/.
    t.text("body");
    t.text("author").notNullable();
    t.text("created_at").notNullable();
    t.primary(["kind", "name", "version"]);
  });
  await knex.schema.createTable("articles", (t) => {
    t.increments("id");
    t.integer("client_id").references("id").inTable("clients").onDelete("CASCADE");
    t.text("title").notNullable();
    t.text("source").notNullable().unique();
    t.text("body").notNullable();
    // Title and body as src/store/search-query.ts cuts them into words; what the full text indexes read.
    t.text("title_words").notNullable();
    t.text("body_words").notNullable();
    t.text("author").notNullable();
    t.text("updated_at").notNullable();
  });

  // -- Tickets and their messages --------------------------------------------------------------------------------
  await knex.schema.createTable("tickets", (t) => {
    t.increments("id");
    t.integer("number").notNullable().unique();
    t.text("subject").notNullable();
    t.text("status")
      .notNullable()
      .checkIn(["new", "open", "pending", "resolved", "closed", "spam", "merged"]);
    t.integer("client_id").references("id").inTable("clients");
    t.integer("contact_id").references("id").inTable("contacts");
    t.text("requester_name").notNullable();
    t.text("requester_address").notNullable();
    t.text("queue").notNullable();
    t.integer("assignee_id").references("id").inTable("technicians");
    t.text("type").notNullable();
    t.text("category").notNullable();
    t.text("impact").notNullable();
    t.text("urgency").notNullable();
    t.text("priority").notNullable();
    t.integer("last_client_message_id");
    t.integer("merged_into_id").references("id").inTable("tickets");
    t.integer("minutes_spent").notNullable().defaultTo(0);
    t.text("snoozed_until");
    t.text("closed_at");
    t.text("created_at").notNullable();
    t.text("updated_at").notNullable();
    // The words of the subject and of the head of the first message, for look-ups.
    t.text("search_text").notNullable();
    t.index(["status", "assignee_id"]);
    t.index(["status", "number"]);
    t.index(["client_id", "id"]);
  });
  await knex.schema.createTable("messages", (t) => {
    t.increments("id");
    t.text("status").notNullable().checkIn(["received", "filed", "quarantined"]);
    t.text("direction").notNullable().checkIn(["in", "out", "note"]);
    t.text("raw_sha256").references("sha256").inTable("raw_messages");
    t.integer("size").notNullable().defaultTo(0);
    t.text("source").notNullable(); // smtp | imap | desk
    t.text("account");
    t.text("folder");
    t.text("uid_validity");
    t.bigInteger("uid");
    t.text("envelope"); // JSON of RFC 5321's envelope; NULL for IMAP
    t.text("received_at").notNullable();
    // Filled when filed:
    t.text("message_id"); // with angle brackets
    t.text("relay_message_id"); // the id a relay put in its place
    // Message-ID and content together: two workers cannot file the same mail twice. NULL on duplicates.
    t.text("receipt_key").unique();
    t.text("from_address");
    t.text("from_name");
    t.text("to_addresses");
    t.text("cc_addresses");
    t.text("subject");
    t.text("sent_at");
    t.text("new_text");
    t.text("attachments"); // JSON
    t.text("disposition"); // FilingKind
    t.text("disposition_code");
    t.text("disposition_reason");
    t.integer("ticket_id").references("id").inTable("tickets");
    t.integer("duplicate_of").references("id").inTable("messages");
    t.integer("suggested_ticket_id").references("id").inTable("tickets");
    t.text("triage"); // JSON, design §4
    t.index(["ticket_id"]);
    t.index(["status"]);
    t.index(["raw_sha256"]);
    t.index(["disposition"]);
  });

  // -- Drafts, reviews, decisions --------------------------------------------------------------------------------
  await knex.schema.createTable("drafts", (t) => {
    t.increments("id");
    t.integer("ticket_id").notNullable().references("id").inTable("tickets");
    t.integer("revision").notNullable();
    t.text("status")
      .notNullable()
      .checkIn([
        "proposed",
        "approved",
        "released",
        "sent",
        "rejected",
        "superseded",
        "cancelled",
        "failed",
        "uncertain",
        "bounced",
      ]);
    t.text("kind").notNullable().checkIn(["reply", "acknowledge"]);
    t.text("template").notNullable();
    t.text("content").notNullable(); // JSON of review/release.ts ReplyContent
    t.text("canonical_sha256").notNullable();
    t.integer("based_on_message_id").references("id").inTable("messages");
    t.text("author").notNullable(); // addr-spec of a technician, or the engine's name
    t.integer("edited_from_draft_id"); // the draft that an edit or a redraft came from
    t.text("findings").notNullable().defaultTo("{}"); // JSON: articles, unsourced, warnings, dropped recipients, risks
    t.text("created_at").notNullable();
    t.unique(["ticket_id", "revision"]);
    t.index(["kind", "created_at"]);
  });
  await knex.schema.createTable("reviews", (t) => {
    t.increments("id");
    t.integer("ticket_id").notNullable().references("id").inTable("tickets");
    t.integer("draft_id").references("id").inTable("drafts");
    t.text("status").notNullable().checkIn(["open", "snoozed", "decided", "void", "expired"]);
    t.integer("technician_id").references("id").inTable("technicians");
    t.boolean("urgent").notNullable().defaultTo(false);
    t.text("risk").notNullable().defaultTo("{}"); // JSON of desk/risk.ts HighRisk
    t.text("actions").notNullable().defaultTo("[]"); // JSON of proposed actions with their verdicts
    t.text("reasons").notNullable().defaultTo("[]"); // why a person is asked
    t.text("expires_at").notNullable();
    t.text("snoozed_until");
    t.integer("reminders").notNullable().defaultTo(0);
    // The digest it was last asked in; NULL while it waits for one.
    t.text("digest_id");
    t.text("created_at").notNullable();
    t.index(["status", "technician_id", "digest_id"]);
    t.index(["status", "id"]);
    t.index(["ticket_id"]);
  });
  await knex.schema.createTable("outbox", (t) => {
    t.increments("id");
    t.text("kind").notNullable(); // digest | transcript | notice | reminder | login-link | alert
    // Mail inside the desk goes to a registered technician and nobody else: the only road to a client is a release.
    t.integer("technician_id").notNullable().references("id").inTable("technicians");
    t.text("message_id").notNullable().unique();
    t.integer("ticket_id").references("id").inTable("tickets");
    t.text("status").notNullable().checkIn(["queued", "sent", "failed"]);
    t.binary("sealed_mail").notNullable();
    t.integer("attempts").notNullable().defaultTo(0);
    t.text("next_attempt_at").notNullable();
    t.text("last_error");
    t.text("created_at").notNullable();
    t.text("sent_at");
    // When somebody else was told that this one failed.
    t.text("told_at");
    t.index(["status", "next_attempt_at"]);
  });
  await knex.schema.createTable("digests", (t) => {
    t.text("id").primary(); // random; the token is derived from it with the desk's key
    t.text("token_sha256").notNullable().unique();
    t.integer("technician_id").notNullable().references("id").inTable("technicians");
    t.integer("outbox_id").notNullable().references("id").inTable("outbox");
    t.text("created_at").notNullable();
    // probe: it asks nothing; a reply to it only shows how the desk knows that the reply is the technician's.
    t.text("purpose").notNullable().defaultTo("review").checkIn(["review", "probe"]);
    t.text("expires_at").notNullable();
    t.text("revoked_at");
    t.text("revoked_reason");
    t.index(["technician_id", "created_at"]);
  });
  await knex.schema.createTable("digest_items", (t) => {
    t.text("digest_id").notNullable().references("id").inTable("digests");
    t.integer("number").notNullable();
    t.integer("review_id").references("id").inTable("reviews");
    t.integer("ticket_id").notNullable().references("id").inTable("tickets");
    t.integer("draft_id").references("id").inTable("drafts");
    t.integer("draft_revision");
    t.text("canonical_sha256");
    t.integer("act_id");
    // live | used | void; a void item still takes `note` and `stop`.
    t.text("status").notNullable().checkIn(["live", "used", "void"]);
    t.text("void_reason");
    t.primary(["digest_id", "number"]);
    t.index(["review_id"]);
  });
  await knex.schema.createTable("decisions", (t) => {
    t.increments("id");
    t.integer("review_id").references("id").inTable("reviews");
    t.integer("ticket_id").notNullable().references("id").inTable("tickets");
    t.integer("draft_id").references("id").inTable("drafts");
    t.integer("draft_revision");
    t.integer("technician_id").notNullable().references("id").inTable("technicians");
    t.text("verb").notNullable();
    t.text("channel").notNullable().checkIn(["mail", "console", "api"]);
    t.text("detail").notNullable().defaultTo("{}");
    t.text("proof").notNullable();
    t.integer("message_id").references("id").inTable("messages");
    t.text("created_at").notNullable();
    t.index(["ticket_id"]);
    t.index(["review_id"]);
    t.index(["message_id"]);
  });
  /** What the desk did alone under a policy; undoable. */
  await knex.schema.createTable("acts", (t) => {
    t.increments("id");
    t.integer("ticket_id").notNullable().references("id").inTable("tickets");
    t.text("action").notNullable(); // JSON of the proposed action
    t.text("before").notNullable(); // JSON of what it replaced
    t.integer("policy_version").notNullable();
    t.integer("policy_rule").notNullable();
    t.boolean("flagged").notNullable().defaultTo(false);
    t.text("reasons").notNullable().defaultTo("[]");
    // Whose digest shows it.
    t.integer("technician_id").references("id").inTable("technicians");
    // What went out to the client, where something did.
    t.integer("draft_id").references("id").inTable("drafts");
    t.text("digest_id");
    t.text("undone_at");
    t.text("undone_by");
    t.text("created_at").notNullable();
    t.index(["technician_id", "digest_id"]);
    t.index(["ticket_id"]);
  });

  // -- The gate: no release without an authorisation of exactly its bytes --------------------------------------------
  await knex.schema.createTable("authorisations", (t) => {
    t.increments("id");
    t.text("kind").notNullable();
    t.integer("draft_id").notNullable().references("id").inTable("drafts");
    t.text("canonical_sha256").notNullable();
    t.integer("decision_id").references("id").inTable("decisions");
    t.integer("policy_version");
    t.integer("policy_rule");
    t.text("created_at").notNullable();
    t.unique(["id", "draft_id", "canonical_sha256"]);
    t.check(
      "(kind = 'decision' AND decision_id IS NOT NULL AND policy_version IS NULL AND policy_rule IS NULL) OR " +
        "(kind = 'grant' AND decision_id IS NULL AND policy_version IS NOT NULL AND policy_rule IS NOT NULL)",
      [],
      "authorisations_source",
    );
  });
  await knex.schema.createTable("releases", (t) => {
    t.increments("id");
    t.integer("ticket_id").notNullable().references("id").inTable("tickets");
    // One release a draft: a second approval cannot make a second mail.
    t.integer("draft_id").notNullable().unique();
    t.integer("authorisation_id").notNullable().unique();
    t.text("canonical_sha256").notNullable();
    t.text("status")
      .notNullable()
      .checkIn([
        "held",
        "ready",
        "claimed",
        "started",
        "accepted",
        "deferred",
        "rejected",
        "uncertain",
        "cancelled",
      ]);
    t.text("message_id").notNullable().unique();
    t.text("relay_message_id");
    t.text("envelope_from").notNullable();
    t.text("envelope_to").notNullable(); // JSON
    t.binary("mime").notNullable();
    t.text("hold_until").notNullable();
    t.text("next_attempt_at").notNullable();
    t.integer("attempts").notNullable().defaultTo(0);
    // A worker that wakes after its lease finds another fence and may write nothing.
    t.integer("fence").notNullable().defaultTo(0);
    t.text("lease_until");
    t.text("created_at").notNullable();
    t.text("finished_at");
    t.index(["status", "next_attempt_at"]);
    t.index(["ticket_id"]);
    t.foreign(["authorisation_id", "draft_id", "canonical_sha256"])
      .references(["id", "draft_id", "canonical_sha256"])
      .inTable("authorisations");
  });
  await knex.schema.createTable("deliveries", (t) => {
    t.increments("id");
    t.integer("release_id").notNullable().references("id").inTable("releases");
    t.integer("attempt").notNullable();
    t.text("outcome").notNullable(); // started | accepted | deferred | rejected | uncertain | resolved
    t.integer("smtp_code");
    t.text("enhanced_code");
    t.text("text").notNullable().defaultTo("");
    t.text("started_at").notNullable();
    t.text("finished_at");
    t.unique(["release_id", "attempt"]);
  });

  // -- The audit log -----------------------------------------------------------------------------------------------
  await knex.schema.createTable("events", (t) => {
    t.bigIncrements("id");
    t.text("stream").notNullable();
    t.integer("seq").notNullable();
    t.text("at").notNullable();
    t.text("actor").notNullable(); // JSON
    t.text("kind").notNullable();
    t.text("sentence").notNullable();
    t.text("evidence").notNullable();
    t.text("previous_hash").notNullable();
    t.text("hash").notNullable();
    t.unique(["stream", "seq"]);
  });
  await knex.schema.createTable("seals", (t) => {
    t.increments("seq");
    t.text("at").notNullable();
    t.bigInteger("last_event_id").notNullable();
    t.text("heads_sha256").notNullable();
    // One seal follows another: a second one in the same place would fork the chain.
    t.text("previous_hash").notNullable().unique();
    t.text("hash").notNullable();
  });

  // -- Access and settings -------------------------------------------------------------------------------------------
  await knex.schema.createTable("api_tokens", (t) => {
    t.increments("id");
    t.text("name").notNullable();
    t.text("role").notNullable();
    t.text("token_sha256").notNullable().unique();
    t.text("created_at").notNullable();
    t.text("revoked_at");
  });
  await knex.schema.createTable("login_links", (t) => {
    t.text("token_sha256").primary();
    t.integer("technician_id").notNullable().references("id").inTable("technicians");
    t.text("expires_at").notNullable();
    t.text("used_at");
  });
  await knex.schema.createTable("sessions", (t) => {
    t.text("token_sha256").primary();
    t.integer("technician_id").notNullable().references("id").inTable("technicians");
    t.text("csrf").notNullable();
    t.text("created_at").notNullable();
    t.text("expires_at").notNullable();
  });
  /** Warnings that mail from outside can set off: at most one a window for each subject, the others are counted. */
  await knex.schema.createTable("warnings", (t) => {
    t.text("subject").primary(); // technician:7
    t.text("sent_at").notNullable(); // "" before the first
    t.integer("held_back").notNullable().defaultTo(0);
  });
  await knex.schema.createTable("settings", (t) => {
    t.text("name").primary();
    t.text("value").notNullable();
  });

  await indexHostileText(knex, sqlite);
  if (sqlite) await sqliteOnly(knex);
  else await postgresOnly(knex);
}

/**
 * Columns that hold what a stranger wrote, looked up by equality alone. PostgreSQL's B-tree refuses a value above
 * 2,704 bytes, and a mail must not fail for the length of an id; its hash index takes any.
 */
async function indexHostileText(knex: Knex, sqlite: boolean): Promise<void> {
  for (const [name, place] of [
    ["messages_message_id", "messages (message_id)"],
    ["messages_relay_message_id", "messages (relay_message_id)"],
    ["releases_relay_message_id", "releases (relay_message_id)"],
    ["tickets_requester", "tickets (lower(requester_address))"],
  ] as const)
    await knex.raw(`CREATE INDEX ${name} ON ${sqlite ? place : place.replace(" (", " USING hash (")}`);
}

/** Written once. An authorisation or a release that could be deleted could be made a second time. */
const FROZEN = {
  releases: [
    "mime",
    "message_id",
    "envelope_from",
    "envelope_to",
    "canonical_sha256",
    "authorisation_id",
    "draft_id",
    "ticket_id",
  ],
  authorisations: [
    "kind",
    "draft_id",
    "canonical_sha256",
    "decision_id",
    "policy_version",
    "policy_rule",
    "created_at",
  ],
} as const;

async function sqliteOnly(knex: Knex): Promise<void> {
  await createJobsTable(knex);
  for (const [table, columns] of Object.entries(FROZEN))
    for (const [name, when] of [
      ["frozen", `UPDATE OF ${columns.join(", ")}`],
      ["kept", "DELETE"],
    ] as const)
      await knex.raw(
        `CREATE TRIGGER ${table}_${name} BEFORE ${when} ON ${table} BEGIN SELECT RAISE(ABORT, '${table} are frozen'); END`,
      );
  // Articles are searched by stem, tickets by the very words: what two mails share is often a name or a code.
  for (const [table, columns, tokenizer] of [
    ["articles", ["title_words", "body_words"], "porter unicode61 remove_diacritics 2"],
    ["tickets", ["search_text"], "unicode61 remove_diacritics 2"],
  ] as const) {
    const list = columns.join(", ");
    const fresh = columns.map((c) => `new.${c}`).join(", ");
    const stale = columns.map((c) => `old.${c}`).join(", ");
    await knex.raw(
      `CREATE VIRTUAL TABLE ${table}_fts USING fts5(${list}, content='${table}', content_rowid='id', tokenize='${tokenizer}')`,
    );
    await knex.raw(
      `CREATE TRIGGER ${table}_fts_insert AFTER INSERT ON ${table} BEGIN INSERT INTO ${table}_fts(rowid, ${list}) VALUES (new.id, ${fresh}); END`,
    );
    await knex.raw(
      `CREATE TRIGGER ${table}_fts_delete AFTER DELETE ON ${table} BEGIN INSERT INTO ${table}_fts(${table}_fts, rowid, ${list}) VALUES ('delete', old.id, ${stale}); END`,
    );
    await knex.raw(
      `CREATE TRIGGER ${table}_fts_update AFTER UPDATE OF ${list} ON ${table} BEGIN
         INSERT INTO ${table}_fts(${table}_fts, rowid, ${list}) VALUES ('delete', old.id, ${stale});
         INSERT INTO ${table}_fts(rowid, ${list}) VALUES (new.id, ${fresh}); END`,
    );
  }
}

async function postgresOnly(knex: Knex): Promise<void> {
  await knex.raw(
    `CREATE FUNCTION frozen() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION '% are frozen', TG_TABLE_NAME; END $$ LANGUAGE plpgsql`,
  );
  for (const [table, columns] of Object.entries(FROZEN))
    await knex.raw(
      `CREATE TRIGGER ${table}_frozen BEFORE DELETE OR UPDATE OF ${columns.join(", ")} ON ${table} FOR EACH ROW EXECUTE FUNCTION frozen()`,
    );
  await knex.raw(`CREATE SEQUENCE ticket_numbers AS integer START 1001 OWNED BY tickets.number`);
  await knex.raw(
    `ALTER TABLE articles ADD COLUMN search tsvector GENERATED ALWAYS AS
       (setweight(to_tsvector('english', title_words), 'A') || setweight(to_tsvector('english', body_words), 'C')) STORED`,
  );
  await knex.raw(
    `ALTER TABLE tickets ADD COLUMN search tsvector GENERATED ALWAYS AS (to_tsvector('simple', search_text)) STORED`,
  );
  await knex.raw(`CREATE INDEX articles_search ON articles USING gin(search)`);
  await knex.raw(`CREATE INDEX tickets_search ON tickets USING gin(search)`);
}

/** Forward only: a desk's history is not something to roll back. */
export async function down(): Promise<void> {
  throw new Error("Migrations go forward only. Restore a backup made before the update instead.");
}
