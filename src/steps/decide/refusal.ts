import { lastDecisionOn } from "../../store/decisions.ts";
import { releasesOf } from "../../store/releases.ts";
import type { Deciding, ItemState } from "./deciding.ts";
import { clockTime, clockTimeToTheSecond } from "../words.ts";

/** Why it cannot be released, with who was first or since when. */
export async function refusalFor(
  deciding: Deciding,
  state: ItemState,
  code: string,
  sentence: string,
): Promise<string> {
  const { unit, directory, technician, desk } = deciding;
  const { item, review } = state;
  if (code === "item-void")
    return `It is no longer current: ${item.voidReason ?? "it was taken back"}. Nothing was sent; what still waits comes in a new digest.`;
  if (code === "needs-console" || code === "needs-unedited")
    return `${sentence} The console is at ${desk.settings.webUrl}. By mail you can turn it down, close the ticket or hand it on: “reject ${item.number}: reason”, “close ${item.number}”, “reroute ${item.number} to PERSON”. Nothing was sent.`;
  if (code !== "item-used" && code !== "draft-not-current") return `${sentence} Nothing was sent.`;
  const last = review === null ? null : await lastDecisionOn(unit.db, review.id);
  if (last === null) return `${sentence} Nothing was sent.`;
  const who =
    last.technicianId === technician.id
      ? "you"
      : (directory.technicians.find((one) => one.id === last.technicianId)?.name ?? "a colleague");
  const when = clockTime(new Date(last.createdAt), unit.at, desk.settings.timeZone);
  const releases = await releasesOf(unit.db, state.ticket.id);
  const held = releases.find((release) => release.status === "held");
  if (held !== undefined)
    return `It was decided already: ${who} said “${last.verb}” at ${when}. That reply leaves at ${clockTimeToTheSecond(new Date(held.holdUntil), desk.settings.timeZone)}; to call it back, reply “stop ${item.number}”.`;
  return `It was decided already: ${who} said “${last.verb}” at ${when}. Nothing was sent twice.`;
}

export function tooLate(status: string, finishedAt: string | null, now: Date, timeZone: string): string {
  const at = finishedAt === null ? "" : ` at ${clockTime(new Date(finishedAt), now, timeZone)}`;
  if (status === "accepted") return `Too late: it was sent${at}.`;
  if (status === "cancelled") return `It was stopped already${at}. Nothing was sent.`;
  if (status === "rejected") return "There is nothing to stop: the relay refused it, and it was not sent.";
  if (status === "uncertain")
    return "Too late to stop: the line was lost while it was handed over, and nobody knows whether it arrived.";
  return "Too late: it is being handed to the relay this moment.";
}
