import type { Db } from "../../store/database.ts";
import { releaseByDraft, releasesOf, type Release } from "../../store/releases.ts";
import { moveDraft, moveRelease, moveTicket } from "../../store/transition.ts";
import { callBackGranted } from "../review/call-back-granted.ts";
import { decision, outcome, type Deciding, type ItemState, type Outcome } from "./deciding.ts";
import { tooLate } from "./refusal.ts";

/** `stop`: within the hold the release is called back; later the truth. */
export async function performStop(deciding: Deciding, state: ItemState, line: string): Promise<Outcome> {
  const { unit, desk } = deciding;
  const { item, ticket } = state;
  const release = await releaseMeant(unit.db, item.draftId, ticket.id);
  if (release === null)
    return outcome(line, item.number, "refused", `Nothing was about to leave for #${ticket.number}.`);
  const event = {
    stream: `ticket:${ticket.id}`,
    actor: deciding.actor,
    kind: "release.cancelled",
    sentence: `${deciding.technician.name} stopped the reply on #${ticket.number}.`,
    evidence: { releaseId: release.id },
  };
  if (release.authorisation.kind === "grant") {
    const by = { actor: deciding.actor, sentence: event.sentence, technicianId: deciding.technician.id };
    if (await callBackGranted(desk, unit, release, by)) {
      await decision(deciding, state, "stop", { releaseId: release.id });
      const sentence = `Stopped: what the desk had let out alone on #${ticket.number} was not sent. You are asked about the same text.`;
      return outcome(line, item.number, "cancelled", sentence);
    }
  } else if (
    await moveRelease(unit, { id: release.id, verb: "cancel", also: { finished_at: unit.now } }, event)
  ) {
    await moveDraft(unit, { id: release.draftId, verb: "cancel" }, null);
    // Deferred by the relay, it had left the hold, and the ticket waited for a client who got nothing.
    await moveTicket(
      unit,
      { id: ticket.id, verb: "reopen", only: { status: "pending" } },
      { ...event, kind: "ticket.reopened", sentence: "Nothing was sent, so the ticket is open again." },
    );
    await decision(deciding, state, "stop", { releaseId: release.id });
    return outcome(
      line,
      item.number,
      "cancelled",
      `Stopped: the reply on #${ticket.number} was not sent. The ticket stays open; “redraft ${item.number}: what to change” brings another draft.`,
    );
  }
  return outcome(
    line,
    item.number,
    "refused",
    tooLate(release.status, release.finishedAt, unit.at, desk.settings.timeZone),
  );
}

type Meant = Pick<Release, "id" | "ticketId" | "draftId" | "authorisation" | "status" | "finishedAt">;

/**
 * What `stop` can mean: the release of the draft that the digest showed; else one of the ticket that has not begun to leave;
 * else one that came later, since an edit and a hand-over make a revision of their own. Never an earlier reply: "too late, it was sent"
 * would be said of a draft that nobody released.
 */
async function releaseMeant(db: Db, draftId: number | null, ticketId: number): Promise<Meant | null> {
  const shown = draftId === null ? null : await releaseByDraft(db, draftId);
  if (shown !== null && shown.status !== "cancelled") return shown;
  const releases = await releasesOf(db, ticketId);
  const waiting = releases.findLast(({ status }) => WAITS.has(status));
  return waiting ?? shown ?? releases.findLast((release) => release.draftId >= (draftId ?? 0)) ?? null;
}

const WAITS: ReadonlySet<Release["status"]> = new Set(["held", "ready", "deferred"]);
