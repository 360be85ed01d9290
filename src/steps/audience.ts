import { isFreemail } from "../mail/address.ts";
import type { ParsedMessage } from "../mail/message.ts";
import { isUnderDomains } from "../desk/address-domain.ts";
import type { Filing } from "../desk/filing.ts";
import { replyRecipients } from "../desk/recipients.ts";
import { isHighRisk } from "../desk/risk.ts";
import type { Client } from "../desk/ticket.ts";
import type { Triage } from "../desk/triage.ts";
import { participantsOf } from "../store/messages.ts";
import { contactsOf } from "../store/people.ts";
import type { TicketRecord } from "../store/tickets.ts";
import type { Desk, Directory } from "./desk.ts";
import type { Finding } from "./finding.ts";

export interface ToAddress {
  readonly ticket: TicketRecord;
  readonly client: Client | null;
  readonly message: ParsedMessage;
  readonly filing: Filing;
  readonly triage: Triage;
}

/** Who would get a reply, and what speaks against letting one out lightly. */
export async function audienceOf(
  desk: Pick<Desk, "database" | "settings">,
  directory: Directory,
  { ticket, client, message, filing, triage }: ToAddress,
): Promise<Pick<Finding, "recipients" | "risk">> {
  const db = desk.database.reader;
  const requester = { name: ticket.requesterName, address: ticket.requesterAddress };
  const clientDomains = client?.domains.filter((domain) => !isFreemail(domain)) ?? [];
  const participants =
    filing.kind === "follow-up" ? [...(await participantsOf(db, ticket.id))] : [requester.address];
  const recipients = replyRecipients({
    message,
    deskAddresses: [desk.settings.address, desk.settings.reviewAddress],
    clientDomains,
    ticketParticipants: participants,
    requester,
  });
  // Spam is not answered, so nobody's address makes it risky.
  const addressed = triage.spam.value
    ? []
    : [...recipients.to, ...recipients.cc].map((mailbox) => mailbox.address);
  const outside = addressed.some(
    (address) => !isUnderDomains(address, clientDomains) && address !== requester.address,
  );
  const contacts =
    client === null || !outside ? [] : (await contactsOf(db, client.id)).map((one) => one.email);
  const risk = isHighRisk(triage.risks, {
    ticketType: triage.type.value,
    recipients: addressed,
    contacts: [...contacts, ...participants],
    clientDomains,
    technicianAddresses: directory.technicians.flatMap((one) => [
      one.email,
      ...one.aliases,
      ...one.delegates,
    ]),
  });
  return { recipients, risk };
}
