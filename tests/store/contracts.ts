import { recordsContract } from "./records.contract.ts";
import { replySignaturesContract } from "./reply-signatures.contract.ts";
import { reviewsContract } from "./reviews.contract.ts";
import { releasesContract } from "./releases.contract.ts";
import { recentTicketsContract } from "./recent-tickets.contract.ts";
import { searchContract } from "./search.contract.ts";
import { unitContract } from "./unit.contract.ts";
import { ticketsContract } from "./tickets.contract.ts";
import { messagesContract } from "./messages.contract.ts";
import { modelUsageContract } from "./model-usage.contract.ts";
import { learningContract } from "./learning.contract.ts";
import { clientTicketsContract } from "./client-tickets.contract.ts";
import { devicesContract } from "./devices.contract.ts";
import { errorsContract } from "./errors.contract.ts";
import { eventsContract } from "./events.contract.ts";
import { rawMessagesContract } from "./raw-messages.contract.ts";
import { schemaContract } from "./schema.contract.ts";
import type { OpenStore } from "./store.ts";
import { transitionContract } from "./transition.contract.ts";
import { vectorsContract } from "./vectors.contract.ts";
import { warningsContract } from "./warnings.contract.ts";

/** What the store must do, whichever database it is in. */
export function storeContracts(open: OpenStore): void {
  schemaContract(open);
  transitionContract(open);
  eventsContract(open);
  rawMessagesContract(open);
  recordsContract(open);
  reviewsContract(open);
  releasesContract(open);
  searchContract(open);
  vectorsContract(open);
  recentTicketsContract(open);
  unitContract(open);
  ticketsContract(open);
  messagesContract(open);
  warningsContract(open);
  replySignaturesContract(open);
  learningContract(open);
  modelUsageContract(open);
  devicesContract(open);
  errorsContract(open);
  clientTicketsContract(open);
}
