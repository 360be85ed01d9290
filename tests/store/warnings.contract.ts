import { describe, expect, it } from "vitest";
import { takeWarning, warnedSince } from "../../src/store/warnings.ts";
import { freshStore } from "./fresh-store.ts";
import type { OpenStore } from "./store.ts";

const HOUR = 60 * 60 * 1000;
const AT = Date.parse("2026-03-02T09:00:00.000Z");

export function warningsContract(open: OpenStore): void {
  describe("warnings", () => {
    const store = freshStore(open);
    const take = (subject: string, ms: number): ReturnType<typeof takeWarning> =>
      store.database.db.transaction((db) => takeWarning(db, subject, new Date(AT + ms), HOUR));

    it("go out once a window for each subject, and count what was held back", async () => {
      expect(await take("a", 0)).toEqual({ sends: true, heldBack: 0 });
      expect(await take("a", 1)).toEqual({ sends: false, heldBack: 1 });
      expect(await take("b", 2)).toEqual({ sends: true, heldBack: 0 });
      expect(await take("a", HOUR - 1)).toEqual({ sends: false, heldBack: 2 });
      expect(await take("a", HOUR)).toEqual({ sends: true, heldBack: 2 });
      expect(await take("a", HOUR + 1)).toEqual({ sends: false, heldBack: 1 });
    });

    it("tell which subjects were warned of since", async () => {
      await take("e", 0);
      await take("f", HOUR);
      const since = new Date(AT + 1).toISOString();
      const found = await warnedSince(store.database.db, ["e", "f", "g"], since);
      expect([...found]).toEqual(["f"]);
      expect((await warnedSince(store.database.db, [], since)).size).toBe(0);
    });

    it("go out when the clock was set back", async () => {
      expect((await take("c", 0)).sends).toBe(true);
      expect((await take("c", -1)).sends).toBe(true);
    });

    it("are one of many that come at once", async () => {
      const taken = await Promise.all(Array.from({ length: 10 }, () => take("d", 0)));
      expect(taken.filter((one) => one.sends)).toHaveLength(1);
      expect(Math.max(...taken.map((one) => one.heldBack))).toBe(9);
    });
  });
}
