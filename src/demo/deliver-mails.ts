import { setTimeout as pause } from "node:timers/promises";
import { TemporaryError } from "../errors.ts";
import type { Desk } from "../steps/desk.ts";
import type { FilingKind } from "../desk/filing.ts";
import type { Mailboxes } from "./mailboxes.ts";
import type { PostOffice } from "./outgoing.ts";
import type { SupportMail } from "./post-bag.ts";

/** What the desk made of one mail. */
export interface Taken {
  readonly mail: SupportMail;
  readonly disposition: FilingKind;
  readonly reason: string;
  readonly ticketNumber: number | null;
}

type Row = {
  id: number;
  disposition: FilingKind | null;
  disposition_reason: string | null;
  number: number | null;
  triage: string | null;
};

const PATIENCE_MS = 20_000;

/**
 * Post one support mail and wait for the desk to say what it is. They go one after the other, as mail does over a morning:
 * a reply must find the ticket of the mail that it answers.
 */
export async function deliverAndWatch(
  mail: SupportMail,
  parts: {
    readonly desk: Pick<Desk, "database">;
    readonly post: PostOffice;
    readonly mailboxes: Mailboxes;
    readonly address: string;
    readonly interrupted: AbortSignal;
  },
): Promise<Taken> {
  await parts.post.post(mail.reversePath, [parts.address], mail.bytes);
  if (mail.reversePath !== "") await parts.mailboxes.keepSent(mail.reversePath, mail.bytes);
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const row = (await parts.desk.database
      .reader("messages as m")
      .leftJoin("tickets as t", "t.id", "m.ticket_id")
      .where({ "m.direction": "in", "m.message_id": mail.letter.messageId })
      .first("m.id", "m.disposition", "m.disposition_reason", "t.number", "m.triage")) as Row | undefined;
    // A client's mail is not done before it was triaged: the next one may be about the same trouble.
    if (row !== undefined && row.disposition !== null && (row.number === null || row.triage !== null)) {
      return {
        mail,
        disposition: row.disposition,
        reason: row.disposition_reason ?? "",
        ticketNumber: row.number,
      };
    }
    if (performance.now() > end)
      throw new TemporaryError(`the desk said nothing about ${mail.file} within ${PATIENCE_MS / 1000} s`);
    await pause(30, undefined, { signal: parts.interrupted });
  }
}
