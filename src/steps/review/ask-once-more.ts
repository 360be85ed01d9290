import { desk as deskActor } from "../../desk/event.ts";
import type { Technician } from "../../desk/ticket.ts";
import { draftById, insertDraft } from "../../store/drafts.ts";
import type { Release } from "../../store/releases.ts";
import { insertReview, reviewsOf } from "../../store/reviews.ts";
import { lockTicket } from "../../store/tickets.ts";
import type { Desk } from "../desk.ts";
import { askForDigest } from "./request-review.ts";
import type { Unit } from "../unit.ts";

/**
 * The relay refused some of the recipients of a reply, and nobody got it (threat 55): the same text is asked about once
 * more, so that mail alone is enough to send it to the others. Nothing where the client has written since, or somebody is
 * asked already. Answers whether somebody is.
 */
export async function askWithoutRefused(
  desk: Pick<Desk, "settings">,
  unit: Unit,
  release: Release,
  refused: readonly string[],
  technician: Technician,
): Promise<boolean> {
  const left = release.envelopeTo.filter((address) => !refused.includes(address));
  const draft = await draftById(unit.db, release.draftId);
  const ticket = await lockTicket(unit.db, release.ticketId);
  if (left.length === 0 || refused.length === 0 || draft?.kind !== "reply" || ticket === null) return false;
  if (draft.basedOnMessageId !== ticket.lastClientMessageId) return false;
  const asked = await reviewsOf(unit.db, ticket.id);
  if (asked.some((one) => one.status === "open" || one.status === "snoozed")) return false;
  const next = await insertDraft(
    unit.db,
    {
      ...draft,
      editedFromDraftId: draft.id,
      findings: {
        ...draft.findings,
        warnings: [
          `The relay refused ${refused.join(", ")}, so nobody has got this reply. “send 1 without ${refused.join(" ")}” sends it to ${left.join(", ")} alone.`,
        ],
      },
    },
    unit.now,
  );
  const before = asked.findLast((one) => one.draftId === draft.id) ?? asked.at(-1);
  const reviewId = await insertReview(
    unit.db,
    {
      ticketId: ticket.id,
      draftId: next.id,
      technicianId: technician.id,
      urgent: true,
      // A kind that mail may not release stays one.
      risk: before?.risk ?? { highRisk: false, codes: [], reasons: [] },
      actions: [],
      reasons: [`The relay refused ${refused.join(", ")}.`],
      expiresAt: new Date(unit.at.getTime() + desk.settings.review.expiresMs).toISOString(),
      answerDueAt: before?.answerDueAt ?? null,
      remindAt: null,
    },
    unit.now,
  );
  unit.record({
    stream: `ticket:${ticket.id}`,
    actor: deskActor("delivery"),
    kind: "draft.asked-again",
    sentence: `Draft ${next.revision}, the same text, is asked about: ${refused.length === 1 ? "a recipient was" : "recipients were"} refused, and the others got nothing.`,
    evidence: { draftId: next.id, from: draft.id, reviewId, refused: refused.length },
  });
  askForDigest(desk, unit, technician.id, reviewId);
  return true;
}
