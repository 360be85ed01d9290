import { isFreemail, sameAddress } from "../../mail/address.ts";
import type { ParsedMessage } from "../../mail/message.ts";
import { isUnderDomains } from "../../desk/address-domain.ts";
import type { Filing } from "../../desk/filing.ts";
import { replyRecipients } from "../../desk/recipients.ts";
import { isHighRisk } from "../../desk/risk.ts";
import type { Client } from "../../desk/ticket.ts";
import type { Triage } from "../../desk/triage.ts";
import { lettersOf, type Letter } from "../../store/correspondence.ts";
import { contactsOf } from "../../store/people.ts";
import type { TicketRecord } from "../../store/tickets.ts";
import type { Desk, Directory } from "../desk.ts";
import type { Finding } from "./finding.ts";

interface ToAddress {
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
  const letters = filing.kind === "follow-up" ? await lettersOf(db, ticket.id) : [];
  const recipients = replyRecipients({
    message,
    deskAddresses: [desk.settings.address, desk.settings.reviewAddress],
    clientDomains,
    ticketParticipants: [requester.address, ...joinedBy(letters, requester.address, clientDomains)],
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
    contacts: [
      ...contacts,
      requester.address,
      ...letters.flatMap((letter) => (letter.direction === "in" ? [letter.from] : letter.to)),
    ],
    clientDomains,
    technicianAddresses: directory.technicians.flatMap((one) => [
      one.email,
      ...one.aliases,
      ...one.delegates,
    ]),
  });
  return { recipients, risk };
}

/**
 * Who gets a reply besides the requester: those the desk has written to, and those of the client's own domains whom the
 * requester wrote to. Whoever writes without that is heard and joins nothing: somebody in Bcc, or a forward's reader
 * (threat 31).
 */
function joinedBy(
  letters: readonly Letter[],
  requester: string,
  clientDomains: readonly string[],
): readonly string[] {
  return letters.flatMap((letter) => {
    if (letter.direction === "out") return letter.to;
    return sameAddress(letter.from, requester)
      ? letter.to.filter((address) => isUnderDomains(address, clientDomains))
      : [];
  });
}
