import type { Actor } from "../../desk/event.ts";
import { draftById } from "../../store/drafts.ts";
import { insertDelivery, type Release } from "../../store/releases.ts";
import { ticketById } from "../../store/tickets.ts";
import { moveDraft, moveRelease, moveTicket } from "../../store/transition.ts";
import type { Unit } from "../unit.ts";

/** How an uncertain hand-over turned out to have arrived. */
interface Confirmation {
  readonly actor: Actor;
  /** For the audit log. */
  readonly sentence: string;
  readonly evidence: Readonly<Record<string, unknown>>;
  /** For the line of the attempt: `confirmed by a copy that came back`. */
  readonly text: string;
  readonly smtpCode?: number | null;
  readonly enhancedCode?: string | null;
  /** Further conditions on the release: `{ fence: 3 }`. */
  readonly only?: Readonly<Record<string, unknown>>;
}

/**
 * An uncertain release did arrive: it is accepted, its draft sent, and the ticket waits for the client again. Answers
 * whether it was uncertain; where somebody was first, nothing is written.
 */
export async function confirmDelivery(
  unit: Unit,
  release: Release,
  confirmation: Confirmation,
): Promise<boolean> {
  const { actor, sentence, evidence } = confirmation;
  const stream = `ticket:${release.ticketId}`;
  const confirmed = await moveRelease(
    unit,
    {
      id: release.id,
      verb: "confirm",
      ...(confirmation.only === undefined ? {} : { only: confirmation.only }),
      also: { finished_at: unit.now },
    },
    {
      stream,
      actor,
      kind: "release.confirmed",
      sentence,
      evidence: { releaseId: release.id, attempt: release.attempts, ...evidence },
    },
  );
  if (!confirmed) return false;
  await insertDelivery(
    unit.db,
    {
      releaseId: release.id,
      attempt: release.attempts,
      outcome: "accepted",
      smtpCode: confirmation.smtpCode ?? null,
      enhancedCode: confirmation.enhancedCode ?? null,
      text: confirmation.text,
      finishedAt: unit.now,
    },
    unit.now,
  );
  await moveDraft(unit, { id: release.draftId, verb: "send" }, null);
  await waitForClient(unit, release, actor);
  return true;
}

/** The doubt had opened the ticket. It waits for the client again, unless the client has written since. */
export async function waitForClient(unit: Unit, release: Release, actor: Actor): Promise<void> {
  const draft = await draftById(unit.db, release.draftId);
  const ticket = await ticketById(unit.db, release.ticketId);
  // An acknowledgement is no answer.
  if (draft?.kind !== "reply" || ticket?.lastClientMessageId !== draft.basedOnMessageId) return;
  await moveTicket(
    unit,
    { id: release.ticketId, verb: "await-client", only: { status: "open" } },
    {
      stream: `ticket:${release.ticketId}`,
      actor,
      kind: "ticket.pending",
      sentence: "The ticket waits for the client.",
      evidence: {},
    },
  );
}
