import { routeTicket } from "../../desk/routing.ts";
import type { Triage } from "../../desk/triage.ts";
import type { TicketRecord } from "../../store/tickets.ts";
import type { Desk, Directory } from "../desk.ts";
import { nextReviewer } from "../review/next-reviewer.ts";
import type { Finding } from "./finding.ts";

/** Who should work on it, and who is asked to review: an assignee stays. */
export function whoWorks(
  desk: Pick<Desk, "clock" | "settings">,
  directory: Directory,
  triage: Triage,
  ticket: TicketRecord,
): Pick<Finding, "route" | "reviewer" | "reviewerReason"> {
  const { technicians, queues, loads } = directory;
  const now = desk.clock();
  const { timeZone } = desk.settings;
  const skills = queues.find((queue) => queue.name === triage.queue.value)?.skills ?? [];
  const route =
    ticket.assigneeId === null
      ? routeTicket({
          queueName: triage.queue.value,
          skills: [...new Set([triage.category.value, ...skills])],
          technicians,
          loads,
          now,
          timeZone,
        })
      : { queue: ticket.queue, technicianId: ticket.assigneeId, reason: "the ticket has an assignee" };
  const asked = nextReviewer(desk, directory, { assigneeId: route.technicianId, queue: route.queue }, now);
  return { route, reviewer: asked.technician, reviewerReason: asked.reason };
}
