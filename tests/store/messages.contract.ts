import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Knex } from "knex";
import type { Filing } from "../../src/desk/filing.ts";
import type { Triage } from "../../src/desk/triage.ts";
import type { ParsedMessage } from "../../src/mail/message.ts";
import { advanceCursor, firstContact, readCursor } from "../../src/store/cursors.ts";
import {
  earlierTexts,
  filedColumns,
  insertNote,
  insertOutbound,
  insertReceived,
  insertUnreadable,
  listMail,
  messageById,
  messagesByIds,
  messagesOf,
  setDisposition,
  setRelayMessageId,
} from "../../src/store/messages.ts";
import { claimTriage } from "../../src/store/message-triage.ts";
import { knownReferences, originalOf, ownMessageIds, participantsOf } from "../../src/store/known-mail.ts";
import { ticketById } from "../../src/store/tickets.ts";
import { moveMessage } from "../../src/store/transition.ts";
import { freshStore } from "./fresh-store.ts";
import { insideMail, message, parsed, technician, ticket, unique } from "./rows.ts";
import { LATER, NOW, errorOf, event, recorder, type OpenStore } from "./store.ts";

const filing = (over: Partial<Filing> = {}): Filing => ({
  kind: "follow-up",
  code: "known-message-id",
  reason: "It answers a mail of this ticket.",
  ticketId: null,
  suggestedTicketId: null,
  requester: null,
  evidence: [],
  ...over,
});

/** What a stranger may write anywhere in a mail. */
const HOSTILE: readonly (readonly [string, string, string])[] = [
  ["NUL", "a\0b", "a\ufffdb"],
  ["half a surrogate pair", "a\ud83d", "a\ufffd"],
  ["unicode", "Zürich \u{1f5a8} 印刷 \u202eevil", "Zürich \u{1f5a8} 印刷 \u202eevil"],
  ["quotes and question marks", `a'b"c\\d ? $1 \${x} ;--`, `a'b"c\\d ? $1 \${x} ;--`],
  ["other controls", "a\u0001\u001b[2J\u007f", "a\u0001\u001b[2J\u007f"],
  ["a great length", "long ".repeat(60_000), "long ".repeat(60_000)],
];

export function messagesContract(open: OpenStore): void {
  describe("messages", () => {
    let db: Knex;
    freshStore(open, ({ database }) => {
      db = database.db;
    });

    async function file(
      mail: ParsedMessage,
      over: Partial<Filing> = {},
      receiptKey: string | null = null,
    ): Promise<number> {
      const id = await message(db);
      expect(
        await moveMessage(
          recorder(db),
          id,
          "file",
          filedColumns(mail, filing(over), receiptKey),
          event("message:1"),
        ),
      ).toBe(true);
      return id;
    }

    it("are taken in in order, with their envelopes", async () => {
      const base = {
        rawSha256: null as unknown as string,
        size: 3,
        account: "box",
        folder: "INBOX",
        uidValidity: "4294967295",
        source: "imap" as const,
      };
      const envelope = {
        reversePath: "",
        forwardPaths: ["a@desk.example"],
        remoteAddress: "192.0.2.1",
        heloName: "mx.example",
      };
      const ids = await insertReceived(
        db,
        Array.from({ length: 64 }, (_, uid) => ({ ...base, uid, envelope: uid === 0 ? envelope : null })),
        NOW,
      );
      expect(ids).toEqual(ids.toSorted((a, b) => a - b));
      expect(await db("messages").whereIn("id", ids).orderBy("id").pluck("uid")).toEqual(
        Array.from({ length: 64 }, (_, uid) => uid),
      );
      expect(await messageById(db, ids[0] ?? 0)).toMatchObject({
        status: "received",
        direction: "in",
        envelope,
        triage: null,
        attachments: [],
        to: [],
        receivedAt: NOW,
      });
      expect(await insertReceived(db, [], NOW)).toEqual([]);
      expect(await messageById(db, 999_999)).toBeNull();
    });

    it("come back as they were filed", async () => {
      const { id: ticketId } = await ticket(db);
      const mail = parsed({
        attachments: [
          {
            filename: "Bericht ä.pdf",
            contentType: "application/pdf",
            size: 12,
            inline: false,
            sha256: "ab",
          },
        ],
        cc: [{ name: 'Bob "the" Ö', address: "bob@contoso.example" }],
      });
      const id = await file(mail, { ticketId });
      expect(await messageById(db, id)).toMatchObject({
        status: "filed",
        messageId: mail.messageId,
        fromAddress: "ana@contoso.example",
        fromName: "Ana Ruiz",
        to: mail.to,
        cc: mail.cc,
        subject: mail.subject,
        newText: mail.newText,
        attachments: mail.attachments,
        disposition: "follow-up",
        dispositionCode: "known-message-id",
        ticketId,
        duplicateOf: null,
        suggestedTicketId: null,
      });
      expect((await messagesByIds(db, [id, id, 999_999])).get(id)?.subject).toBe(mail.subject);
      expect(await messagesByIds(db, [])).toEqual(new Map());
    });

    it("are filed without a sender, a Message-ID or a date", async () => {
      const id = await file(parsed({ from: [], messageId: null, date: null }), { kind: "note" });
      expect(await messageById(db, id)).toMatchObject({
        direction: "note",
        fromAddress: "",
        messageId: null,
      });
    });

    it("keep the words of a review reply in the sealed bytes alone", async () => {
      expect(await messageById(db, await file(parsed(), { kind: "review-reply" }))).toMatchObject({
        newText: null,
      });
    });

    it.each(HOSTILE)("are filed with %s anywhere in them", async (_, text, kept) => {
      const made = await ticket(db, {
        subject: text,
        requesterName: text,
        requesterAddress: `${text}@contoso.example`,
        searchText: text,
      });
      const mailbox = { name: text, address: `${text}@contoso.example` };
      const mail = parsed({
        subject: text,
        newText: text,
        messageId: `<${unique("x")}${text}@x.example>`,
        from: [mailbox],
        to: [mailbox],
        cc: [mailbox],
      });
      const id = await file(mail, { ticketId: made.id, reason: text, code: text });
      expect(await messageById(db, id)).toMatchObject({
        subject: kept,
        newText: kept,
        dispositionReason: kept,
        fromName: kept,
        to: [mailbox],
      });
      expect(await ticketById(db, made.id)).toMatchObject({ subject: kept, requesterName: kept });
      await insertNote(db, { ticketId: made.id, author: "dana@msp.example", text }, NOW);
      expect((await messagesOf(db, made.id)).at(-1)).toMatchObject({ direction: "note", newText: kept });
    });

    it("are found by an id of any length, also one that no index page holds", async () => {
      const { id: ticketId } = await ticket(db, {
        requesterAddress: `${randomBytes(9000).toString("base64")}@contoso.example`,
      });
      const messageId = `<${randomBytes(9000).toString("base64")}@contoso.example>`;
      await file(parsed({ messageId }), { ticketId });
      expect(await knownReferences(db, [messageId])).toEqual([{ messageId, ticketId, direction: "in" }]);
    });

    it("have one original of a Message-ID and content", async () => {
      const { id: ticketId } = await ticket(db);
      const key = unique("key");
      expect(await originalOf(db, key, 0)).toBeNull();
      const id = await file(parsed(), { ticketId }, key);
      expect(await originalOf(db, key, id)).toBeNull();
      expect(await originalOf(db, key, 0)).toEqual({ id, ticketId });
      const second = await message(db);
      const again = moveMessage(
        recorder(db),
        second,
        "file",
        filedColumns(parsed(), filing(), key),
        event("message:1"),
      );
      expect(await errorOf(again)).toMatchObject({ message: expect.stringMatching(/unique/i) as string });
    });

    it("are known by their own id and by a relay's", async () => {
      const { id: ticketId } = await ticket(db);
      const mail = parsed();
      await file(mail, { ticketId });
      const own = `<${unique("own")}@desk.example>`;
      await insertOutbound(
        db,
        {
          ticketId,
          messageId: own,
          from: { name: "", address: "support@desk.example" },
          to: [{ name: "", address: "Ana@Contoso.example" }],
          cc: [{ name: "", address: "bob@contoso.example" }],
          subject: "Re",
          text: "x",
        },
        NOW,
      );
      await setRelayMessageId(db, own, "<relay@mail.example>");
      expect(
        await knownReferences(db, ["<relay@mail.example>", mail.messageId ?? "", "<nobody@x.example>"]),
      ).toEqual(
        expect.arrayContaining([
          { messageId: "<relay@mail.example>", ticketId, direction: "out" },
          { messageId: mail.messageId, ticketId, direction: "in" },
        ]),
      );
      expect(await knownReferences(db, [])).toEqual([]);
      expect(
        await knownReferences(
          db,
          Array.from({ length: 3000 }, (_, i) => `<${i}@x.example>`),
        ),
      ).toEqual([]);
      expect(await ownMessageIds(db, own)).toEqual({ ticketId });
      expect(await ownMessageIds(db, mail.messageId ?? "")).toBeNull();
      const digest = `<${unique("digest")}@desk.example>`;
      await insideMail(db, await technician(db), digest);
      expect(await ownMessageIds(db, digest)).toEqual({ ticketId: null });
      expect(await participantsOf(db, ticketId)).toEqual(
        new Set(["ana@contoso.example", "bob@contoso.example"]),
      );
    });

    it("that are not on a ticket are no reference", async () => {
      const mail = parsed();
      await file(mail);
      expect(await knownReferences(db, [mail.messageId ?? ""])).toEqual([]);
    });

    it("are triaged once", async () => {
      const id = await file(parsed());
      const triage = { summary: "first \0", engine: "local" } as Triage;
      expect(await claimTriage(db, id, triage, { disposition_code: "spam" })).toBe(true);
      expect(await claimTriage(db, id, { ...triage, summary: "second" })).toBe(false);
      expect(await messageById(db, id)).toMatchObject({ triage, dispositionCode: "spam" });
    });

    it("are listed newest first, by disposition and by page; mail of the desk's own is not", async () => {
      const { id: ticketId } = await ticket(db);
      const ids = [
        await file(parsed(), { kind: "automatic" }),
        await file(parsed(), { kind: "automatic" }),
        await file(parsed(), { kind: "automatic" }),
      ];
      await insertNote(db, { ticketId, author: "x", text: "y" }, NOW);
      const list = (before?: number) =>
        listMail(db, { disposition: "automatic", limit: 2, ...(before === undefined ? {} : { before }) });
      expect((await list()).map((each) => each.id)).toEqual([ids[2], ids[1]]);
      expect((await list(ids[1])).map((each) => each.id)).toEqual([ids[0]]);
      expect((await listMail(db, { limit: 1000 })).some((each) => each.source === "desk")).toBe(false);
    });

    it("give what clients wrote before, oldest first", async () => {
      const { id: ticketId } = await ticket(db);
      const ids = [];
      for (const newText of ["one", "two", "three"]) ids.push(await file(parsed({ newText }), { ticketId }));
      expect(await earlierTexts(db, ticketId, ids[2] ?? 0)).toEqual(["one", "two"]);
    });

    it("that could not be fetched are shown, and keep why they were set aside", async () => {
      await insertUnreadable(
        db,
        { account: "box", folder: "INBOX", uidValidity: "1", uid: 9 },
        "the server says NO \0",
        NOW,
      );
      const [newest] = await listMail(db, { limit: 1 });
      expect(newest).toMatchObject({
        status: "quarantined",
        disposition: "quarantined",
        dispositionReason: "the server says NO \ufffd",
        rawSha256: null,
      });
      expect(await setDisposition(db, newest?.id ?? 0, "other", "later")).toBe(false);
      expect((await messageById(db, newest?.id ?? 0))?.dispositionCode).toBe(newest?.dispositionCode);
    });

    it("that are filed take a later finding", async () => {
      const id = await file(parsed({}), { ticketId: (await ticket(db)).id });
      expect(await setDisposition(db, id, "other", "later")).toBe(true);
      expect(await messageById(db, id)).toMatchObject({
        dispositionCode: "other",
        dispositionReason: "later",
      });
    });

    it("move a mailbox's cursor forward only", async () => {
      const place = { account: "box", folder: "INBOX", uidValidity: "7" };
      expect(await readCursor(db, "box", "INBOX", "7")).toBeNull();
      expect(await firstContact(db, "box", "INBOX")).toBeNull();
      for (const lastUid of [5, 9, 8])
        await advanceCursor(db, { ...place, lastUid }, lastUid === 5 ? NOW : LATER);
      expect(await readCursor(db, "box", "INBOX", "7")).toEqual({ ...place, lastUid: 9 });
      await advanceCursor(db, { ...place, uidValidity: "8", lastUid: 1, rescanBelow: 40 }, LATER);
      expect(await readCursor(db, "box", "INBOX", "8")).toEqual({
        ...place,
        uidValidity: "8",
        lastUid: 1,
        rescanBelow: 40,
      });
      expect(await firstContact(db, "box", "INBOX")).toBe(NOW);
      // RFC 3501: UIDs go up to 2^32 - 1.
      await advanceCursor(db, { ...place, lastUid: 4_294_967_295 }, LATER);
      expect(await readCursor(db, "box", "INBOX", "7")).toMatchObject({ lastUid: 4_294_967_295 });
    });
  });
}
