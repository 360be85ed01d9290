/** A message's triage: written once, and once more where a person took it for honest. */
import type { Triage } from "../desk/triage.ts";
import type { Db } from "./database.ts";

/** Keep the triage of a message, once: false where another run has done it. */
export async function claimTriage(
  db: Db,
  messageId: number,
  triage: Triage,
  also: Readonly<Record<string, unknown>> = {},
): Promise<boolean> {
  return (
    (await db("messages")
      .where({ id: messageId })
      .whereNull("triage")
      .update({ triage: JSON.stringify(triage), ...also })) > 0
  );
}

/** A person said that it is no spam: it is triaged once more (`renewTriage`), as the mail of somebody who wants an answer. */
export async function takeForHonest(db: Db, id: number, reason: string): Promise<void> {
  const filed = db("messages").where({ id, status: "filed" });
  await filed.clone().update({ disposition_code: NOT_SPAM, disposition_reason: reason });
  await filed.clone().where({ disposition: "spam-suspect" }).update({ disposition: "new-ticket" });
}

/** Code of a message that a person took for honest, until it has been triaged anew. */
export const NOT_SPAM = "not-spam";

/** The new triage in place of the one that called it spam, once: false where another run has done it. */
export async function renewTriage(db: Db, messageId: number, triage: Triage): Promise<boolean> {
  return (
    (await db("messages")
      .where({ id: messageId, disposition_code: NOT_SPAM })
      .update({ triage: JSON.stringify(triage), disposition_code: `${NOT_SPAM}-asked` })) > 0
  );
}
