import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Knex } from "knex";
import {
  confirmVectors,
  countVectors,
  dropVectors,
  newestDimensions,
  saveVectors,
  vectorsAfter,
  waitingArticles,
  type ArticleVector,
} from "../../src/store/article-vectors.ts";
import { visibleArticles } from "../../src/store/articles.ts";
import { KeptVectors } from "../../src/store/kept-vectors.ts";
import { saveArticles } from "../../src/store/save-articles.ts";
import { freshStore } from "./fresh-store.ts";
import { client, saveArticle, unique } from "./rows.ts";
import { LATER, NOW, type OpenStore } from "./store.ts";

const MODEL = "small-vectors";

const made = (articleId: number, ...vector: number[]): ArticleVector => ({
  articleId,
  textSha256: `sha of ${articleId}`,
  articleUpdatedAt: NOW,
  result: { vector: Float32Array.from(vector) },
});

export function vectorsContract(open: OpenStore): void {
  describe("articles as vectors", () => {
    let db: Knex;
    const store = freshStore(open, ({ database }) => {
      db = database.db;
    });

    async function article(title: string, clientId: number | null = null, now = NOW): Promise<number> {
      const source = unique("vector");
      await saveArticle(db, { clientId, title, body: `${title}.`, source, author: "x" }, now);
      const row = (await db("articles").where({ source }).first("id")) as { id: number };
      return row.id;
    }
    const waiting = async (model = MODEL): Promise<readonly number[]> =>
      (await waitingArticles(db, model, 100)).map(({ id }) => id);

    it("wait until they have one, and again when they change or another model is set", async () => {
      const [one, two, three] = [await article("One"), await article("Two"), await article("Three")];
      expect(await waiting()).toEqual([one, two, three]);
      expect(await waitingArticles(db, MODEL, 1)).toMatchObject([
        { id: one, title: "One", textSha256: null },
      ]);
      await saveVectors(db, MODEL, [
        made(one, 1, 0),
        { ...made(two), result: { refused: "it would not take the text" } },
      ]);
      expect(await waiting()).toEqual([three]);
      expect(await countVectors(db, MODEL)).toEqual({ articles: 3, waiting: 1, refused: 1 });
      expect(await waiting("another")).toEqual([one, two, three]);
      await db("articles").where({ id: one }).update({ updated_at: LATER });
      expect(await waitingArticles(db, MODEL, 5)).toMatchObject([
        { id: one, updatedAt: LATER, textSha256: `sha of ${one}` },
        { id: three },
      ]);
      await confirmVectors(db, [{ articleId: one, articleUpdatedAt: LATER }]);
      expect(await waiting()).toEqual([three]);
      await saveVectors(db, "another", [{ ...made(one, 1, 0, 0), articleUpdatedAt: LATER }]);
      expect([await newestDimensions(db, MODEL), await newestDimensions(db, "another")]).toEqual([null, 3]);
      await dropVectors(db, "another");
      expect(await waiting()).toEqual([one, three]);
    });

    it("that two processes store at one moment are both read by those who follow", async () => {
      const [low, high] = [await article("Low"), await article("High")];
      const kept = new KeptVectors();
      let now = 0;
      const follow = () => kept.follow(db, MODEL, (now += 2000));
      const first = Promise.withResolvers<void>();
      const slower = db.transaction(async (unit) => {
        await unit("articles").where({ id: low }).first("id");
        first.resolve();
        await saveVectors(unit, MODEL, [made(low, 1, 0)]);
        await pause(200);
      });
      await first.promise;
      await pause(50);
      await db.transaction((unit) => saveVectors(unit, MODEL, [made(high, 0, 1)]));
      await follow();
      await slower;
      await follow();
      const nearness = kept.nearness(Float32Array.from([1, 1]));
      expect([low, high].map((id) => nearness?.cosineOf(id) !== undefined)).toEqual([true, true]);
      await dropVectors(db, MODEL);
      await db("articles").whereIn("id", [low, high]).del();
    });

    it("are read on from where the last look ended, of length one, and each article once", async () => {
      const ids = [await article("Four"), await article("Five"), await article("Six")];
      const [four = 0, five = 0, six = 0] = ids;
      const kept = new KeptVectors();
      let now = 0;
      const follow = () => kept.follow(db, MODEL, (now += 2000));
      await follow();
      expect([kept.vectors, kept.dimensions]).toEqual([0, 0]);
      await saveVectors(db, MODEL, [made(four, 3, 4), made(five, 1, 0)]);
      await follow();
      expect((await vectorsAfter(db, MODEL, { version: 0, articleId: 0 }, 1))[0]?.vector).toEqual(
        Float32Array.of(0.6, 0.8),
      );
      const near = kept.nearness(Float32Array.of(0, 7));
      expect(near?.ranked(-1)).toEqual([four, five]);
      expect(near?.ranked(0.5)).toEqual([four]);
      expect(near?.cosineOf(four)).toBeCloseTo(0.8, 2);
      expect(near?.mean).toBeCloseTo(0.4, 2);
      await saveVectors(db, MODEL, [made(six, 0, 1), made(four, 1, 0)]);
      // Not looked for within the same second, unless this process has made some.
      await kept.follow(db, MODEL, now + 10);
      expect(kept.vectors).toBe(2);
      kept.lookAfter();
      await kept.follow(db, MODEL, now + 20);
      expect(kept.nearness(Float32Array.of(0, 1))?.ranked(-1)[0]).toBe(six);
      expect(kept.vectors).toBe(3);
      expect(kept.nearness(Float32Array.of(0, 1, 0))).toBeNull();
      // Under the same name a model of other vectors: what was known is worth nothing.
      await saveVectors(db, MODEL, [made(five, 1, 0, 0)]);
      await follow();
      expect([kept.vectors, kept.dimensions]).toEqual([1, 3]);
      await kept.follow(db, "another", now);
      expect(kept.vectors).toBe(0);
    });

    it("are kept at hand only as far as memory allows", async () => {
      const ids = [await article("Seven"), await article("Eight"), await article("Nine")];
      const model = unique("model");
      await saveVectors(
        db,
        model,
        ids.map((id, at) => made(id, at, 1, 0, 0)),
      );
      const kept = new KeptVectors(8);
      await kept.follow(db, model);
      expect(kept.vectors).toBe(2);
      expect(kept.nearness(Float32Array.of(0, 1, 0, 0))?.ranked(-1)).toEqual(ids.slice(0, 2));
    });

    it("are read page by page, also where many were written at once", async () => {
      const [source, model] = [unique("many"), unique("model")];
      const many = Array.from({ length: 120 }, (_, n) => ({
        clientId: null,
        title: `Many ${n}`,
        body: "x",
        source: `${source}-${n}`,
        author: "x",
      }));
      await saveArticles(db, many, NOW);
      const rows = (await db("articles").whereLike("source", `${source}-%`).select("id")) as { id: number }[];
      await saveVectors(
        db,
        model,
        rows.map(({ id }) => made(id, 1, 0)),
      );
      const kept = new KeptVectors();
      await kept.follow(db, model);
      expect(kept.vectors).toBe(120);
    });

    it("are another client's, whatever they mean", async () => {
      const [own, other] = [await client(db), await client(db)];
      const [mine, theirs, everyones] = [
        await article("Mine", own),
        await article("Theirs", other),
        await article("All"),
      ];
      const see = (reader: number | null | "all") =>
        visibleArticles(store.database, [theirs, everyones, mine], reader);
      expect(await see(own)).toEqual([everyones, mine]);
      expect(await see(null)).toEqual([everyones]);
      expect(await see("all")).toEqual([theirs, everyones, mine]);
    });
  });
}
