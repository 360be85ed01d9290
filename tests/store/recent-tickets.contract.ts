import { describe, expect, it } from "vitest";
import type { Knex } from "knex";
import { RecentTickets } from "../../src/store/recent-tickets.ts";
import { moveTicket } from "../../src/store/transition.ts";
import { freshStore } from "./fresh-store.ts";
import { client, ticket } from "./rows.ts";
import { event, LATER, NOW, recorder, type OpenStore } from "./store.ts";

const OUTAGE = [
  "Outlook cannot connect to Exchange since this morning",
  "Outlook not connecting to Exchange, nobody gets mail",
  "Exchange is down? Outlook cannot connect this morning",
];

export function recentTicketsContract(open: OpenStore): void {
  describe("tickets that are alike across clients", () => {
    let db: Knex;
    let recent: RecentTickets;
    const store = freshStore(open, ({ database }) => {
      db = database.db;
      recent = database.recentTickets;
    });

    it("are counted by client, and never those of the client that asks", async () => {
      const [own, one, other, far] = [await client(db), await client(db), await client(db), await client(db)];
      await ticket(db, { clientId: one, searchText: OUTAGE[1] ?? "" });
      await ticket(db, { clientId: one, searchText: OUTAGE[1] ?? "" });
      const second = await ticket(db, { clientId: other, searchText: OUTAGE[2] ?? "" });
      await ticket(db, { clientId: own, searchText: OUTAGE[2] ?? "" });
      await ticket(db, { clientId: null, searchText: OUTAGE[2] ?? "" });
      await ticket(db, { clientId: far, searchText: "New laptop for our trainee, please order it by June" });
      const asks = await ticket(db, { clientId: own, searchText: OUTAGE[0] ?? "" });
      const count = async (since = NOW) => {
        await recent.readNew(db);
        return recent.countAlike(db, { id: asks.id, clientId: own }, since);
      };
      expect(await count()).toEqual({ count: 2, since: NOW });
      expect(await count(LATER)).toBeNull();
      await moveTicket(recorder(db), { id: second.id, verb: "mark-spam" }, event(`ticket:${second.number}`));
      expect(await count()).toEqual({ count: 1, since: NOW });
      expect(await recent.countAlike(db, { id: 999_999, clientId: own }, NOW)).toBeNull();
    });

    it("are read once, those of other processes too, and the newest five hundred kept where no more are asked for", async () => {
      const recent = new RecentTickets(500);
      const [own, other] = [await client(db), await client(db)];
      const fax = await ticket(db, {
        clientId: other,
        searchText: "Fax gateway rejects every number in Austria",
      });
      const elsewhere = await store.another();
      for (let made = 0; made < 500; made += 1)
        await ticket(elsewhere.db, { clientId: other, searchText: `Standing order ${made}` });
      const asks = await ticket(db, {
        clientId: own,
        searchText: "Fax gateway rejects every number in Austria",
      });
      expect(fax.id).toBeLessThan(asks.id);
      expect(await recent.countAlike(db, { id: asks.id, clientId: own }, NOW)).toBeNull();
      await ticket(elsewhere.db, { clientId: other, searchText: "Fax gateway rejects numbers in Austria" });
      await recent.readNew(db);
      expect(await recent.countAlike(db, { id: asks.id, clientId: own }, NOW)).toEqual({
        count: 1,
        since: NOW,
      });
    });
  });
}
