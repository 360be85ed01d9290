import { describe, expect, it } from "vitest";
import type { Knex } from "knex";
import type { ProposedAction } from "../../src/desk/action.ts";
import { actsOf, actsToShow, insertActs, markShown, markUndone } from "../../src/store/acts.ts";
import { decisionById, decisionsOf, insertDecision, lastDecisionOn } from "../../src/store/decisions.ts";
import { digestByToken, insertDigest, revokeDigest } from "../../src/store/digests.ts";
import {
  acknowledgedSince,
  draftById,
  draftsByIds,
  draftsOf,
  unreleasedDrafts,
  wasAnswered,
} from "../../src/store/drafts.ts";
import {
  deferInsideMail,
  digestMessageIds,
  dueInsideMail,
  insideMailById,
  insideMailExists,
} from "../../src/store/outbox.ts";
import {
  askAgain,
  claimForDigest,
  countReminder,
  decidedReviews,
  dueReviews,
  listReviews,
  reviewById,
  reviewsByIds,
  reviewsOf,
  reviewsToAsk,
  setReviewActions,
  reviewsNearlyDue,
  unansweredReviews,
  type ReviewedAction,
} from "../../src/store/reviews.ts";
import { moveDraft, moveOutbox, moveReview } from "../../src/store/transition.ts";
import { freshStore } from "./fresh-store.ts";
import { content, draft, insideMail, message, review, technician, ticket, unique } from "./rows.ts";
import { LATER, NOW, recorder, sealing, type OpenStore } from "./store.ts";

const BEFORE = "2026-03-02T08:00:00.000Z";
const MUCH_LATER = "2026-03-05T10:00:00.000Z";
const AWKWARD = "Zoë \u{1f600} \0 \ud83d \"'\\ ? \u2028";

export function reviewsContract(open: OpenStore): void {
  describe("drafts, reviews and what is decided", () => {
    let db: Knex;
    let technicianId: number;
    const store = freshStore(open, async ({ database }) => {
      db = database.db;
      technicianId = await technician(db);
    });

    const newTicket = async (over: Parameters<typeof ticket>[1] = {}): Promise<number> =>
      (await ticket(db, over)).id;
    const action: ReviewedAction = {
      action: { action: "note", text: AWKWARD, confidence: 0.125, evidence: [] },
      verdict: { verdict: "review", reasons: [AWKWARD], rule: null },
    };

    async function digest(
      reviewIds: readonly number[],
      createdAt = NOW,
    ): Promise<{ id: string; token: string }> {
      const [id, token] = [unique("digest"), unique("token")];
      const outboxId = await insideMail(db, technicianId);
      const items = [];
      for (const [index, reviewId] of reviewIds.entries())
        items.push({
          number: index + 1,
          reviewId,
          ticketId: (await reviewById(db, reviewId))?.ticketId ?? 0,
          draftId: null,
          draftRevision: null,
          canonicalSha256: null,
          actId: null,
        });
      await insertDigest(
        db,
        { id, tokenSha256: token, technicianId, outboxId, expiresAt: LATER, items },
        createdAt,
      );
      return { id, token };
    }

    it("keeps a draft's words exactly, whatever is in them", async () => {
      const ticketId = await newTicket();
      const based = await message(db);
      const made = await draft(db, ticketId, {
        content: { ...content(AWKWARD), subject: AWKWARD },
        basedOnMessageId: based,
        findings: {
          articleIds: [1],
          unsourced: [AWKWARD],
          sources: [],
          questions: [],
          warnings: [],
          dropped: [{ address: "x@y.example", reason: "foreign" }],
          confidence: 0.1,
        },
      });
      expect(await draftById(db, made.id)).toMatchObject({
        revision: 1,
        status: "proposed",
        content: { body: AWKWARD, subject: AWKWARD, inReplyTo: null },
        basedOnMessageId: based,
        editedFromDraftId: null,
        findings: { unsourced: [AWKWARD], confidence: 0.1 },
      });
      expect((await draft(db, ticketId, { editedFromDraftId: made.id })).revision).toBe(2);
      expect((await draftsOf(db, ticketId)).map((each) => each.revision)).toEqual([1, 2]);
      expect((await draftsByIds(db, [made.id, 999_999])).size).toBe(1);
      expect(await draftById(db, 999_999)).toBeNull();
    });

    it("knows which drafts a newer message makes stale", async () => {
      const ticketId = await newTicket();
      const [proposed, approved, rejected] = [
        await draft(db, ticketId),
        await draft(db, ticketId),
        await draft(db, ticketId),
      ];
      await draft(db, ticketId, { kind: "acknowledge" });
      await moveDraft(recorder(db), { id: approved.id, verb: "approve" }, null);
      await moveDraft(recorder(db), { id: rejected.id, verb: "reject" }, null);
      expect((await unreleasedDrafts(db, ticketId)).map((each) => each.id).toSorted((a, b) => a - b)).toEqual(
        [proposed.id, approved.id],
      );
    });

    it("takes a reply that left for an answer, and no acknowledgement", async () => {
      const ticketId = await newTicket();
      const unit = recorder(db);
      const leaves = async (kind: "reply" | "acknowledge"): Promise<number> => {
        const { id } = await draft(db, ticketId, { kind });
        await moveDraft(unit, { id, verb: "approve" }, null);
        await moveDraft(unit, { id, verb: "release" }, null);
        return id;
      };
      await leaves("acknowledge");
      expect(await wasAnswered(db, ticketId)).toBe(false);
      const id = await leaves("reply");
      expect(await wasAnswered(db, ticketId)).toBe(true);
      await moveDraft(unit, { id, verb: "send" }, null);
      expect(await wasAnswered(db, ticketId)).toBe(true);
      await moveDraft(unit, { id, verb: "bounce" }, null);
      expect(await wasAnswered(db, ticketId)).toBe(false);
    });

    it("knows who had an acknowledgement lately", async () => {
      const requesterAddress = `${unique("ack")}@x.example`;
      const ticketId = await newTicket({ requesterAddress });
      await draft(db, ticketId);
      expect(await acknowledgedSince(db, requesterAddress, BEFORE)).toBe(false);
      await draft(db, ticketId, { kind: "acknowledge" });
      expect(await acknowledgedSince(db, requesterAddress, BEFORE)).toBe(true);
      expect(await acknowledgedSince(db, requesterAddress.replace("ack", "ACK"), BEFORE)).toBe(true);
      expect(await acknowledgedSince(db, requesterAddress, NOW)).toBe(false);
      expect(await acknowledgedSince(db, "other@x.example", BEFORE)).toBe(false);
    });

    it("keeps a review with its actions", async () => {
      const ticketId = await newTicket();
      const id = await review(db, ticketId, {
        technicianId,
        urgent: true,
        risk: { highRisk: true, codes: ["identity"], reasons: [AWKWARD] },
        actions: [action],
        reasons: [AWKWARD],
      });
      expect(await reviewById(db, id)).toEqual({
        id,
        ticketId,
        draftId: null,
        status: "open",
        technicianId,
        urgent: true,
        risk: { highRisk: true, codes: ["identity"], reasons: [AWKWARD] },
        actions: [action],
        reasons: [AWKWARD],
        expiresAt: LATER,
        snoozedUntil: null,
        answerDueAt: null,
        remindAt: null,
        reminders: 0,
        digestId: null,
        createdAt: NOW,
      });
      await setReviewActions(db, id, []);
      expect((await reviewsOf(db, ticketId))[0]).toMatchObject({ actions: [], urgent: true });
      expect((await reviewsByIds(db, [id])).get(id)?.risk.codes).toEqual(["identity"]);
      expect(await reviewsByIds(db, [])).toEqual(new Map());
    });

    it("asks each review in one digest", async () => {
      const mine = await technician(db);
      const ticketId = await newTicket();
      const ids = [];
      for (let i = 0; i < 3; i++) ids.push(await review(db, ticketId, { technicianId: mine }));
      await review(db, ticketId, { technicianId });
      expect((await reviewsToAsk(db, mine, 2)).map((each) => each.id)).toEqual(ids.slice(0, 2));
      const second = await store.another();
      const claimed = await Promise.all([claimForDigest(db, ids, "a"), claimForDigest(second.db, ids, "b")]);
      expect(claimed.map((taken) => taken.size).toSorted((a, b) => a - b)).toEqual([0, 3]);
      expect((await claimForDigest(db, [], "c")).size).toBe(0);
      expect(await reviewsToAsk(db, mine, 9)).toEqual([]);
      await askAgain(db, ids[0] ?? 0, technicianId, { expiresAt: MUCH_LATER });
      await askAgain(db, ids[1] ?? 0, null);
      expect(await reviewById(db, ids[0] ?? 0)).toMatchObject({
        digestId: null,
        technicianId,
        expiresAt: MUCH_LATER,
      });
      expect((await reviewsToAsk(db, mine, 9)).map((each) => each.id)).toEqual([ids[1]]);
    });

    it("knows which reviews ran out, woke up, or were not answered", async () => {
      const ticketId = await newTicket();
      const expired = await review(db, ticketId, { expiresAt: BEFORE });
      const fresh = await review(db, ticketId, { expiresAt: MUCH_LATER });
      const waking = await review(db, ticketId, { expiresAt: MUCH_LATER });
      const asleep = await review(db, ticketId, { expiresAt: BEFORE });
      await moveReview(recorder(db), { id: waking, verb: "snooze", also: { snoozed_until: NOW } }, null);
      await moveReview(recorder(db), { id: asleep, verb: "snooze", also: { snoozed_until: LATER } }, null);
      const due = await dueReviews(db, NOW, 50);
      expect(due.expired.map((each) => each.id)).toEqual([expired]);
      expect(due.waking.map((each) => each.id)).toEqual([waking]);
      const promised = await review(db, ticketId, {
        expiresAt: MUCH_LATER,
        answerDueAt: LATER,
        remindAt: NOW,
      });
      expect(await reviewsNearlyDue(db, NOW, NOW, 9)).toEqual([]);
      const promise = await digest([promised], BEFORE);
      await claimForDigest(db, [promised], promise.id);
      expect(await reviewsNearlyDue(db, NOW, BEFORE, 9)).toEqual([]);
      expect(await reviewsNearlyDue(db, NOW, NOW, 9)).toMatchObject([{ id: promised, answerDueAt: LATER }]);
      await countReminder(db, promised);
      expect(await reviewsNearlyDue(db, NOW, NOW, 9)).toEqual([]);
      await moveReview(recorder(db), { id: promised, verb: "void" }, null);
      const asked = await digest([fresh], BEFORE);
      await claimForDigest(db, [fresh], asked.id);
      expect(await unansweredReviews(db, NOW, 0, 9)).toEqual([
        { ...(await reviewById(db, fresh)), askedAt: expect.any(String) },
      ]);
      expect(await unansweredReviews(db, "2026-03-02T07:59:59.999Z", 0, 9)).toEqual([]);
      await countReminder(db, fresh);
      expect(await unansweredReviews(db, NOW, 0, 9)).toEqual([]);
      expect((await unansweredReviews(db, NOW, 1, 9)).map((each) => each.id)).toEqual([fresh]);
      await moveReview(recorder(db), { id: fresh, verb: "decide" }, null);
      expect(await unansweredReviews(db, NOW, 1, 9)).toEqual([]);
      expect((await decidedReviews(db, 1)).map((each) => each.id)).toEqual([fresh]);
      expect((await listReviews(db, { state: "decided", limit: 1 })).map((each) => each.id)).toEqual([fresh]);
      expect((await listReviews(db, { limit: 2, before: waking })).map((each) => each.id)).toEqual([
        fresh,
        expired,
      ]);
    });

    it("finds a digest by its token, with its items in order", async () => {
      const ticketId = await newTicket();
      const made = await digest([await review(db, ticketId), await review(db, ticketId)]);
      const found = await digestByToken(db, made.token);
      expect(found).toMatchObject({
        id: made.id,
        technicianId,
        revokedAt: null,
        createdAt: NOW,
        expiresAt: LATER,
      });
      expect(found?.items.map((item) => [item.number, item.status])).toEqual([
        [1, "live"],
        [2, "live"],
      ]);
      expect((await digestByToken(db, (await digest([])).token))?.items).toEqual([]);
      expect(await digestByToken(db, "nobody's")).toBeNull();
      expect(await revokeDigest(db, made.id, "left the company", LATER)).toBe(true);
      expect(await revokeDigest(db, made.id, "again", LATER)).toBe(false);
      expect(await digestByToken(db, made.token)).toMatchObject({
        revokedAt: LATER,
        revokedReason: "left the company",
      });
    });

    it("keeps decisions with their proof, and knows which reply was acted on", async () => {
      const ticketId = await newTicket();
      const reviewId = await review(db, ticketId);
      const messageId = await message(db);
      const decision = {
        reviewId,
        ticketId,
        draftId: null,
        draftRevision: null,
        technicianId,
        verb: "reject",
        channel: "mail",
        detail: { reason: AWKWARD },
        proof: { kind: "dkim", detail: "d=msp.example" },
        messageId,
      } as const;
      await insertDecision(db, { ...decision, verb: "note" }, NOW);
      const id = await insertDecision(db, decision, LATER);
      expect(await decisionById(db, id)).toEqual({ ...decision, id, createdAt: LATER });
      expect((await lastDecisionOn(db, reviewId))?.id).toBe(id);
      expect(await decisionsOf(db, ticketId)).toHaveLength(2);
      expect(await lastDecisionOn(db, 999_999)).toBeNull();
    });

    it("queues inside mail, sealed, and sends it by its time", async () => {
      const messageId = `<${unique("out")}@desk.example>`;
      expect(await insideMailExists(db, messageId)).toBe(false);
      const id = await insideMail(db, technicianId, messageId);
      const found = await insideMailById(db, id);
      expect(found).toMatchObject({
        id,
        kind: "digest",
        technicianId,
        messageId,
        ticketId: null,
        attempts: 0,
      });
      expect(sealing.open(found?.sealedMail ?? Buffer.alloc(0)).toString()).toContain("Subject: digest");
      expect(await insideMailExists(db, messageId)).toBe(true);
      expect(await digestMessageIds(db, ["<x@x.example>", messageId])).toEqual([messageId]);
      expect(await digestMessageIds(db, [])).toEqual([]);
      const due = async (now: string): Promise<boolean> =>
        (await dueInsideMail(db, now, 1000)).some((mail) => mail.id === id);
      expect([await due(NOW), await due(LATER)]).toEqual([false, true]);
      await deferInsideMail(db, id, 3, MUCH_LATER, "451 \0");
      expect([await due(LATER), await due(MUCH_LATER)]).toEqual([false, true]);
      await moveOutbox(db, id, "sent", { sent_at: MUCH_LATER });
      await deferInsideMail(db, id, 4, NOW, "late");
      expect(await due(MUCH_LATER)).toBe(false);
      expect(await insideMailById(db, id)).toBeNull();
      expect(await db("outbox").where({ id }).first()).toMatchObject({
        attempts: 3,
        last_error: "451 \ufffd",
      });
    });

    it("shows what the desk did alone, once, and undoes it once", async () => {
      const mine = await technician(db);
      const ticketId = await newTicket();
      const proposed: ProposedAction = {
        action: "categorise",
        category: AWKWARD,
        type: "incident",
        confidence: 0.97,
        evidence: [],
      };
      const act = {
        ticketId,
        action: proposed,
        before: { category: "", assignee_id: null },
        policyVersion: 2,
        policyRule: 0,
        flagged: true,
        reasons: [AWKWARD],
        technicianId: mine,
        draftId: null,
      };
      await insertActs(db, [], NOW);
      await insertActs(db, [act, { ...act, flagged: false }, { ...act, technicianId: null }], NOW);
      const shown = await actsToShow(db, mine, 9);
      expect(shown).toEqual([
        { ...act, id: shown[0]?.id, undoneAt: null, undoneBy: null, createdAt: NOW },
        { ...act, flagged: false, id: shown[1]?.id, undoneAt: null, undoneBy: null, createdAt: NOW },
      ]);
      await markShown(db, [], "d");
      await markShown(db, [shown[0]?.id ?? 0], "d");
      expect(await markUndone(db, shown[1]?.id ?? 0, "dana@msp.example", LATER)).toBe(true);
      expect(await markUndone(db, shown[1]?.id ?? 0, "eve@msp.example", LATER)).toBe(false);
      expect(await actsToShow(db, mine, 9)).toEqual([]);
      expect((await actsOf(db, ticketId)).map((each) => each.undoneBy)).toEqual([
        null,
        "dana@msp.example",
        null,
      ]);
    });
  });
}
