import type { ParsedMessage } from "../../mail/message.ts";
import type { Technician } from "../../desk/ticket.ts";
import type { Db } from "../../store/database.ts";
import { digestByToken, type DigestRecord } from "../../store/digests.ts";
import { draftsByIds } from "../../store/drafts.ts";
import { messagesByIds, type MessageRecord } from "../../store/messages.ts";
import { reviewsByIds } from "../../store/reviews.ts";
import { lockTicket, ticketsByIds } from "../../store/tickets.ts";
import type { ItemState } from "./deciding.ts";
import type { Desk, MailingDesk } from "../desk.ts";

export type DecidingDesk = MailingDesk & Pick<Desk, "key">;

/** The review reply as the steps around it know it. */
export interface Reply {
  readonly stored: MessageRecord;
  readonly message: ParsedMessage;
  readonly digest: DigestRecord | null;
  readonly technician: Technician | null;
  /** Its token, as it came; "" without one. */
  readonly token: string;
}

export async function loadItems(db: Db, digest: DigestRecord): Promise<ReadonlyMap<number, ItemState>> {
  // Held first, and in one order: what is read below is what the decision is taken on, whoever else works on them.
  for (const id of [...new Set(digest.items.map((item) => item.ticketId))].toSorted((a, b) => a - b))
    await lockTicket(db, id);
  const fresh = (await digestByToken(db, digest.tokenSha256)) ?? digest;
  const tickets = await ticketsByIds(
    db,
    fresh.items.map((item) => item.ticketId),
  );
  const drafts = await draftsByIds(
    db,
    fresh.items.map((item) => item.draftId).filter((id) => id !== null),
  );
  const reviews = await reviewsByIds(
    db,
    fresh.items.map((item) => item.reviewId).filter((id) => id !== null),
  );
  const messages = await messagesByIds(
    db,
    [...drafts.values()].map((draft) => draft.basedOnMessageId).filter((id) => id !== null),
  );
  const states = new Map<number, ItemState>();
  for (const item of fresh.items) {
    const ticket = tickets.get(item.ticketId);
    if (ticket === undefined) continue;
    const draft = item.draftId === null ? null : (drafts.get(item.draftId) ?? null);
    states.set(item.number, {
      item,
      ticket,
      draft,
      review: item.reviewId === null ? null : (reviews.get(item.reviewId) ?? null),
      basedOn: messages.get(draft?.basedOnMessageId ?? 0) ?? null,
    });
  }
  return states;
}
