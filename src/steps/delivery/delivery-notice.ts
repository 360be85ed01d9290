import { desk as deskActor } from "../../desk/event.ts";
import type { Technician } from "../../desk/ticket.ts";
import { renderDeliveryTrouble } from "../../review/notices.ts";
import type { Release } from "../../store/releases.ts";
import { decisionById } from "../../store/decisions.ts";
import { ticketById } from "../../store/tickets.ts";
import { moveTicket } from "../../store/transition.ts";
import { askWithoutRefused } from "../review/ask-once-more.ts";
import type { Desk } from "../desk.ts";
import { queueInside } from "../review/inside-mail.ts";
import type { Unit } from "../unit.ts";
import { clockTime } from "../words.ts";

/** A release in trouble, and what was said about it. */
interface DeliveryTrouble {
  readonly state: "rejected" | "uncertain" | "bounced";
  /** The relay's words, or the report's. */
  readonly diagnostic: string;
  /** Recipients that were refused for good while nobody got it. */
  readonly refused?: readonly string[];
}

/**
 * A reply was refused, bounced, or nobody knows: the ticket is open again, and the technician who released it is told
 * (for a policy's release, the assignee or an admin); of an uncertain one the leads, too. Answers the outbox ids to send
 * after the commit.
 */
export async function queueDeliveryNotice(
  desk: Pick<Desk, "directory" | "settings" | "sealing" | "random">,
  unit: Unit,
  release: Release,
  trouble: DeliveryTrouble,
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
      sentence: `The reply was ${trouble.state}, so the ticket is open again.`,
      evidence: { releaseId: release.id },
    },
  );
  const directory = await desk.directory.current();
  const active = directory.technicians.filter((one) => one.active);
  const first = await whoReleased(unit, release, ticket.assigneeId, active);
  if (first === null) return [];
  const { refused } = trouble;
  const asked =
    refused !== undefined && (await askWithoutRefused(desk, unit, release, refused, first)) ? refused : [];
  const leads = trouble.state === "uncertain" ? active.filter((one) => one.role === "lead") : [];
  const ids: number[] = [];
  for (const technician of new Set([first, ...leads])) {
    const mail = renderDeliveryTrouble(directory.templates, {
      deskName: desk.settings.name,
      state: trouble.state,
      releaseId: release.id,
      technician: technician.email,
      ticketNumber: ticket.number,
      headline: ticket.subject,
      to: release.envelopeTo,
      askedWithout: asked,
      at: clockTime(unit.at, unit.at, desk.settings.timeZone),
      diagnostic: trouble.diagnostic.slice(0, 500),
      url: `${desk.settings.webUrl}/tickets/${ticket.number}`,
    });
    ids.push(await queueInside(desk, unit, { kind: "notice", technician, mail, ticketId: ticket.id }));
  }
  return ids;
}

async function whoReleased(
  unit: Unit,
  release: Release,
  assigneeId: number | null,
  active: readonly Technician[],
): Promise<Technician | null> {
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
