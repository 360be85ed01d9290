/** DKIM signatures of the review replies that the desk has acted on: each counts once. */
import type { Db } from "./database.ts";

/** Whether one of these signatures came with another message that was acted on. */
export async function signatureSeen(
  db: Db,
  fingerprints: readonly string[],
  messageId: number,
): Promise<boolean> {
  if (fingerprints.length === 0) return false;
  const row: unknown = await db("reply_signatures")
    .whereIn("fingerprint", [...fingerprints])
    .whereNot({ message_id: messageId })
    .first("message_id");
  return row !== undefined;
}

/** Take these signatures for this message. False where one of them is another's: the caller must not act. Safe to run again. */
export async function claimSignatures(
  db: Db,
  fingerprints: readonly string[],
  messageId: number,
): Promise<boolean> {
  if (fingerprints.length === 0) return true;
  // In one order: two workers that take the same ones must not wait for each other.
  const rows = [...new Set(fingerprints)]
    .toSorted()
    .map((fingerprint) => ({ fingerprint, message_id: messageId }));
  await db("reply_signatures").insert(rows).onConflict("fingerprint").ignore();
  return !(await signatureSeen(db, fingerprints, messageId));
}
