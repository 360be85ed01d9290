import { describe, expect, it } from "vitest";
import type { Knex } from "knex";
import {
  draftOutcomesAfter,
  insertDraftOutcome,
  latestDraftOutcomes,
} from "../../src/store/draft-outcomes.ts";
import { draftById } from "../../src/store/drafts.ts";
import {
  insertLabels,
  labelsIn,
  labelsOfHistory,
  labelsOfMessage,
  lastLabelId,
  type NewLabel,
} from "../../src/store/labels.ts";
import {
  addModelVersion,
  dropOldModels,
  headVersion,
  keptVersions,
  lineOf,
  modelBytes,
  modelVersions,
  stretchesOf,
  type NewModelVersion,
} from "../../src/store/models.ts";
import { recordPredictions, settledPredictions, settlePredictions } from "../../src/store/predictions.ts";
import { freshStore } from "./fresh-store.ts";
import { draft, message, technician, ticket, unique } from "./rows.ts";
import { NOW, type OpenStore } from "./store.ts";

const EXAMPLE = { subject: "VPN drops", body: "every hour", facts: ["client:3"], making: "misdHw==" };
const said = (over: Partial<NewLabel> = {}): NewLabel => ({
  field: "category",
  label: "vpn",
  refuted: false,
  decisionId: null,
  author: "dana@msp.example",
  ...over,
});

/** The log of labels, the versions that rest on it, predictions and what became of drafts. */
export function learningContract(open: OpenStore): void {
  describe("what is learned from", () => {
    let db: Knex;
    freshStore(open, ({ database }) => {
      db = database.db;
    });

    const label = (
      source: Parameters<typeof insertLabels>[1],
      ...labels: readonly NewLabel[]
    ): Promise<void> => db.transaction((trx) => insertLabels(trx, source, EXAMPLE, labels, NOW));

    it("keeps one example a message, and each word on it in order", async () => {
      const messageId = await message(db);
      await label({ messageId }, said(), said({ field: "queue", label: "Network" }));
      await label(
        { messageId },
        said({ label: "wifi" }),
        said({ field: "spam", label: "true", refuted: true }),
      );
      const through = await lastLabelId(db);
      const found = await labelsIn(db, { from: through - 4, through }, 10);
      expect(found.map((one) => [one.field, one.label, one.refuted])).toEqual([
        ["category", "vpn", false],
        ["queue", "Network", false],
        ["category", "wifi", false],
        ["spam", "true", true],
      ]);
      expect(found[0]?.example).toEqual(EXAMPLE);
      expect(await db("examples").where({ message_id: messageId })).toHaveLength(1);
      expect(Object.fromEntries(await labelsOfMessage(db, messageId))).toEqual({
        category: "wifi",
        queue: "Network",
      });
    });

    it("knows an imported history by its ids", async () => {
      const externalId = unique("row");
      await label({ externalId }, said());
      expect(await labelsOfHistory(db, [externalId, "other"])).toEqual(
        new Map([[externalId, { category: "vpn" }]]),
      );
    });

    it("takes one new version of two that come at once, and keeps the newest models", async () => {
      const head = await headVersion(db);
      const made = (over: Partial<NewModelVersion> = {}): NewModelVersion => ({
        parent: head === 0 ? null : head,
        fromLabelId: 0,
        throughLabelId: 4,
        kind: "snapshot",
        labels: 4,
        base: "b",
        author: "desk",
        ...over,
      });
      const bytes = new Map([["queue", new Uint8Array([1, 2, 3])]]);
      const first = await addModelVersion(db, head, made(), bytes, NOW);
      expect(first).not.toBeNull();
      expect(await addModelVersion(db, head, made(), bytes, NOW)).toBeNull();
      expect(await headVersion(db)).toBe(first);
      const second = await addModelVersion(
        db,
        first ?? 0,
        made({ parent: first, fromLabelId: 4, throughLabelId: 9 }),
        bytes,
        NOW,
      );
      const back = await addModelVersion(
        db,
        second ?? 0,
        made({ parent: first, fromLabelId: 9, throughLabelId: 9, kind: "rollback" }),
        null,
        NOW,
      );
      const versions = await modelVersions(db);
      expect(stretchesOf(lineOf(versions, second ?? 0))).toEqual([
        { from: 0, through: 4 },
        { from: 4, through: 9 },
      ]);
      expect(stretchesOf(lineOf(versions, back ?? 0))).toEqual([{ from: 0, through: 4 }]);
      expect(await modelBytes(db, back ?? 0)).toBeNull();
      expect([...((await modelBytes(db, first ?? 0)) as ReadonlyMap<string, Uint8Array>)][0]?.[1]).toEqual(
        Buffer.from([1, 2, 3]),
      );
      await db("model_bytes")
        .where({ version: first })
        .update({ bytes: Buffer.from([9]) });
      expect(await modelBytes(db, first ?? 0)).toBe("its queue model is damaged");
      await dropOldModels(db, 1);
      expect(await keptVersions(db)).toEqual([second]);
    });

    it("holds what each engine said against a person's word, also what is said later", async () => {
      const messageId = await message(db);
      const say = (engine: string, value: string): Promise<void> =>
        recordPredictions(
          db,
          { messageId, engine, version: "1" },
          [{ field: "category", value, confidence: 0.8, score: 0.9 }],
          NOW,
        );
      await say("local", "vpn");
      await say("local", "wifi");
      await settlePredictions(
        db,
        messageId,
        [{ field: "category", label: "vpn", refuted: false }],
        null,
        NOW,
      );
      await say("openai", "wifi");
      const judged = async (): Promise<readonly unknown[]> =>
        (await settledPredictions(db, { limit: 1000 }))
          .filter((one) => one.messageId === messageId)
          .map((one) => [one.engine, one.value, one.confidence, one.score, one.agreed]);
      expect(await judged()).toEqual([
        ["local", "vpn", 0.8, 0.9, true],
        ["openai", "wifi", 0.8, 0.9, false],
      ]);
      // Taken back without a right one: only those who said it were wrong.
      await settlePredictions(db, messageId, [{ field: "category", label: "vpn", refuted: true }], null, NOW);
      expect((await judged()).map((row) => (row as unknown[])[4])).toEqual([false, false]);
      expect(await settledPredictions(db, { engine: "openai", limit: 1000 })).toHaveLength(1);
    });

    it("keeps one outcome a draft", async () => {
      const draftId = (await draft(db, (await ticket(db)).id)).id;
      const technicianId = await technician(db);
      const released = await draftById(db, draftId);
      const outcome = {
        draftId,
        releasedDraftId: released?.id ?? null,
        template: "client/vpn",
        articleIds: [7],
        outcome: "edited",
        distance: 0.25,
        technicianId,
      } as const;
      await insertDraftOutcome(db, outcome, null, NOW);
      await insertDraftOutcome(db, { ...outcome, outcome: "rejected", distance: null }, null, NOW);
      const [last] = (await latestDraftOutcomes(db, 1)).slice(-1);
      expect(last).toMatchObject({ ...outcome, first: true });
      const next = (await draft(db, released?.ticketId ?? 0)).id;
      await insertDraftOutcome(db, { ...outcome, draftId: next, releasedDraftId: null }, draftId, NOW);
      expect((await latestDraftOutcomes(db, 1))[0]?.first).toBe(false);
      expect(await draftOutcomesAfter(db, (last?.id ?? 0) - 1, 5)).toHaveLength(2);
    });
  });
}
