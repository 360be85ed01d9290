import { describe, expect, it } from "vitest";
import type { Knex } from "knex";
import { insertAuthorisation, insertRelease } from "../../src/store/releases.ts";
import { freshStore } from "./fresh-store.ts";
import { decision, draft, insideMail, release, technician, ticket, unique } from "./rows.ts";
import { NOW, errorOf, type OpenStore } from "./store.ts";

const row = (over: object): object => ({
  status: "held",
  message_id: `<${unique("x")}@desk.example>`,
  envelope_from: "support@desk.example",
  envelope_to: "[]",
  mime: Buffer.from("x"),
  hold_until: NOW,
  next_attempt_at: NOW,
  created_at: NOW,
  ...over,
});

/** What the database itself refuses, whatever the code above it does. */
export function schemaContract(open: OpenStore): void {
  describe("the schema", () => {
    let db: Knex;
    const store = freshStore(open, ({ database }) => {
      db = database.db;
    });

    it("is brought up to date once, also by a second process", async () => {
      const second = await store.another();
      const ran = (await second.db("knex_migrations").select("name")) as { name: string }[];
      expect(ran.map((row) => row.name)).toEqual([...new Set(ran.map((row) => row.name))]);
      expect(await second.db("knex_migrations_lock").first("is_locked")).toEqual({ is_locked: 0 });
    });

    it("enforces foreign keys on every connection", async () => {
      const second = await store.another();
      for (const each of [db, second.db]) {
        expect(
          await errorOf(
            each("login_links").insert({
              token_sha256: unique("t"),
              technician_id: 999_999,
              expires_at: NOW,
            }),
          ),
        ).toMatchObject({
          message: expect.stringMatching(/foreign key/i) as string,
        });
      }
    });

    it.each([
      ["tickets", "status", "lost"],
      ["drafts", "status", "lost"],
      ["drafts", "kind", "letter"],
      ["releases", "status", "lost"],
    ])("refuses %s.%s = %s", async (table, column, value) => {
      await release(db);
      expect(await errorOf(db(table).update({ [column]: value }))).toMatchObject({
        message: expect.stringMatching(/check/i) as string,
      });
    });

    it("lets mail inside the desk go to a registered technician only", async () => {
      await insideMail(db, await technician(db));
      expect(await errorOf(insideMail(db, 999_999))).not.toBeNull();
      expect(await errorOf(db("outbox").update({ technician_id: null }))).not.toBeNull();
    });
  });

  describe("the gate in the database", () => {
    let db: Knex;
    freshStore(open, ({ database }) => {
      db = database.db;
    });

    async function authorised() {
      const made = await ticket(db);
      const drafted = await draft(db, made.id);
      const authorisation = await insertAuthorisation(
        db,
        { kind: "decision", decisionId: await decision(db, made.id) },
        drafted,
        NOW,
      );
      return {
        ticket_id: made.id,
        draft_id: drafted.id,
        authorisation_id: authorisation.id,
        canonical_sha256: drafted.canonicalSha256,
      };
    }

    it("lets a release with its own authorisation through", async () => {
      expect(await errorOf(db("releases").insert(row(await authorised())))).toBeNull();
    });

    it.each([
      ["no authorisation", () => Promise.resolve({ authorisation_id: null })],
      ["one that does not exist", () => Promise.resolve({ authorisation_id: 999_999 })],
      [
        "another draft's authorisation",
        async () => ({ authorisation_id: (await authorised()).authorisation_id }),
      ],
      [
        "another draft's authorisation and hash",
        async () => {
          const other = await authorised();
          return { authorisation_id: other.authorisation_id, canonical_sha256: other.canonical_sha256 };
        },
      ],
      ["another hash", () => Promise.resolve({ canonical_sha256: "f".repeat(64) })],
      ["no hash", () => Promise.resolve({ canonical_sha256: null })],
      ["no draft", () => Promise.resolve({ draft_id: null })],
    ])("refuses a release with %s", async (_, over) => {
      const own = await authorised();
      expect(await errorOf(db("releases").insert(row({ ...own, ...(await over()) })))).not.toBeNull();
      expect(await db("releases").where({ draft_id: own.draft_id }).first()).toBeUndefined();
    });

    it.each([
      ["neither a decision nor a policy", { kind: "decision" }],
      ["a grant without its policy", { kind: "grant" }],
      ["a grant without its rule", { kind: "grant", policy_version: 1 }],
      ["a decision that does not exist", { kind: "decision", decision_id: 999_999 }],
      ["an unknown kind", { kind: "whim", policy_version: 1, policy_rule: 0 }],
      ["a policy called a decision", { kind: "decision", policy_version: 1, policy_rule: 0 }],
    ])("refuses an authorisation with %s", async (_, source) => {
      const drafted = await draft(db, (await ticket(db)).id);
      const made = db("authorisations").insert({
        draft_id: drafted.id,
        canonical_sha256: drafted.canonicalSha256,
        created_at: NOW,
        ...source,
      });
      expect(await errorOf(made)).not.toBeNull();
    });

    it("refuses an authorisation with both a decision and a policy", async () => {
      const made = await ticket(db);
      const drafted = await draft(db, made.id);
      const decided = await decision(db, made.id);
      for (const kind of ["decision", "grant"]) {
        const both = {
          kind,
          draft_id: drafted.id,
          canonical_sha256: drafted.canonicalSha256,
          created_at: NOW,
          decision_id: decided,
          policy_version: 1,
          policy_rule: 0,
        };
        expect(await errorOf(db("authorisations").insert(both))).not.toBeNull();
      }
    });

    it("makes one release of a draft, whatever authorises a second", async () => {
      const first = await release(db);
      const second = await insertAuthorisation(
        db,
        { kind: "grant", policyVersion: 1, rule: 0 },
        { id: first.draftId, canonicalSha256: first.hash },
        NOW,
      );
      const again = insertRelease(
        db,
        {
          ticketId: first.ticketId,
          draftId: first.draftId,
          authorisation: second,
          messageId: "<again@desk.example>",
          envelopeFrom: "",
          envelopeTo: [],
          mime: Buffer.from("x"),
          holdUntil: NOW,
        },
        NOW,
      );
      expect(await errorOf(again)).toMatchObject({ message: expect.stringMatching(/unique/i) as string });
    });

    it.each([
      ["mime", Buffer.from("other")],
      ["message_id", "<other@desk.example>"],
      ["envelope_from", "other@desk.example"],
      ["envelope_to", '["other@contoso.example"]'],
      ["canonical_sha256", "e".repeat(64)],
      ["authorisation_id", 1],
      ["draft_id", 1],
      ["ticket_id", 1],
    ])("keeps a release's %s as it was frozen", async (column, value) => {
      const frozen = await release(db);
      const before: unknown = await db("releases").where({ id: frozen.id }).first();
      expect(
        await errorOf(
          db("releases")
            .where({ id: frozen.id })
            .update({ [column]: value }),
        ),
      ).toMatchObject({ message: expect.stringContaining("frozen") as string });
      expect(await db("releases").where({ id: frozen.id }).first()).toEqual(before);
    });

    it("keeps releases and authorisations: neither can be taken away or turned into another", async () => {
      const kept = await release(db);
      expect(await errorOf(db("releases").where({ id: kept.id }).del())).not.toBeNull();
      expect(await errorOf(db("authorisations").where({ id: kept.authorisationId }).del())).not.toBeNull();
      const other = await decision(db, kept.ticketId);
      expect(
        await errorOf(
          db("authorisations").where({ id: kept.authorisationId }).update({ decision_id: other }),
        ),
      ).not.toBeNull();
      expect(await db("authorisations").where({ id: kept.authorisationId }).first()).not.toMatchObject({
        decision_id: other,
      });
    });
  });
}
