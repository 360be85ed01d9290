import type { ReplyRecipients } from "../../desk/recipients.ts";
import type { HighRisk } from "../../desk/risk.ts";
import type { Route } from "../../desk/routing.ts";
import type { Client, Contact, Priority, Technician } from "../../desk/ticket.ts";
import type { Triage } from "../../desk/triage.ts";
import type { NewDraft } from "../../store/drafts.ts";
import type { MessageRecord } from "../../store/messages.ts";
import type { ReviewedAction } from "../../store/reviews.ts";
import type { TicketRecord } from "../../store/tickets.ts";

/** Everything known about one message of a client before anything is written. */
export interface Finding {
  readonly ticket: TicketRecord;
  readonly stored: MessageRecord;
  readonly client: Client | null;
  readonly contact: Contact | null;
  readonly triage: Triage;
  readonly priority: Priority;
  readonly route: Route;
  /** Who will review; `null` where the desk has no technician yet. */
  readonly reviewer: Technician | null;
  readonly reviewerReason: string;
  readonly recipients: ReplyRecipients;
  readonly risk: HighRisk;
  /** `null` where nothing is to be sent: spam. */
  readonly draft: NewDraft | null;
  /** The same reply, signed by the desk: what goes out where a policy lets it go alone. `null` where none does. */
  readonly replyAlone: NewDraft | null;
  /** The acknowledgement's text, where a policy lets one out. */
  readonly acknowledgement: string | null;
  readonly actions: readonly ReviewedAction[];
}
