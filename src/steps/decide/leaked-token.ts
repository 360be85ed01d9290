import { desk as deskActor } from "../../desk/event.ts";
import type { ParsedMessage } from "../../mail/message.ts";
import { tokenHashesInText, tokenHashIn } from "../../review/token.ts";
import { digestByToken } from "../../store/digests.ts";
import type { MessageRecord } from "../../store/messages.ts";
import { isStaff, recipientsOf } from "../filing/file-facts.ts";
import { sendQueued } from "../review/inside-mail.ts";
import { transact } from "../unit.ts";
import { withdrawLeaked } from "./elsewhere.ts";
import type { DecidingDesk } from "./reply.ts";

/**
 * A client's mail that was filed as such, but was sent to a review address as well, or quotes one (threat 21): the token is void
 * now. Safe to run again.
 */
export async function withdrawLeakedToken(
  desk: DecidingDesk,
  stored: MessageRecord,
  message: ParsedMessage,
): Promise<void> {
  const hash = tokenHashIn([...recipientsOf(stored, message)], desk.settings.reviewAddress);
  const quoted = tokenHashesInText(message.text, QUOTED_AT_MOST);
  for (const one of new Set(hash === null ? quoted : [hash, ...quoted]))
    await withdraw(desk, stored, message, { hash: one, addressed: one === hash });
}

/** Nobody quotes more digests than that; a mail that lists tokens is no reason for as many look-ups. */
const QUOTED_AT_MOST = 5;

async function withdraw(
  desk: DecidingDesk,
  stored: MessageRecord,
  message: ParsedMessage,
  { hash, addressed }: { readonly hash: string; readonly addressed: boolean },
): Promise<void> {
  const digest = await digestByToken(desk.database.reader, hash);
  if (digest === null || digest.revokedAt !== null) return;
  if (digest.expiresAt <= desk.clock().toISOString()) return;
  const directory = await desk.directory.current();
  const technician = directory.technicians.find((one) => one.id === digest.technicianId);
  if (technician === undefined) return;
  const from = message.from[0]?.address ?? "(no readable From)";
  // What one of the desk's own quotes has reached nobody else.
  if (!addressed && isStaff(directory.technicians, from)) return;
  const reason = `${from} ${addressed ? "wrote to it" : "quoted it"}, and is no technician.`;
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
