import type { Mailbox } from "../../mail/message.ts";
import { clockTime } from "../../steps/words.ts";
import type { Web } from "../context.ts";

/** A time as people read it, with the exact one behind it. */
export interface Moment {
  readonly iso: string;
  readonly text: string;
}

export function moments(web: Web): (iso: string) => Moment {
  const now = web.desk.clock();
  return (iso) => ({ iso, text: clockTime(new Date(iso), now, web.desk.settings.timeZone) });
}

/** `Ana Ruiz <ana@contoso.example>`; the address alone where there is no name. */
export function mailboxText({ name, address }: Mailbox): string {
  return name === "" || name === address ? address : `${name} <${address}>`;
}

export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** Minutes of work as a timesheet writes them: `45 min`, `1 h`, `1 h 15 min`. */
export function hoursText(minutes: number): string {
  const rest = minutes % 60;
  if (minutes < 60) return `${minutes} min`;
  return rest === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
}

export const DISPOSITION_LABELS: Readonly<Record<string, string>> = {
  "new-ticket": "New ticket",
  "follow-up": "Follow-up",
  note: "Note",
  "review-reply": "Review reply",
  "delivery-status": "Delivery report",
  automatic: "Automatic",
  "spam-suspect": "Looks like spam",
  duplicate: "Seen before",
  refused: "Refused",
  quarantined: "Put aside",
};

export const STATUS_LABELS: Readonly<Record<string, string>> = {
  new: "New",
  open: "Open",
  pending: "Pending",
  resolved: "Resolved",
  closed: "Closed",
  spam: "Spam",
  merged: "Merged",
};
