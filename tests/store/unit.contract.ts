import { beforeEach, describe, expect, it } from "vitest";
import type { Knex } from "knex";
import { TemporaryError } from "../../src/errors.ts";
import { transact } from "../../src/steps/unit.ts";
import { isRetryable } from "../../src/store/database-errors.ts";
import { eventsOf, verifyChains } from "../../src/store/events.ts";
import { writeSetting } from "../../src/store/settings.ts";
import { freshStore } from "./fresh-store.ts";
import { draft, ticket } from "./rows.ts";
import { NOW, errorOf, event, type OpenStore } from "./store.ts";
import { unitDesk, type UnitDesk } from "./unit-desk.ts";

export function unitContract(open: OpenStore): void {
  describe("a step's transaction", () => {
    let db: Knex;
    let desk: UnitDesk;
    const store = freshStore(open, ({ database }) => {
      db = database.db;
      desk = unitDesk(database);
    });
    beforeEach(async () => {
      for (const table of ["settings", "events", "queues"]) await db(table).del();
    });

    const left = async () => ({
      settings: (await db("settings").orderBy("name").pluck("name")) as string[],
      events: (await db("events").pluck("sentence")) as string[],
    });

    it("commits its writes, its events and its jobs together", async () => {
      const answer = await transact(desk, "test", async (unit) => {
        await writeSetting(unit.db, "paused", "1");
        unit.beginStream("desk");
        unit.record(event("desk"));
        unit.enqueue({ kind: "do", payload: { id: 1 } });
        return unit.now;
      });
      expect(answer).toBe(NOW);
      expect(await left()).toEqual({ settings: ["job:do", "paused"], events: ["Something happened."] });
    });

    it.each(["in the work", "before the commit", "in the queue"])(
      "leaves nothing when it fails %s",
      async (where) => {
        const failing = unitDesk(store.database, (name) => {
          if (where === "before the commit" && name === "test: before commit") throw new Error("stop");
        });
        const work = transact(failing, "test", async (unit) => {
          await writeSetting(unit.db, "paused", "1");
          unit.record(event("desk"));
          unit.enqueue({ kind: "do", payload: {} });
          if (where === "in the queue")
            unit.enqueue({
              kind: null as unknown as string,
              payload: undefined as unknown as Record<string, unknown>,
            });
          if (where === "in the work") throw new Error("stop");
        });
        expect(await errorOf(work)).not.toBeNull();
        expect(await left()).toEqual({ settings: [], events: [] });
      },
    );

    it("has committed when it fails after its commit", async () => {
      const failing = unitDesk(store.database, (name) => {
        if (name === "test: after commit") throw new Error("stop");
      });
      expect(
        await errorOf(transact(failing, "test", (unit) => writeSetting(unit.db, "paused", "1"))),
      ).toMatchObject({ message: "stop" });
      expect(await left()).toMatchObject({ settings: ["paused"] });
    });

    it("that fails keeps back none of those beside it, and leaves nothing itself", async () => {
      const works = ["a", "b", "bad", "c", "d"].map((name) =>
        transact(desk, "test", async (unit) => {
          await unit.db("queues").insert({ name });
          unit.beginStream(`message:${name}`);
          unit.record(event(`message:${name}`, `${name}.`));
          unit.enqueue({ kind: name, payload: {} });
          if (name === "bad") throw new Error("stop");
          return name;
        }),
      );
      const answers = (await Promise.allSettled(works)).map((one) =>
        one.status === "fulfilled" ? one.value : "failed",
      );
      expect(answers).toEqual(["a", "b", "failed", "c", "d"]);
      const { settings, events } = await left();
      expect(settings).toEqual(["job:a", "job:b", "job:c", "job:d"]);
      expect((await db("queues").orderBy("name").pluck("name")) as string[]).toEqual(["a", "b", "c", "d"]);
      expect(events.toSorted()).toEqual(["a.", "b.", "c.", "d."]);
      expect((await verifyChains(db)).faults).toEqual([]);
    });

    it("links its events after those of the others on one chain", async () => {
      await Promise.all(
        [1, 2, 3, 4, 5].map((nth) =>
          transact(desk, "test", async (unit) => unit.record(event("desk", `${nth}.`))),
        ),
      );
      expect((await verifyChains(db)).faults).toEqual([]);
      expect((await eventsOf(db, ["desk"])).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    });

    it("runs again on a unique violation, and nothing is left of the first run", async () => {
      let runs = 0;
      await transact(desk, "test", async (unit) => {
        runs += 1;
        unit.record(event("desk", `Run ${runs}.`));
        unit.enqueue({ kind: `run${runs}`, payload: {} });
        await unit.db("queues").insert({ name: `queue ${runs}` });
        if (runs === 1) await unit.db("queues").insert({ name: "queue 1" });
      });
      expect(runs).toBe(2);
      expect(await left()).toEqual({ settings: ["job:run2"], events: ["Run 2."] });
      expect(await db("queues").pluck("name")).toEqual(["queue 2"]);
    });

    it("gives up after some tries, with a sentence", async () => {
      await db("queues").insert({ name: "taken" });
      const error = await errorOf(
        transact(desk, "test", (unit) => unit.db("queues").insert({ name: "taken" })),
      );
      expect(error).toBeInstanceOf(TemporaryError);
    });

    it("does not run again on anything else", async () => {
      let runs = 0;
      const work = transact(desk, "test", async (unit) => {
        runs += 1;
        await unit.db("drafts").insert({ ticket_id: 999_999 });
      });
      expect(isRetryable(await errorOf(work))).toBe(false);
      expect(runs).toBe(1);
    });

    it("runs again for two writers on one chain and one row of revisions", async () => {
      const second = unitDesk(await store.another());
      const { id } = await ticket(db);
      const write = (each: UnitDesk, sentence: string) =>
        transact(each, "test", async (unit) => {
          unit.record(event(`ticket:${id}`, sentence));
          return draft(unit.db, id);
        });
      const made = await Promise.all([
        write(desk, "a"),
        write(second, "b"),
        write(desk, "c"),
        write(second, "d"),
      ]);
      expect(made.map((each) => each.revision).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4]);
      expect((await eventsOf(db, [`ticket:${id}`])).map((each) => each.sentence).toSorted()).toEqual([
        "a",
        "b",
        "c",
        "d",
      ]);
      expect((await verifyChains(db)).faults).toEqual([]);
    });
  });
}
