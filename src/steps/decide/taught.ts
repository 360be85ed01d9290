import type { Lesson } from "../../desk/lesson.ts";
import type { TicketRecord } from "../../store/tickets.ts";

/** What one decision of a reply says of the client's message. */
export interface Taught {
  readonly ticket: TicketRecord;
  readonly messageId: number;
  readonly decisionId: number;
  readonly lessons: readonly Lesson[];
}
