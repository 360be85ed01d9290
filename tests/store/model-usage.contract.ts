import { describe, expect, it } from "vitest";
import {
  allSpending,
  answersByOutcome,
  countAnswer,
  daySpending,
  setAside,
  settleCall,
} from "../../src/store/model-usage.ts";
import { freshStore } from "./fresh-store.ts";
import type { OpenStore } from "./store.ts";

export function modelUsageContract(open: OpenStore): void {
  describe("what a model costs", () => {
    const store = freshStore(open);

    it("stays within the day's cap, however many take from it at once", async () => {
      const { db } = store.database;
      const taken = await Promise.all(
        Array.from({ length: 20 }, () => setAside(db, "2031-01-01", 300, 1000)),
      );
      expect(taken.filter(Boolean)).toHaveLength(3);
      expect((await daySpending(db, "2031-01-01")).spentMicros).toBe(900);
      // A call that came to less gives room back.
      await settleCall(db, "2031-01-01", { setAside: 300, spent: 20, inputTokens: 10, outputTokens: 5 });
      expect(await daySpending(db, "2031-01-01")).toEqual({
        spentMicros: 620,
        inputTokens: 10,
        outputTokens: 5,
        calls: 1,
      });
      expect(await setAside(db, "2031-01-01", 380, 1000)).toBe(true);
      expect(await setAside(db, "2031-01-01", 1, 1000)).toBe(false);
      // The next day begins anew.
      expect(await setAside(db, "2031-01-02", 1000, 1000)).toBe(true);
    });

    it("is counted also without a cap, and over all days", async () => {
      const { db } = store.database;
      const before = await allSpending(db);
      await settleCall(db, "2031-02-01", { setAside: 0, spent: 7, inputTokens: 2, outputTokens: 3 });
      expect(await allSpending(db)).toEqual({
        spentMicros: before.spentMicros + 7,
        inputTokens: before.inputTokens + 2,
        outputTokens: before.outputTokens + 3,
        calls: before.calls + 1,
      });
      expect(await daySpending(db, "2031-03-01")).toMatchObject({ spentMicros: 0, calls: 0 });
    });

    it("counts how questions end", async () => {
      const { db } = store.database;
      await Promise.all(
        ["2031-01-01", "2031-01-01", "2031-01-02"].map((day) => countAnswer(db, day, "triage", "late")),
      );
      await countAnswer(db, "2031-01-01", "draft", "ok");
      expect(
        (await answersByOutcome(db)).toSorted((left, right) => left.question.localeCompare(right.question)),
      ).toEqual([
        { question: "draft", outcome: "ok", count: 1 },
        { question: "triage", outcome: "late", count: 3 },
      ]);
    });
  });
}
