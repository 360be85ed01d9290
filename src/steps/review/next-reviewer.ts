import { reviewersFor } from "../../desk/routing.ts";
import type { Technician } from "../../desk/ticket.ts";
import type { TicketRecord } from "../../store/tickets.ts";
import type { Desk, Directory } from "../desk.ts";

/** Who is to be asked about a ticket, and the sentence that says why. */
interface NextReviewer {
  /** `null` where nobody is left. */
  readonly technician: Technician | null;
  readonly reason: string;
}

/**
 * The first whom `reviewersFor` names.
 *
 * @param exclude ids of those already asked
 */
export function nextReviewer(
  { settings }: Pick<Desk, "settings">,
  { technicians, loads }: Pick<Directory, "technicians" | "loads">,
  { assigneeId, queue }: Pick<TicketRecord, "assigneeId" | "queue">,
  now: Date,
  exclude: readonly number[] = [],
): NextReviewer {
  const { technicianIds, reason } = reviewersFor({
    assigneeId,
    queueName: queue,
    technicians,
    loads,
    now,
    timeZone: settings.timeZone,
    exclude,
  });
  return { technician: technicians.find((one) => one.id === technicianIds[0]) ?? null, reason };
}
