import { describe, expect, it } from "vitest";
import type { Knex } from "knex";
import { searchArticles } from "../../src/store/articles.ts";
import { saveArticles } from "../../src/store/save-articles.ts";
import { readVocabulary, vocabularyIn, type Vocabulary } from "../../src/store/vocabulary.ts";
import { freshStore } from "./fresh-store.ts";
import { client, saveArticle, unique } from "./rows.ts";
import { LATER, NOW, type OpenStore } from "./store.ts";

const ARTICLES = {
  vpn: [
    "VPN client 7.2 known issue",
    "The tunnel drops every hour.\n\nReinstall the adapter and connect to vpn.contoso.example again.",
  ],
  printer: [
    "Printing in Zürich",
    "Printers on the second floor jam.\n\nThe café's printer is a naïve one: user@host and C:\\Windows\\spool.",
  ],
  password: [
    "Reset a password",
    "Passwords are reset in the portal. Don't share them. Error 0x80070005 means access denied.",
  ],
  german: ["Abwesenheit einstellen", "Öffnen Sie die Einstellungen für Grüße und Straße."],
  japanese: ["印刷", "プリンタ 印刷 できない"],
} as const;
type Name = keyof typeof ARTICLES;

/** The same table for both databases: the set that is found, not its scores. */
const QUERIES: readonly (readonly [string, readonly Name[]])[] = [
  ["vpn", ["vpn"]],
  ["VPN", ["vpn"]],
  ["connecting", ["vpn"]],
  ["drop", ["vpn"]],
  ["reinstalling adapters", ["vpn"]],
  ["contoso", ["vpn"]],
  ["vpn.contoso.example", ["vpn"]],
  ["7.2", []],
  ["printing", ["printer"]],
  ["printer", ["printer"]],
  ["zurich", ["printer"]],
  ["ZÜRICH", ["printer"]],
  ["Zu\u0308rich", ["printer"]],
  ["cafe", ["printer"]],
  ["naive", ["printer"]],
  ["host", ["printer"]],
  ["windows", ["printer"]],
  ["reset passwords", ["password"]],
  ["0x80070005", ["password"]],
  ["0X80070005", ["password"]],
  ["grusse", ["german"]],
  ["Grüße", ["german"]],
  ["offnen", ["german"]],
  ["印刷", ["japanese"]],
  ["the and how to", []],
  ["how do I reset the vpn", ["vpn", "password"]],
  ["don't", []],
  ["", []],
  ["   ", []],
  ["?", []],
  ["a", []],
  [`"vpn`, ["vpn"]],
  ["vpn'", ["vpn"]],
  ["vpn AND printer", ["vpn", "printer"]],
  ["vpn & !printer | (", ["vpn", "printer"]],
  ["vpn NOT tunnel", ["vpn"]],
  ["vpn*", ["vpn"]],
  ["title:vpn", ["vpn"]],
  ["NEAR(vpn printer, 5)", ["vpn", "printer"]],
  ["vpn:*", ["vpn"]],
  ["vpn\0tunnel", ["vpn"]],
  ["\ud83d vpn", ["vpn"]],
  ["'; DROP TABLE articles; --", ["vpn"]],
  ["$1 ? :x {} \\", []],
  [`${"word ".repeat(380)}vpn`, ["vpn"]],
  ["x".repeat(2000), []],
  // Spelt wrongly: a letter too few, too many, another, two swapped; two slips in a long word only.
  ["adaptr", ["vpn"]],
  ["tunnnel", ["vpn"]],
  ["pasword", ["password"]],
  ["pritner", ["printer"]],
  ["Passwrod", ["password"]],
  ["Zuerich", ["printer"]],
  ["jarn", []],
  ["jum", []],
  // A code with another digit is another code.
  ["0x80070006", []],
  // A word that stands in an article is meant as it stands, also where it is near to another.
  ["means", ["password"]],
  // Parts of a compound: its end, or half of it.
  ["Netzwerkadapter", ["vpn"]],
  ["Passwordeinstellungen", ["german", "password"]],
  ["Hauptversammlungsprotokolljam", []],
  ["Warteschlangenportal", ["password"]],
  ["vpnfreischaltung", []],
];

export function searchContract(open: OpenStore): void {
  describe("the search for articles", () => {
    let db: Knex;
    const store = freshStore(open, async ({ database }) => {
      db = database.db;
      for (const [source, [title, body]] of Object.entries(ARTICLES))
        await saveArticle(db, { clientId: null, title, body, source, author: "x" }, NOW);
    });

    /** As after an import by this very process. */
    const search = (query: string, reader: number | null | "all", limit: number) => {
      store.database.keptArticles.lookAfter();
      return searchArticles(store.database, query, reader, limit);
    };
    const find = async (query: string, clientId: number | null | "all" = null): Promise<readonly string[]> =>
      (await search(query, clientId, 50)).map((hit) => hit.source).toSorted();

    it.each(QUERIES)("finds by %j: %j", async (query, names) => {
      expect(await find(query)).toEqual(names.toSorted());
    });

    it("shows a client its own and those for all, never another client's", async () => {
      const [own, other] = [await client(db), await client(db)];
      const word = unique("quokka");
      for (const [source, clientId] of [
        ["own", own],
        ["other", other],
        ["all", null],
      ] as const)
        await saveArticle(
          db,
          { clientId, title: source, body: word, source: `${word}-${source}`, author: "x" },
          NOW,
        );
      const named = (...names: string[]): string[] => names.map((name) => `${word}-${name}`);
      expect(await find(word, own)).toEqual(named("all", "own"));
      expect(await find(word, null)).toEqual(named("all"));
      expect(await find(word, 999_999)).toEqual(named("all"));
      expect(await find(word, "all")).toEqual(named("all", "other", "own"));
    });

    it("gives the passage that answers, best first, no more than asked for", async () => {
      const word = unique("wombat");
      await saveArticle(
        db,
        {
          clientId: null,
          title: "Other",
          body: `# Head\n\nNothing.\n\nThe ${word} is in this one.`,
          source: unique("s"),
          author: "x",
        },
        NOW,
      );
      await saveArticle(
        db,
        { clientId: null, title: word, body: "Short.", source: unique("s"), author: "x" },
        NOW,
      );
      const hits = await search(word, null, 50);
      expect(hits.map((hit) => hit.title)).toEqual([word, "Other"]);
      expect(hits[1]?.excerpt).toContain(`The ${word} is in this one.`);
      expect(hits[0]?.score).toBeGreaterThan(hits[1]?.score ?? 0);
      expect(await search(word, null, 1)).toHaveLength(1);
    });

    it("follows an article that changes", async () => {
      const [before, after, source] = [unique("numbat"), unique("bilby"), unique("s")];
      const article = { clientId: null, title: "One", body: before, source, author: "x" };
      expect(await saveArticle(db, article, NOW)).toBe("added");
      expect(await saveArticle(db, article, LATER)).toBe("same");
      expect(await saveArticle(db, { ...article, body: after }, LATER)).toBe("changed");
      expect([await find(before), await find(after)]).toEqual([[], [source]]);
      expect(await saveArticle(db, { ...article, body: after, clientId: await client(db) }, LATER)).toBe(
        "changed",
      );
      expect(await find(after)).toEqual([]);
      await db("articles").where({ source }).del();
      expect(await find(after, "all")).toEqual([]);
    });

    it("never shows the older state of an article that another process changes", async () => {
      const [word, source] = [unique("quoll"), unique("s")];
      const article = { clientId: null, title: word, body: `The ${word} of before.`, source, author: "x" };
      await saveArticle(db, article, NOW);
      expect((await search(word, null, 5))[0]?.excerpt).toContain("of before");
      const elsewhere = await store.another();
      await saveArticle(elsewhere.db, { ...article, body: `The ${word} of after.` }, LATER);
      // Not looked after: what tells is the search's own statement.
      const [hit] = await searchArticles(store.database, word, null, 5);
      expect(hit?.excerpt).toContain("of after");
    });

    it("knows the same words at hand as in the database", async () => {
      const atHand = await readVocabulary(db);
      const stored = vocabularyIn(db);
      const asked = ["printer", "printr", "adaptor", "resett", "unheard", "einstellungn"];
      const near = async (vocabulary: Vocabulary | null) =>
        [...((await vocabulary?.near(asked)) ?? [])].map(([word, found]) => [
          word,
          found.map((one) => `${one.word} ${one.articles} ${one.titles}`).toSorted(),
        ]);
      expect(await near(atHand)).toEqual(await near(stored));
      expect((await near(atHand)).filter(([, found]) => (found?.length ?? 0) > 0)).not.toHaveLength(0);
      const counts = async (vocabulary: Vocabulary | null) =>
        (await vocabulary?.counts([...asked, "", " ", "vpn"]))?.get("vpn");
      expect(await counts(atHand)).toEqual(await counts(stored));
      expect(await counts(stored)).toMatchObject({ titles: 1 });
    });

    it("keeps its vocabulary with articles that come, change and go, by hundreds too", async () => {
      const source = unique("s");
      const article = (n: number, body: string) => ({
        clientId: null,
        title: `Kookaburra ${n}`,
        body,
        source: `${source}-${n}`,
        author: "x",
      });
      const many = Array.from({ length: 250 }, (_, n) => article(n, "laughs kookaburra"));
      expect(new Set(await saveArticles(db, many, NOW))).toEqual(new Set(["added"]));
      const count = async (word: string): Promise<unknown> =>
        db("article_words").where({ word }).first("articles", "titles");
      expect(await count("kookaburra")).toEqual({ articles: 250, titles: 250 });
      expect(await count("laugh")).toEqual({ articles: 250, titles: 0 });
      expect(await saveArticles(db, [...many.slice(0, 2), article(2, "sings")], LATER)).toEqual([
        "same",
        "same",
        "changed",
      ]);
      expect(await count("laugh")).toEqual({ articles: 249, titles: 0 });
      expect(await find("laughz", "all")).toHaveLength(50);
      // Two of one source in one import: the later stands.
      const twice = [article(900, "first"), article(900, "second")];
      expect(await saveArticles(db, twice, NOW)).toEqual(["added", "changed"]);
      expect(
        await db("articles")
          .where({ source: `${source}-900` })
          .select("body"),
      ).toEqual([{ body: "second" }]);
    });

    it("finds by its rare words in spite of common ones, and by common ones alone in titles first", async () => {
      const common = "bandicoot";
      const many = Array.from({ length: 3000 }, (_, n) => ({
        clientId: null,
        title: n % 1000 === 7 ? `About the ${common}` : `Animal ${n}`,
        body: n === 1234 ? `A ${common} with a pangolin` : `One ${common} of many`,
        source: unique("many"),
        author: "x",
      }));
      for (let at = 0; at < many.length; at += 500) await saveArticles(db, many.slice(at, at + 500), NOW);
      const [best] = await search(`${common} pangolin`, null, 5);
      expect(best?.excerpt).toContain("pangolin");
      const titles = await search(common, null, 3);
      expect(titles.map((hit) => hit.title)).toEqual(Array.from({ length: 3 }, () => `About the ${common}`));
    });

    it("is not crowded out by another client's articles", async () => {
      const [own, other] = [await client(db), await client(db)];
      const word = "wolpertinger";
      const article = (clientId: number | null, n: number) => ({
        clientId,
        title: `${word} ${word}`,
        body: clientId === null ? "Something else as well" : word,
        source: `${word}-${n}`,
        author: "x",
      });
      await saveArticles(
        db,
        Array.from({ length: 300 }, (_, n) => article(n === 299 ? null : other, n)),
        NOW,
      );
      expect(await find(word, own)).toEqual([`${word}-299`]);
      expect(await find(word, null)).toEqual([`${word}-299`]);
      expect(await find(word, other)).toHaveLength(50);
    });

    it("takes in an article of any size, with anything in it", async () => {
      const source = unique("s");
      const words = Array.from({ length: 400_000 }, (_, i) => `w${i.toString(36)}`).join(" ");
      await saveArticle(
        db,
        {
          clientId: null,
          title: `Large \0 ${"x".repeat(50_000)}`,
          body: `Echidna ${words} ${"é".repeat(3000)}`,
          source,
          author: "x",
        },
        NOW,
      );
      expect(await find("echidnas")).toEqual([source]);
    });
  });
}
