import type { Db } from "./database.ts";

export interface MailboxCursor {
  readonly account: string;
  readonly folder: string;
  readonly uidValidity: string;
  /** The last UID whose bytes are committed. */
  readonly lastUid: number;
}

export async function readCursor(db: Db, account: string, folder: string, uidValidity: string): Promise<MailboxCursor | null> {
  const row = (await db("mailbox_cursors").where({ account, folder, uid_validity: uidValidity }).first("last_uid")) as { last_uid: number } | undefined;
  return row === undefined ? null : { account, folder, uidValidity, lastUid: row.last_uid };
}

/** When this folder was first read, under any UIDVALIDITY: a rescan ignores what is older. */
export async function firstContact(db: Db, account: string, folder: string): Promise<string | null> {
  const row = (await db("mailbox_cursors").where({ account, folder }).min({ at: "started_at" }).first()) as { at: string | null } | undefined;
  return row?.at ?? null;
}

/** Moves forward only: a late commit never sets the cursor back. */
export async function advanceCursor(db: Db, cursor: MailboxCursor, now: string): Promise<void> {
  await db("mailbox_cursors")
    .insert({ account: cursor.account, folder: cursor.folder, uid_validity: cursor.uidValidity, last_uid: cursor.lastUid, started_at: now })
    .onConflict(["account", "folder", "uid_validity"])
    .merge({ last_uid: cursor.lastUid })
    .where("mailbox_cursors.last_uid", "<", cursor.lastUid);
}
