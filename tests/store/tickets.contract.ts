import { describe, expect, it } from "vitest";
import type { Knex } from "knex";
import { openLoads } from "../../src/store/people.ts";
import {
  addMinutes,
  listTickets,
  ticketById,
  ticketByNumber,
  ticketsByIds,
  updateTicket,
} from "../../src/store/tickets.ts";
import { relatedTickets } from "../../src/store/related-tickets.ts";
import { RecentTickets } from "../../src/store/recent-tickets.ts";
import { moveTicket } from "../../src/store/transition.ts";
import { transact } from "../../src/steps/unit.ts";
import { freshStore } from "./fresh-store.ts";
import { client, technician, ticket, unique } from "./rows.ts";
import { LATER, NOW, event, recorder, type OpenStore } from "./store.ts";
import { unitDesk } from "./unit-desk.ts";

export function ticketsContract(open: OpenStore): void {
  describe("tickets", () => {
    let db: Knex;
    const store = freshStore(open, ({ database }) => {
      db = database.db;
    });

    it("count up from 1001", async () => {
      const first = await ticket(db);
      const second = await ticket(db);
      expect([first.number, second.number]).toEqual([1001, 1002]);
      expect((await ticketByNumber(db, 1002))?.id).toBe(second.id);
      expect(await ticketByNumber(db, 9)).toBeNull();
      expect(await ticketById(db, 999_999)).toBeNull();
    });

    it("have numbers of their own under many writers", async () => {
      const second = await store.another();
      const desks = [unitDesk(store.database), unitDesk(second)];
      const made = await Promise.all(
        Array.from({ length: 16 }, (_, i) =>
          transact(desks[i % 2] ?? unitDesk(second), "open", (unit) => ticket(unit.db)),
        ),
      );
      expect(new Set(made.map((each) => each.number)).size).toBe(16);
    });

    it("keep what they are given, nulls and all", async () => {
      const clientId = await client(db);
      const assignee = await technician(db);
      const { id } = await ticket(db, { clientId });
      expect(await ticketById(db, id)).toMatchObject({
        status: "new",
        clientId,
        contactId: null,
        assigneeId: null,
        mergedIntoId: null,
        snoozedUntil: null,
        closedAt: null,
        priority: "P3",
        createdAt: NOW,
      });
      await updateTicket(
        db,
        id,
        { assignee_id: assignee, priority: "P1", category: "vpn", snoozed_until: LATER },
        LATER,
      );
      expect(await ticketById(db, id)).toMatchObject({
        assigneeId: assignee,
        priority: "P1",
        category: "vpn",
        snoozedUntil: LATER,
        updatedAt: LATER,
      });
      await updateTicket(db, id, { snoozed_until: null, client_id: null }, LATER);
      expect(await ticketById(db, id)).toMatchObject({
        snoozedUntil: null,
        clientId: null,
        assigneeId: assignee,
      });
      await addMinutes(db, id, 15);
      await addMinutes(db, id, 5);
      expect(await ticketById(db, id)).toMatchObject({ minutesSpent: 20 });
      expect((await ticketsByIds(db, [id, id])).size).toBe(1);
      expect(await ticketsByIds(db, [])).toEqual(new Map());
    });

    it("are listed newest first, by status, queue, client and words, page by page", async () => {
      const clientId = await client(db);
      const queue = unique("Queue ");
      const made: { readonly id: number; readonly number: number }[] = [];
      for (const searchText of [
        "Drucker in Zürich klemmt",
        "printer ZURICH jams",
        "VPN vpn.contoso.example down",
      ])
        made.push(await ticket(db, { clientId, queue, searchText }));
      await moveTicket(recorder(db), { id: made[2]?.id ?? 0, verb: "open" }, event("ticket:1"));
      const list = async (over: object): Promise<number[]> =>
        (await listTickets(db, { limit: 50, queue, ...over })).map((each) =>
          made.findIndex((one) => one.id === each.id),
        );
      expect(await list({})).toEqual([2, 1, 0]);
      expect(await list({ limit: 2 })).toEqual([2, 1]);
      expect(await list({ before: made[1]?.number })).toEqual([0]);
      expect(await list({ status: "open" })).toEqual([2]);
      expect(await list({ clientId })).toEqual([2, 1, 0]);
      expect(await list({ clientId: 999_999 })).toEqual([]);
      expect(await list({ q: "zurich" })).toEqual([1, 0]);
      expect(await list({ q: "Zürich klemmt" })).toEqual([0]);
      expect(await list({ q: "contoso" })).toEqual([2]);
      expect(await list({ q: "zurich vpn" })).toEqual([]);
      expect(await list({ q: "  " })).toEqual([2, 1, 0]);
      for (const q of ["?", `" OR 1=1 --`, "*", "' | !a", "NEAR(", "\0"])
        expect(await list({ q })).toEqual([]);
    });

    it("that look alike are found among the client's own, never another's", async () => {
      const [own, other] = [await client(db), await client(db)];
      const text = "Outlook keeps asking for the password since Monday";
      const mine = await ticket(db, { clientId: own, searchText: text });
      const spam = await ticket(db, { clientId: own, searchText: text });
      await moveTicket(recorder(db), { id: spam.id, verb: "mark-spam" }, event("ticket:1"));
      await ticket(db, { clientId: other, searchText: text });
      await ticket(db, { clientId: null, requesterAddress: "eve@x.example", searchText: text });
      const alone = await ticket(db, {
        clientId: null,
        requesterAddress: "mallory@x.example",
        searchText: text,
      });
      const asks = await ticket(db, { clientId: own, searchText: text });
      const find = async (
        clientId: number | null,
        requesterAddress = "ana@contoso.example",
        over: object = {},
      ) =>
        (
          await relatedTickets(
            db,
            new RecentTickets(),
            { text, clientId, requesterAddress, exclude: asks.id, ...over },
            10,
          )
        ).map((each) => each.ticketId);
      expect(await find(own)).toEqual([mine.id]);
      expect(await find(null, "mallory@x.example")).toEqual([alone.id]);
      expect(await find(null)).toEqual([]);
      expect(await find(own, "", { text: "the and of" })).toEqual([]);
      expect(await find(own, "", { text: `"'()*:^ OR` })).toEqual([]);
      const [hit] = await relatedTickets(
        db,
        new RecentTickets(),
        { text, clientId: own, requesterAddress: "", exclude: null },
        1,
      );
      expect(hit).toMatchObject({ relation: "duplicate", similarity: 1 });
    });

    it("are counted by assignee while they are open", async () => {
      const assignee = await technician(db);
      const ids = [];
      for (let i = 0; i < 3; i++) {
        const { id } = await ticket(db);
        await updateTicket(db, id, { assignee_id: assignee }, NOW);
        ids.push(id);
      }
      await moveTicket(recorder(db), { id: ids[0] ?? 0, verb: "resolve" }, event("ticket:1"));
      expect((await openLoads(db)).get(assignee)).toBe(2);
    });
  });
}
