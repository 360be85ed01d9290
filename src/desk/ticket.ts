/** The service desk's nouns. ITIL's words where ITIL has one. */

export const TICKET_TYPES = [
  "incident",
  "service-request",
  "question",
  "change",
  "security-incident",
] as const;
export type TicketType = (typeof TICKET_TYPES)[number];

/** ITIL: how many are hit. `high` is a whole client or site, `medium` a team, `low` one person. */
export const LEVELS = ["high", "medium", "low"] as const;
export type Impact = (typeof LEVELS)[number];
export type Urgency = (typeof LEVELS)[number];

export const PRIORITIES = ["P1", "P2", "P3", "P4"] as const;
export type Priority = (typeof PRIORITIES)[number];

export type Role = "technician" | "lead" | "admin";

export interface Queue {
  readonly id: number;
  readonly name: string;
  readonly skills: readonly string[];
  /** Where work goes that no rule sends elsewhere; exactly one queue is it. */
  readonly isDefault: boolean;
}

export interface Technician {
  readonly id: number;
  readonly name: string;
  /** addr-spec; digests go here. */
  readonly email: string;
  /** Further addresses from which a reply counts as this person's. */
  readonly aliases: readonly string[];
  /** Addresses that may reply for this person. */
  readonly delegates: readonly string[];
  readonly role: Role;
  readonly queues: readonly string[];
  readonly skills: readonly string[];
  /** "Mon-Fri 08:00-17:00" in the desk's time zone; "" means always. */
  readonly hours: string;
  readonly active: boolean;
}

export interface Client {
  readonly id: number;
  readonly name: string;
  readonly domains: readonly string[];
  readonly vip: boolean;
  /** Under a supervisor's eye (bank, practice, utility): a change there needs more care. */
  readonly regulated: boolean;
  readonly sla: string;
  /** For technicians, never for the client. */
  readonly notes: string;
}

export interface Contact {
  readonly id: number;
  readonly clientId: number;
  readonly name: string;
  readonly email: string;
  readonly vip: boolean;
  /** For technicians, never for the client. */
  readonly notes: string;
}

/** One thing that the desk looks after for a client: a laptop, a printer, a server. */
export interface Device {
  readonly id: number;
  readonly clientId: number;
  /** Whose it is; `null` for a shared one. */
  readonly contactId: number | null;
  /** What stands on its label: `LT-0042`. One of a name a client, in any case. */
  readonly name: string;
  readonly type: string;
  readonly os: string;
  readonly serial: string;
  /** Its last day, YYYY-MM-DD; "" where it is not known. */
  readonly warranty: string;
  /** For technicians, never for clients. */
  readonly notes: string;
}

export interface Ticket {
  readonly id: number;
  /** What people see: #1042. */
  readonly number: number;
  readonly subject: string;
  readonly status: TicketStatus;
  readonly clientId: number | null;
  readonly contactId: number | null;
  readonly requesterName: string;
  /** addr-spec of the person the reply goes to. */
  readonly requesterAddress: string;
  readonly queue: string;
  readonly assigneeId: number | null;
  readonly type: TicketType;
  readonly category: string;
  readonly impact: Impact;
  readonly urgency: Urgency;
  readonly priority: Priority;
  /** Message that an unreleased draft must be based on; a newer one supersedes it. */
  readonly lastClientMessageId: number | null;
  readonly mergedIntoId: number | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** ISO 8601; set while a technician snoozed it. */
  readonly snoozedUntil: string | null;
}

export type TicketStatus = "new" | "open" | "pending" | "resolved" | "closed" | "spam" | "merged";

/** The reference that goes into a subject and a Message-ID: `[#1042]`. */
export function ticketReference(number: number): string {
  return `[#${number}]`;
}
