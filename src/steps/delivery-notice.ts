import { desk as deskActor } from "../desk/event.ts";
import type { Technician } from "../desk/ticket.ts";
import { renderDeliveryTrouble } from "../review/notices.ts";
import type { Release } from "../store/releases.ts";
import { decisionById } from "../store/decisions.ts";
import { ticketById } from "../store/tickets.ts";
import { moveTicket } from "../store/transition.ts";
import type { Desk } from "./desk.ts";
import { queueInside } from "./inside-mail.ts";
import type { Unit } from "./unit.ts";
import { clockTime } from "./words.ts";

/**
 * A reply was refused, bounced, or nobody knows: the ticket is open again, and the technician who released it is told
 * (for a policy's release, the assignee or an admin). Answers the outbox ids to send after the commit.
 */
export async function queueDeliveryNotice(
  desk: Pick<Desk, "directory" | "settings" | "sealing" | "random">,
  unit: Unit,
  release: Release,
  state: "rejected" | "uncertain" | "bounced",
  diagnostic: string,
): Promise<readonly number[]> {
  const ticket = await ticketById(unit.db, release.ticketId);
  if (ticket === null) return [];
  await moveTicket(
    unit,
    { id: ticket.id, verb: "reopen" },
    {
      stream: `ticket:${ticket.id}`,
      actor: deskActor("delivery"),
      kind: "ticket.reopened",
      sentence: `The reply was ${state}, so the ticket is open again.`,
      evidence: { releaseId: release.id },
    },
  );
  const directory = await desk.directory.current();
  const technician = await whoToTell(unit, release, ticket.assigneeId, directory.technicians);
  if (technician === null) return [];
  const mail = renderDeliveryTrouble(directory.templates, {
    deskName: desk.settings.name,
    state,
    ticketNumber: ticket.number,
    headline: ticket.subject,
    to: release.envelopeTo,
    at: clockTime(unit.at, unit.at, desk.settings.timeZone),
    diagnostic: diagnostic.slice(0, 500),
    url: `${desk.settings.webUrl}/tickets/${ticket.number}`,
  });
  return [await queueInside(desk, unit, { kind: "notice", technician, mail, ticketId: ticket.id })];
}

async function whoToTell(
  unit: Unit,
  release: Release,
  assigneeId: number | null,
  technicians: readonly Technician[],
): Promise<Technician | null> {
  const active = technicians.filter((one) => one.active);
  const decider =
    release.authorisation.kind === "decision"
      ? await decisionById(unit.db, release.authorisation.decisionId)
      : null;
  return (
    active.find((one) => one.id === decider?.technicianId) ??
    active.find((one) => one.id === assigneeId) ??
    active.find((one) => one.role === "admin") ??
    active[0] ??
    null
  );
}
