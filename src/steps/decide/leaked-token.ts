import { desk as deskActor } from "../../desk/event.ts";
import type { ParsedMessage } from "../../mail/message.ts";
import { tokenHashIn } from "../../review/token.ts";
import { digestByToken } from "../../store/digests.ts";
import type { MessageRecord } from "../../store/messages.ts";
import { recipientsOf } from "../filing/file-facts.ts";
import { sendQueued } from "../review/inside-mail.ts";
import { transact } from "../unit.ts";
import { withdrawLeaked } from "./elsewhere.ts";
import type { DecidingDesk } from "./reply.ts";

/**
 * A client's mail that was filed as such, but was sent to a review address as well (threat 21): the token is void now. Safe to
 * run again.
 */
export async function withdrawLeakedToken(
  desk: DecidingDesk,
  stored: MessageRecord,
  message: ParsedMessage,
): Promise<void> {
  const hash = tokenHashIn([...recipientsOf(stored, message)], desk.settings.reviewAddress);
  if (hash === null) return;
  const digest = await digestByToken(desk.database.reader, hash);
  if (digest === null || digest.revokedAt !== null) return;
  if (digest.expiresAt <= desk.clock().toISOString()) return;
  const directory = await desk.directory.current();
  const technician = directory.technicians.find((one) => one.id === digest.technicianId);
  if (technician === undefined) return;
  const from = message.from[0]?.address ?? "(no readable From)";
  const reason = `${from} wrote to it, and is no technician.`;
  const outboxIds = await transact(desk, "leaked-token", async (unit) => {
    const ids = await withdrawLeaked(desk, unit, directory, { digest, technician, from, reason });
    if (ids === null) return [];
    unit.record({
      stream: `message:${stored.id}`,
      actor: deskActor("gate"),
      kind: "review.token-withdrawn",
      sentence: `A review token reached ${from} and was withdrawn; what it asked is asked anew.`,
      evidence: { code: "token-leaked", messageId: stored.id, digestId: digest.id },
    });
    return ids;
  });
  for (const id of outboxIds) await sendQueued(desk, id);
}
