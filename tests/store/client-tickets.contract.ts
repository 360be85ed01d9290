import { describe, expect, it } from "vitest";
import type { Knex } from "knex";
import { clientTickets } from "../../src/store/client-tickets.ts";
import { createTicket } from "../../src/store/tickets.ts";
import { freshStore } from "./fresh-store.ts";
import { client } from "./rows.ts";
import { NOW, type OpenStore } from "./store.ts";

export function clientTicketsContract(open: OpenStore): void {
  describe("tickets around a client", () => {
    let db: Knex;
    freshStore(open, ({ database }) => {
      db = database.db;
    });

    const ticketOf = async (clientId: number | null, subject: string): Promise<number> => {
      const made = await createTicket(
        db,
        {
          subject,
          clientId,
          contactId: null,
          requesterName: "Ana Ruiz",
          requesterAddress: "ana@contoso.example",
          queue: "Network",
          lastClientMessageId: 1,
          searchText: `${subject} VPN drops`,
        },
        NOW,
      );
      return made.id;
    };

    it("are the newest of each client and those that are named, each once, and nobody else's", async () => {
      const [mine, yours, theirs] = [await client(db), await client(db), await client(db)];
      const old = await ticketOf(mine, "the oldest");
      const named = await ticketOf(null, "named");
      for (let index = 0; index < 40; index += 1) await ticketOf(mine, `mine ${index}`);
      await ticketOf(yours, "yours");
      await ticketOf(theirs, "theirs");
      const found = await clientTickets(db, [mine, yours, mine], [named]);
      expect(found).toHaveLength(42);
      expect(found.map((one) => one.subject)).toEqual(expect.arrayContaining(["mine 39", "yours", "named"]));
      expect(found.map((one) => one.id)).not.toContain(old);
      expect(found.find((one) => one.subject === "named")).toMatchObject({
        status: "new",
        clientId: null,
        requesterAddress: "ana@contoso.example",
        createdAt: NOW,
        closedAt: null,
        words: "named vpn drops",
      });
      const again = await clientTickets(
        db,
        [mine],
        [found.find((one) => one.subject === "mine 39")?.id ?? 0],
      );
      expect(again.filter((one) => one.subject === "mine 39")).toHaveLength(1);
      expect(await clientTickets(db, [], [])).toEqual([]);
    });
  });
}
