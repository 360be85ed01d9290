import { describe, expect, it } from "vitest";
import { claimSignatures, signatureSeen } from "../../src/store/reply-signatures.ts";
import { freshStore } from "./fresh-store.ts";
import { message } from "./rows.ts";
import type { OpenStore } from "./store.ts";

export function replySignaturesContract(open: OpenStore): void {
  describe("signatures of replies", () => {
    const store = freshStore(open);
    const claim = (fingerprints: readonly string[], messageId: number): Promise<boolean> =>
      store.database.db.transaction((db) => claimSignatures(db, fingerprints, messageId));

    it("are one message's, also when it is acted on again", async () => {
      const { db } = store.database;
      const [first, copy] = [await message(db), await message(db)];
      expect(await signatureSeen(db, ["a", "b"], first)).toBe(false);
      expect(await claim(["a", "b"], first)).toBe(true);
      expect(await claim(["b", "a", "a"], first)).toBe(true);
      expect(await signatureSeen(db, ["a", "b"], first)).toBe(false);
      expect(await signatureSeen(db, ["c", "b"], copy)).toBe(true);
      expect(await claim(["c", "b"], copy)).toBe(false);
      expect(await claim(["c"], copy)).toBe(true);
    });

    it("are nobody's where there are none", async () => {
      const { db } = store.database;
      const id = await message(db);
      expect(await claim([], id)).toBe(true);
      expect(await signatureSeen(db, [], id)).toBe(false);
    });

    it("go to one of many copies that come at once", async () => {
      const { db } = store.database;
      const ids: number[] = [];
      for (let n = 0; n < 8; n += 1) ids.push(await message(db));
      const taken = await Promise.all(ids.map((id, n) => claim(n % 2 === 0 ? ["x", "y"] : ["y", "x"], id)));
      expect(taken.filter(Boolean)).toHaveLength(1);
    });
  });
}
