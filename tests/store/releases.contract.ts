import { describe, expect, it } from "vitest";
import type { Knex } from "knex";
import {
  insertAuthorisation,
  abandonedReleases,
  deliveriesOf,
  dueReleases,
  insertDelivery,
  insertRelease,
  listReleases,
  releaseByDraft,
  releaseById,
  releaseByMessageIds,
  releasesOf,
} from "../../src/store/releases.ts";
import { freshStore } from "./fresh-store.ts";
import { draft, release, ticket } from "./rows.ts";
import { LATER, NOW, type OpenStore } from "./store.ts";

const BEFORE = "2026-03-02T08:00:00.000Z";

export function releasesContract(open: OpenStore): void {
  describe("releases", () => {
    let db: Knex;
    freshStore(open, ({ database }) => {
      db = database.db;
    });

    it("come back byte for byte, with their authorisation and an id of their own", async () => {
      // Authorisations that nothing came of, so that the two ids differ.
      const other = await draft(db, (await ticket(db)).id);
      await insertAuthorisation(db, { kind: "grant", policyVersion: 1, rule: 0 }, other, NOW);
      const mime = Buffer.from(Array.from({ length: 512 }, (_, i) => i % 256));
      const made = await release(db, { mime });
      expect(made.id).not.toBe(made.authorisationId);
      const expected = {
        id: made.id,
        ticketId: made.ticketId,
        draftId: made.draftId,
        status: "held",
        messageId: made.messageId,
        relayMessageId: null,
        envelopeTo: ["ana@contoso.example"],
        mime,
        attempts: 0,
        fence: 0,
        createdAt: NOW,
        finishedAt: null,
      };
      for (const found of [
        await releaseById(db, made.id),
        await releaseByDraft(db, made.draftId),
        await releaseByMessageIds(db, ["<none@x.example>", made.messageId]),
      ]) {
        expect(found).toMatchObject(expected);
        expect(found?.authorisation).toMatchObject({
          kind: "decision",
          id: made.authorisationId,
          canonicalSha256: made.hash,
        });
      }
      // A list holds no bytes, which may be megabytes each; it says how many there are.
      const { mime: bytes, ...rest } = expected;
      for (const [listed] of [await releasesOf(db, made.ticketId), await listReleases(db, { limit: 1 })]) {
        expect(listed).toMatchObject({ ...rest, size: bytes.length });
        expect(listed).not.toHaveProperty("mime");
      }
      expect(await releaseById(db, 999_999)).toBeNull();
      expect(await releaseByMessageIds(db, [])).toBeNull();
    });

    it("carry a policy's grant", async () => {
      const { id: ticketId } = await ticket(db);
      const drafted = await draft(db, ticketId, { kind: "acknowledge" });
      const authorisation = await insertAuthorisation(
        db,
        { kind: "grant", policyVersion: 3, rule: 0 },
        drafted,
        NOW,
      );
      await insertRelease(
        db,
        {
          ticketId,
          draftId: drafted.id,
          authorisation,
          messageId: "<grant@desk.example>",
          envelopeFrom: "",
          envelopeTo: [],
          mime: Buffer.from("x"),
          holdUntil: NOW,
        },
        NOW,
      );
      expect((await releaseByDraft(db, drafted.id))?.authorisation).toEqual({
        kind: "grant",
        id: authorisation.id,
        policyVersion: 3,
        rule: 0,
        canonicalSha256: drafted.canonicalSha256,
      });
    });

    it("are found by the id that a relay gave", async () => {
      const made = await release(db);
      await db("releases").where({ id: made.id }).update({ relay_message_id: "<ses@relay.example>" });
      expect((await releaseByMessageIds(db, ["<ses@relay.example>"]))?.id).toBe(made.id);
    });

    it("are due by state and time", async () => {
      const status = async (value: string, over: object = {}) => {
        const { id } = await release(db, { holdUntil: NOW });
        await db("releases")
          .where({ id })
          .update({ status: value, ...over });
        return id;
      };
      const due = [await status("held"), await status("ready"), await status("deferred")];
      const not = [
        await status("claimed"),
        await status("accepted"),
        await status("uncertain"),
        await status("held", { next_attempt_at: LATER }),
      ];
      const found = await dueReleases(db, NOW, 1000);
      expect(found).toEqual(expect.arrayContaining(due));
      expect(found.filter((id) => not.includes(id))).toEqual([]);
      expect(await dueReleases(db, NOW, 1)).toHaveLength(1);
      expect(await dueReleases(db, BEFORE, 1000)).toEqual([]);
      const dead = await status("started", { lease_until: NOW });
      const alive = await status("claimed", { lease_until: LATER });
      const abandoned = (await abandonedReleases(db, NOW)).map((each) => each.id);
      expect(abandoned).toContain(dead);
      expect(abandoned).not.toContain(alive);
    });

    it("are listed newest first by state", async () => {
      const ids = [];
      for (let i = 0; i < 3; i++) {
        const { id } = await release(db);
        await db("releases").where({ id }).update({ status: "rejected" });
        ids.push(id);
      }
      expect((await listReleases(db, { state: "rejected", limit: 2 })).map((each) => each.id)).toEqual([
        ids[2],
        ids[1],
      ]);
      expect(
        (await listReleases(db, { state: "rejected", limit: 2, before: ids[1] ?? 0 })).map((each) => each.id),
      ).toEqual([ids[0]]);
    });

    it("keep one line an attempt, begun and then ended", async () => {
      const { id } = await release(db);
      await insertDelivery(db, { releaseId: id, attempt: 1, outcome: "started" }, NOW);
      await insertDelivery(
        db,
        {
          releaseId: id,
          attempt: 1,
          outcome: "deferred",
          smtpCode: 451,
          enhancedCode: "4.7.1",
          text: "greylisted \0",
          finishedAt: LATER,
        },
        LATER,
      );
      await insertDelivery(db, { releaseId: id, attempt: 2, outcome: "started" }, LATER);
      expect(await deliveriesOf(db, [id])).toEqual([
        {
          releaseId: id,
          attempt: 1,
          outcome: "deferred",
          smtpCode: 451,
          enhancedCode: "4.7.1",
          text: "greylisted \ufffd",
          startedAt: NOW,
          finishedAt: LATER,
        },
        {
          releaseId: id,
          attempt: 2,
          outcome: "started",
          smtpCode: null,
          enhancedCode: null,
          text: "",
          startedAt: LATER,
          finishedAt: null,
        },
      ]);
      expect(await deliveriesOf(db, [])).toEqual([]);
    });
  });
}
