import { releaseByDraft, releasesOf } from "../../store/releases.ts";
import { moveDraft, moveRelease, moveTicket } from "../../store/transition.ts";
import { callBackGranted } from "../review/call-back-granted.ts";
import { decision, outcome, type Deciding, type ItemState, type Outcome } from "./deciding.ts";
import { tooLate } from "./refusal.ts";

/** `stop`: within the hold the release is called back; later the truth. */
export async function performStop(deciding: Deciding, state: ItemState, line: string): Promise<Outcome> {
  const { unit, desk } = deciding;
  const { item, ticket } = state;
  const releases = await releasesOf(unit.db, ticket.id);
  const shown = item.draftId === null ? null : await releaseByDraft(unit.db, item.draftId);
  // An edit released a later revision than the digest showed: the newest release of the ticket is the one meant.
  const release = shown ?? releases.at(-1) ?? null;
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
