import type { Contact, Device } from "../../desk/ticket.ts";
import { clientTickets, type ClientTicket } from "../../store/client-tickets.ts";
import type { Db } from "../../store/database.ts";
import { devicesOf, deviceWords } from "../../store/devices.ts";
import type { MessageRecord } from "../../store/messages.ts";
import { contactsByIds } from "../../store/people.ts";
import type { TicketRecord } from "../../store/tickets.ts";

/** What the desk holds about the people, things and earlier work around one ticket; of its own client alone. */
export interface KnownFacts {
  readonly contact: Contact | null;
  /** Named in the mail first, then the contact's own. */
  readonly devices: readonly Device[];
  /** The client's newest tickets and those that triage found like this one, newest first, without itself. */
  readonly tickets: readonly ClientTicket[];
}

export const NOTHING_KNOWN: KnownFacts = { contact: null, devices: [], tickets: [] };

/** For all items of a digest at once: three statements at the most, whatever their number. By ticket id. */
export async function knownFacts(
  db: Db,
  asked: readonly { readonly ticket: TicketRecord; readonly message: MessageRecord | null }[],
  hasDevices: boolean,
): Promise<ReadonlyMap<number, KnownFacts>> {
  const clientIds = asked.map(({ ticket }) => ticket.clientId).filter((id) => id !== null);
  const contactIds = asked.map(({ ticket }) => ticket.contactId).filter((id) => id !== null);
  const related = asked.flatMap(({ message }) => message?.triage?.related.map((one) => one.ticketId) ?? []);
  const words = new Map(
    hasDevices ? asked.map(({ ticket, message }) => [ticket.id, wordsIn(ticket, message)]) : [],
  );
  const [contacts, devices, tickets] = await Promise.all([
    contactsByIds(db, contactIds),
    hasDevices ? devicesOf(db, clientIds, contactIds, [...new Set([...words.values()].flat())]) : [],
    clientTickets(db, clientIds, related),
  ]);
  return new Map(
    asked.map(({ ticket, message }) => {
      const named = new Set(words.get(ticket.id));
      const isNamed = (device: Device): boolean =>
        named.has(device.name.toLowerCase()) ||
        (device.serial !== "" && named.has(device.serial.toLowerCase()));
      const own = devices.filter(
        (device) =>
          device.clientId === ticket.clientId &&
          (isNamed(device) || (ticket.contactId !== null && device.contactId === ticket.contactId)),
      );
      const found = new Set(message?.triage?.related.map((one) => one.ticketId));
      const around = tickets.filter(
        (one) =>
          one.id !== ticket.id &&
          one.clientId === ticket.clientId &&
          (ticket.clientId !== null || found.has(one.id)),
      );
      return [
        ticket.id,
        {
          contact: ticket.contactId === null ? null : (contacts.get(ticket.contactId) ?? null),
          devices: own.toSorted((a, b) => Number(isNamed(b)) - Number(isNamed(a)) || a.id - b.id),
          tickets: around.toSorted((a, b) => b.id - a.id),
        },
      ];
    }),
  );
}

function wordsIn(ticket: TicketRecord, message: MessageRecord | null): readonly string[] {
  return ticket.clientId === null ? [] : deviceWords(`${ticket.subject}\n${message?.newText ?? ""}`);
}
