import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { packMaking } from "../../../src/assistant/learning/making.ts";
import { FieldModel } from "../../../src/assistant/learning/field-model.ts";
import type { LearnedField } from "../../../src/desk/learned-field.ts";
import type { Learner } from "../../../src/steps/learning/learner-shape.ts";
import { createLearner } from "../../../src/steps/learning/learner.ts";
import { rebuildModels } from "../../../src/steps/learning/rebuild-models.ts";
import type { Starter } from "../../../src/steps/learning/restore-models.ts";
import { rollBackModels } from "../../../src/steps/learning/roll-back-models.ts";
import type { Database } from "../../../src/store/database.ts";
import { eventsOf } from "../../../src/store/events.ts";
import { insertLabels } from "../../../src/store/labels.ts";
import { keptVersions, modelVersions } from "../../../src/store/models.ts";
import { unitDesk } from "../../store/unit-desk.ts";
import { NOW, type OpenStore, type Store } from "../../store/store.ts";

const STARTER: Starter = {
  base: "starter-1",
  models() {
    const category = FieldModel.create();
    category.learn(example("toner empty"), "printer", { prior: true });
    category.learn(example("tunnel down"), "vpn", { prior: true });
    return new Map<LearnedField, FieldModel>([["category", category]]);
  },
};

function example(subject: string) {
  return { subject, body: `${subject}, please help`, facts: ["client:1"] };
}

let row = 0;
/** What people say of `count` mails, each in a transaction of its own. */
async function decide(
  database: Database,
  count: number,
  subject = "franking machine jams",
  label = "franking",
): Promise<void> {
  for (let one = 0; one < count; one++) {
    row += 1;
    const externalId = `row ${row}`;
    await database.db.transaction((db) =>
      insertLabels(
        db,
        { externalId },
        example(`${subject} ${row % 7}`),
        [{ field: "category", label, refuted: false, decisionId: null, author: "dana@msp.example" }],
        NOW,
      ),
    );
  }
}

const says = (learner: Learner): string | undefined =>
  learner.models.get("category")?.predict(example("franking machine jams"))?.label;
/** What the models say of some mails. A restored model sums up its rows in another order: the last digits may differ. */
const view = (learner: Learner): readonly (readonly [string, number])[] =>
  ["franking machine jams", "tunnel down", "toner empty", "something else"].map((subject) => {
    const said = learner.models.get("category")?.predict(example(subject));
    return [said?.label ?? "", Math.round((said?.confidence ?? 0) * 1e4) / 1e4];
  });

/** How learners keep up with the log: each for itself, over restarts, roll-backs and damage. */
export function learnerContract(open: OpenStore): void {
  describe("the learner", () => {
    let store: Store;
    let said: string[];
    const running: Learner[] = [];
    beforeEach(async () => {
      store = await open();
      said = [];
    });
    afterEach(async () => {
      for (const one of running.splice(0)) await one.stop();
      await store.close();
    });

    const log = {
      debug: () => undefined,
      info: (_: object, text: string) => void said.push(text),
      warn: (_: object, text: string) => void said.push(text),
      error: (_: object, text: string) => void said.push(text),
    };
    async function start(database = store.database, starter = STARTER): Promise<Learner> {
      const learner = createLearner({ ...unitDesk(database), log }, starter, { snapshotEvery: 20 });
      running.push(learner);
      await learner.start();
      await learner.settled();
      return learner;
    }
    const rollBack = (version: number): ReturnType<typeof rollBackModels> =>
      rollBackModels(unitDesk(store.database), version, "kim@msp.example", STARTER.base);

    it("knows the starter set on day one, and learns what is decided without a restart", async () => {
      const learner = await start();
      expect(says(learner)).not.toBe("franking");
      await decide(store.database, 10);
      await learner.settled();
      expect(says(learner)).toBe("franking");
    });

    it("comes to the same models after a restart, with a snapshot and without", async () => {
      const learner = await start();
      await decide(store.database, 12);
      await learner.settled();
      expect((await modelVersions(store.database.db)).map((one) => one.labels)).toEqual([0]);
      expect(view(await start())).toEqual(view(learner));
      await decide(store.database, 12);
      await learner.settled();
      expect((await modelVersions(store.database.db)).map((one) => one.labels)).toEqual([0, 24]);
      await decide(store.database, 3, "tunnel down", "vpn");
      await learner.settled();
      expect(view(await start())).toEqual(view(learner));
    });

    it("learns how a mail was made from what stands in the log, and keeps it over a restart", async () => {
      const bulk = packMaking({ envelope: ["mailer:bulk"], body: [] });
      const person = packMaking({ envelope: ["mailer:person"], body: [] });
      for (let one = 0; one < 24; one++)
        await store.database.db.transaction((db) =>
          insertLabels(
            db,
            { externalId: `made ${one}` },
            { ...example("a note"), making: one % 2 === 0 ? bulk : person },
            [
              {
                field: "spam",
                label: String(one % 2 === 0),
                refuted: false,
                decisionId: null,
                author: "dana@msp.example",
              },
            ],
            NOW,
          ),
        );
      for (const learner of [await start(), await start()]) {
        const spam = learner.models.get("spam");
        expect(spam?.predict({ ...example("a note"), making: bulk })?.label).toBe("true");
        expect(spam?.predict({ ...example("a note"), making: person })?.label).toBe("false");
      }
      expect((await modelVersions(store.database.db)).at(-1)?.labels).toBeGreaterThanOrEqual(20);
    });

    it("four that follow while four write agree, and one of them keeps each snapshot", async () => {
      const databases = await Promise.all([1, 2, 3, 4].map(() => store.another()));
      const learners = await Promise.all(databases.map((database) => start(database)));
      await Promise.all(
        databases.map(async (database, at) => {
          for (let round = 0; round < 4; round++) {
            await decide(database, 3, `franking machine ${at}`, at % 2 === 0 ? "franking" : "printer");
            await learners[at]?.follow();
          }
        }),
      );
      for (const learner of learners) await learner.settled();
      const [first, ...others] = learners.map(view);
      for (const other of others) expect(other).toEqual(first);
      const versions = await modelVersions(store.database.db);
      expect(versions.at(-1)?.labels).toBeGreaterThanOrEqual(40);
      expect(new Set(versions.map((one) => one.parent)).size).toBe(versions.length);
    });

    it("goes back to a version, and back again, while it runs", async () => {
      const learner = await start();
      await decide(store.database, 10);
      await learner.settled();
      const knowing = view(learner);
      const back = await rollBack(0);
      expect(back.withdrawn).toBe(10);
      await learner.settled();
      expect(says(learner)).not.toBe("franking");
      expect(view(await start())).toEqual(view(learner));
      // What is decided after a roll-back is learned on top of what was gone back to.
      await decide(store.database, 2, "tunnel down", "vpn");
      await learner.settled();
      expect((await rollBack(back.before)).withdrawn).toBe(-8);
      await learner.settled();
      expect(says(learner)).toBe("franking");
      expect(view(learner)).toEqual(knowing);
      const events = await eventsOf(store.database.db, ["desk"]);
      expect(events.filter((one) => one.kind === "model.rolled-back").map((one) => one.actor.id)).toEqual([
        "kim@msp.example",
        "kim@msp.example",
      ]);
    });

    it("there is no way to a version that never was", async () => {
      await expect(rollBack(99)).rejects.toThrow(/no version 99/);
    });

    it("learns anew from the labels where a snapshot is damaged or of another kind, and says so", async () => {
      const learner = await start();
      await decide(store.database, 24);
      await learner.settled();
      const { db } = store.database;
      await db("model_bytes").update({ bytes: Buffer.from("rubbish") });
      const again = await start();
      expect(says(again)).toBe("franking");
      expect(view(again)).toEqual(view(learner));
      expect(said.join("\n")).toMatch(
        /version 2 of the models is passed over: its category model is damaged/,
      );
      expect(said.join("\n")).toMatch(/learned anew from 24 labels/);
      said = [];
      await start(store.database, { ...STARTER, base: "starter-2" });
      expect(said.join("\n")).toMatch(/it rests on another starter set/);
    });

    it("a rebuild is taken over by those that run", async () => {
      const learner = await start();
      await decide(store.database, 8);
      await learner.settled();
      const before = view(learner);
      await store.database.db("model_bytes").delete();
      const done = await rebuildModels(unitDesk(store.database), STARTER, "kim@msp.example", () => undefined);
      expect(done.labels).toBe(8);
      expect(await keptVersions(store.database.db)).toEqual([done.version]);
      await learner.settled();
      expect(view(learner)).toEqual(before);
    });
  });
}
