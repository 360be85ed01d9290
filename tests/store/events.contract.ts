import { beforeEach, describe, expect, it } from "vitest";
import type { Knex } from "knex";
import {
  appendEvents,
  eventsAfter,
  eventsOf,
  sealEvents,
  sealHead,
  verifyChains,
} from "../../src/store/events.ts";
import { freshStore } from "./fresh-store.ts";
import { LATER, NOW, errorOf, event, type OpenStore } from "./store.ts";

const seal = (database: Knex) => database.transaction((transaction) => sealEvents(transaction, LATER));

export function eventsContract(open: OpenStore): void {
  describe("the audit log", () => {
    let db: Knex;
    // Seals count on after the rows of an earlier test are gone; here each test counts from 1.
    let earlier = 0;
    const store = freshStore(open, ({ database }) => {
      db = database.db;
    });
    beforeEach(async () => {
      const newest = (await db("seals").max({ seq: "seq" }).first()) as { seq: number | null } | undefined;
      earlier = newest?.seq ?? earlier;
      await db("seals").del();
      await db("events").del();
    });

    const faults = async (): Promise<readonly string[]> =>
      (await verifyChains(db)).faults.map(
        ({ stream, seq, what }) => `${stream} ${stream === "seals" ? seq - earlier : seq}: ${what}`,
      );

    it("chains the events of each stream", async () => {
      await appendEvents(db, [event("ticket:1"), event("desk"), event("ticket:1")], NOW);
      await appendEvents(db, [event("ticket:1", "Third.")], LATER);
      await appendEvents(db, [], LATER);
      const chain = await eventsOf(db, ["ticket:1"]);
      expect(chain.map((each) => each.seq)).toEqual([1, 2, 3]);
      expect(chain[2]).toMatchObject({
        at: LATER,
        sentence: "Third.",
        evidence: { n: 1 },
        actor: { kind: "desk", id: "test" },
        previousHash: chain[1]?.hash,
      });
      expect((await eventsOf(db, ["desk", "ticket:1"])).map((each) => each.stream)).toEqual([
        "ticket:1",
        "desk",
        "ticket:1",
        "ticket:1",
      ]);
      expect(await eventsOf(db, [])).toEqual([]);
      expect((await eventsAfter(db, chain[0]?.id ?? 0, 2)).map((each) => each.stream)).toEqual([
        "desk",
        "ticket:1",
      ]);
      expect(typeof chain[0]?.id).toBe("number");
      expect(await verifyChains(db)).toEqual({ events: 4, streams: 2, seals: 0, faults: [] });
    });

    it("starts a fresh stream without a look-up, and refuses a lie about it", async () => {
      await appendEvents(db, [event("ticket:1"), event("ticket:1")], NOW, new Set(["ticket:1"]));
      expect(await errorOf(appendEvents(db, [event("ticket:1")], NOW, new Set(["ticket:1"])))).not.toBeNull();
      expect(await faults()).toEqual([]);
    });

    it.each(["half a pair: \ud83d", "a NUL: \0", "\ud83d\ude00 ü \u202e \"' \n"])(
      "hashes what is kept: %j",
      async (sentence) => {
        await appendEvents(db, [{ ...event("ticket:1", sentence), evidence: { subject: sentence } }], NOW);
        expect(await faults()).toEqual([]);
        expect((await eventsOf(db, ["ticket:1"]))[0]?.evidence).toEqual({ subject: sentence });
      },
    );

    it("walks chains of more rows than it reads at once", async () => {
      for (let i = 0; i < 5; i++)
        await appendEvents(
          db,
          Array.from({ length: 500 }, (_, n) => event(`ticket:${n % 9}`)),
          NOW,
        );
      expect(await verifyChains(db)).toEqual({ events: 2500, streams: 9, seals: 0, faults: [] });
    });

    describe("shows tampering:", () => {
      beforeEach(async () => {
        await appendEvents(
          db,
          [event("ticket:1"), event("ticket:1"), event("ticket:1"), event("ticket:2")],
          NOW,
        );
        await sealEvents(db, NOW);
        await appendEvents(db, [event("ticket:2")], LATER);
        await sealEvents(db, LATER);
        expect(await faults()).toEqual([]);
      });
      const third = { stream: "ticket:1", seq: 3 };

      it.each(["sentence", "evidence", "actor", "at", "kind"])("an edited %s", async (column) => {
        await db("events")
          .where({ stream: "ticket:1", seq: 2 })
          .update({ [column]: '{"kind":"person","id":"x"}' });
        expect(await faults()).toEqual(["ticket:1 2: was changed after it was written"]);
      });
      it("a row whose hash was made to fit", async () => {
        await db("events")
          .where({ stream: "ticket:1", seq: 2 })
          .update({ sentence: "Other.", hash: "a".repeat(64) });
        expect(await faults()).toContain("ticket:1 3: does not follow the event before it");
      });
      it("a deleted row", async () => {
        await db("events").where({ stream: "ticket:1", seq: 2 }).del();
        expect(await faults()).toContain("ticket:1 3: events 2 to 2 are missing");
      });
      it("a cut tail", async () => {
        await db("events").where(third).del();
        expect(await faults()).toEqual([
          "seals 1: the 3 events it sealed are not those that stand there now",
        ]);
      });
      it("a stream that is gone", async () => {
        await db("events").where({ stream: "ticket:2" }).del();
        expect(await faults()).toHaveLength(2);
      });
      it("a changed seal", async () => {
        await db("seals")
          .where({ seq: earlier + 1 })
          .update({ at: LATER });
        expect(await faults()).toEqual(["seals 1: the seal was changed, or one before it is missing"]);
      });
      it("a deleted seal", async () => {
        await db("seals")
          .where({ seq: earlier + 1 })
          .del();
        expect((await faults()).some((fault) => fault.startsWith("seals 2: the seal was changed"))).toBe(
          true,
        );
      });
    });

    it("seals what is new, once, and keeps its head", async () => {
      expect(await sealHead(db)).toBe("");
      expect(await sealEvents(db, NOW)).toMatchObject({ sealed: 0 });
      await appendEvents(db, [event("desk"), event("desk")], NOW);
      const first = await sealEvents(db, NOW);
      expect(first.sealed).toBe(2);
      expect(await sealHead(db)).toBe(first.hash);
      expect(await sealEvents(db, LATER)).toEqual({ hash: first.hash, sealed: 0 });
    });

    it("leaves events younger than `before` for the next seal", async () => {
      await appendEvents(db, [event("desk")], NOW);
      await appendEvents(db, [event("desk")], LATER);
      expect(await sealEvents(db, LATER, NOW)).toMatchObject({ sealed: 1 });
      expect(await sealEvents(db, LATER, NOW)).toMatchObject({ sealed: 0 });
      expect(await sealEvents(db, LATER)).toMatchObject({ sealed: 1 });
      expect(await faults()).toEqual([]);
    });

    it("is sealed by two at once without a fork", async () => {
      await appendEvents(db, [event("desk")], NOW);
      const second = await store.another();
      const sealed = await Promise.all([seal(db), seal(second.db), seal(db), seal(second.db)]);
      expect(sealed.map((each) => each.sealed).toSorted((a, b) => a - b)).toEqual([0, 0, 0, 1]);
      expect(await verifyChains(db)).toMatchObject({ seals: 1, faults: [] });
    });
  });
}
