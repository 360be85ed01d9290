import type { Knex } from "knex";
import { describe, expect, it } from "vitest";
import { freshStore } from "./fresh-store.ts";
import type { OpenStore } from "./store.ts";

/** Its reasons go to logs, events and admins, and with a 452 to whoever sent the mail. */
export function errorsContract(open: OpenStore): void {
  describe("a statement that fails", () => {
    let db: Knex;
    freshStore(open, ({ database }) => {
      db = database.db;
    });

    it("35 · tells no value of what it would have written", async () => {
      const row = { name: "what Ana wrote", value: "my password is Summer24!" };
      await db("settings").insert(row);
      const error = await db("settings")
        .insert(row)
        .then(
          () => null,
          (reason: Error) => reason,
        );
      expect(error?.message).toMatch(/settings/);
      expect(error?.message).not.toMatch(/Ana|Summer/);
    });

    it("61 · is an error of its caller's also where it cannot even be compiled, and others go on", async () => {
      const wrong = (): Promise<unknown> => db("settings").insert({ nothing_like_it: 1 });
      await expect(wrong()).rejects.toThrow(/nothing_like_it/);
      await expect(wrong()).rejects.toThrow(/nothing_like_it/);
      await db("settings").insert({ name: "next", value: "1" });
      expect(await db("settings").where({ name: "next" }).pluck("value")).toEqual(["1"]);
    });
  });
}
