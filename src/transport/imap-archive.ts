import type { ImapFlow } from "imapflow";

/** Moves mails of the open mailbox to another, which is made if it is missing. Rejects with what the server said. */
export async function moveToArchive(
  client: ImapFlow,
  uids: readonly number[],
  archive: string,
): Promise<void> {
  const range = uids.join(",");
  const moved = await client.messageMove(range, archive, { uid: true }).catch(() => false as const);
  if (moved) return;
  await client.mailboxCreate(archive);
  if (await client.messageMove(range, archive, { uid: true })) return;
  throw new Error(`the server refused to move mail to ${archive}`);
}
