import { describe, expect, it } from "vitest";
import type { Knex } from "knex";
import {
  DRAFT_TRANSITIONS,
  RELEASE_TRANSITIONS,
  REVIEW_TRANSITIONS,
  TICKET_TRANSITIONS,
  type Transition,
} from "../../src/desk/lifecycle.ts";
import {
  moveDraft,
  moveMessage,
  moveOutbox,
  moveRelease,
  moveReview,
  moveTicket,
  endDigestItems,
} from "../../src/store/transition.ts";
import { insertDigest, digestByToken } from "../../src/store/digests.ts";
import { nextState } from "../support/machine.ts";
import { freshStore } from "./fresh-store.ts";
import { draft, insideMail, message, release, review, technician, ticket, unique } from "./rows.ts";
import { LATER, NOW, event, recorder, type OpenStore } from "./store.ts";

const MACHINES = [
  {
    table: "tickets",
    machine: TICKET_TRANSITIONS,
    move: moveTicket,
    make: async (db: Knex) => (await ticket(db)).id,
  },
  {
    table: "drafts",
    machine: DRAFT_TRANSITIONS,
    move: moveDraft,
    make: async (db: Knex) => (await draft(db, (await ticket(db)).id)).id,
  },
  {
    table: "reviews",
    machine: REVIEW_TRANSITIONS,
    move: moveReview,
    make: async (db: Knex) => review(db, (await ticket(db)).id),
  },
  {
    table: "releases",
    machine: RELEASE_TRANSITIONS,
    move: moveRelease,
    make: async (db: Knex) => (await release(db)).id,
  },
] as const;

const distinct = (values: readonly string[]): readonly string[] => [...new Set(values)];

export function transitionContract(open: OpenStore): void {
  describe("the door for state", () => {
    let db: Knex;
    const store = freshStore(open, ({ database }) => {
      db = database.db;
    });

    const statusOf = async (table: string, id: number): Promise<string> =>
      (await db<{ id: number; status: string }>(table).where({ id }).first("status"))?.status ?? "";

    for (const { table, machine, move, make } of MACHINES) {
      const all: readonly Transition[] = machine;
      const states = distinct(all.flatMap((step) => [step.from, step.to]));
      const verbs = distinct(all.map((step) => step.verb));

      it(`moves ${table} as the table says, and not otherwise`, async () => {
        const id = await make(db);
        for (const from of states) {
          for (const verb of verbs) {
            await db(table).where({ id }).update({ status: from });
            const unit = recorder(db);
            const moved = await move(unit, { id, verb }, event("ticket:1"));
            const to = nextState(all, from, verb);
            const seen = { from, verb, moved, status: await statusOf(table, id), events: unit.events.length };
            expect(seen).toEqual({
              from,
              verb,
              moved: to !== null,
              status: to ?? from,
              events: to === null ? 0 : 1,
            });
          }
        }
      });
    }

    it("writes nothing besides, where the move is not legal", async () => {
      const { id } = await ticket(db);
      await moveTicket(recorder(db), { id, verb: "mark-spam" }, event("ticket:1"));
      const before: unknown = await db("tickets").where({ id }).first();
      expect(
        await moveTicket(
          recorder(db, LATER),
          { id, verb: "resolve", also: { queue: "Elsewhere" } },
          event("ticket:1"),
        ),
      ).toBe(false);
      expect(await db("tickets").where({ id }).first()).toEqual(before);
    });

    it("changes columns with the status, and the ticket's time of change", async () => {
      const { id } = await ticket(db);
      await moveTicket(
        recorder(db, LATER),
        { id, verb: "client-reply", also: { closed_at: null, last_client_message_id: 77 } },
        event("ticket:1"),
      );
      expect(await db("tickets").where({ id }).first()).toMatchObject({
        status: "new",
        updated_at: LATER,
        last_client_message_id: 77,
      });
    });

    it("holds the fence: a worker that woke too late moves nothing", async () => {
      const { id } = await release(db);
      await db("releases").where({ id }).update({ status: "claimed", fence: 4 });
      const unit = recorder(db);
      expect(await moveRelease(unit, { id, verb: "start", only: { fence: 3 } }, event("ticket:1"))).toBe(
        false,
      );
      expect(
        await moveRelease(
          unit,
          { id, verb: "start", only: { fence: 4 }, also: { fence: 5 } },
          event("ticket:1"),
        ),
      ).toBe(true);
      expect(await db("releases").where({ id }).first()).toMatchObject({ status: "started", fence: 5 });
      expect(unit.events).toHaveLength(1);
    });

    it("lets one of two at once win", async () => {
      const { id } = await draft(db, (await ticket(db)).id);
      const second = await store.another();
      const won = await Promise.all([
        moveDraft(recorder(db), { id, verb: "approve" }, null),
        moveDraft(recorder(second.db), { id, verb: "reject" }, null),
      ]);
      expect(won.filter(Boolean)).toHaveLength(1);
    });

    it("knows no other verb", async () => {
      const { id } = await ticket(db);
      await expect(moveTicket(recorder(db), { id, verb: "vanish" }, event("ticket:1"))).rejects.toThrow(
        '"vanish"',
      );
    });

    it("files or quarantines a message once; a person may have it tried again", async () => {
      const id = await message(db);
      const unit = recorder(db);
      const moves = [];
      for (const verb of ["retry", "quarantine", "file", "retry", "file", "quarantine", "retry"] as const)
        moves.push(await moveMessage(unit, id, verb, { disposition_code: verb }, event("message:1")));
      expect(moves).toEqual([false, true, false, true, true, false, false]);
      expect(unit.events).toHaveLength(3);
      expect(await db("messages").where({ id }).first()).toMatchObject({
        status: "filed",
        disposition_code: "file",
      });
    });

    it("sends or fails inside mail once", async () => {
      const id = await insideMail(db, await technician(db));
      expect(await moveOutbox(db, id, "sent", { sent_at: NOW })).toBe(true);
      expect(await moveOutbox(db, id, "failed", {})).toBe(false);
      expect(await db("outbox").where({ id }).first()).toMatchObject({ status: "sent", sent_at: NOW });
    });

    it("ends the live items of a review in every digest, and one item by its number", async () => {
      const technicianId = await technician(db);
      const { id: ticketId } = await ticket(db);
      const reviewId = await review(db, ticketId);
      const item = (number: number, of: number | null) => ({
        number,
        reviewId: of,
        ticketId,
        draftId: null,
        draftRevision: null,
        canonicalSha256: null,
        actId: null,
      });
      for (const id of ["one", "two"]) {
        const outboxId = await insideMail(db, technicianId);
        await insertDigest(
          db,
          {
            id,
            tokenSha256: unique(id),
            technicianId,
            outboxId,
            expiresAt: LATER,
            items: [item(1, reviewId), item(2, null)],
          },
          NOW,
        );
      }
      const token = ((await db("digests").where({ id: "one" }).first()) as { token_sha256: string })
        .token_sha256;
      expect(await endDigestItems(recorder(db), { digestId: "one", number: 1 }, { status: "used" })).toBe(1);
      expect(
        await endDigestItems(
          recorder(db),
          { digestId: "one", number: 1 },
          { status: "void", reason: "late" },
        ),
      ).toBe(0);
      expect(
        await endDigestItems(recorder(db), { reviewId }, { status: "void", reason: "newer message" }),
      ).toBe(1);
      expect((await digestByToken(db, token))?.items).toMatchObject([
        { number: 1, status: "used", voidReason: null },
        { number: 2, status: "live", voidReason: null },
      ]);
      expect(await db("digest_items").where({ digest_id: "two", number: 1 }).first()).toMatchObject({
        status: "void",
        void_reason: "newer message",
      });
    });
  });
}
