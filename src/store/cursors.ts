import type { Db } from "./database.ts";

interface MailboxCursor {
  readonly account: string;
  readonly folder: string;
  readonly uidValidity: string;
  /** The last UID whose bytes are committed. */
  readonly lastUid: number;
  /** Below this UID, mail older than the first contact is passed over. */
  readonly rescanBelow?: number;
}

export async function readCursor(
  db: Db,
  account: string,
  folder: string,
  uidValidity: string,
): Promise<MailboxCursor | null> {
  const row = (await db("mailbox_cursors")
    .where({ account, folder, uid_validity: uidValidity })
    .first("last_uid", "rescan_below")) as { last_uid: number; rescan_below: number | null } | undefined;
  if (row === undefined) return null;
  return {
    account,
    folder,
    uidValidity,
    lastUid: row.last_uid,
    ...(row.rescan_below === null ? {} : { rescanBelow: row.rescan_below }),
  };
}

/** When this folder was first read, under any UIDVALIDITY: a rescan ignores what is older. */
export async function firstContact(db: Db, account: string, folder: string): Promise<string | null> {
  const row = (await db("mailbox_cursors").where({ account, folder }).min({ at: "started_at" }).first()) as
    { at: string | null } | undefined;
  return row?.at ?? null;
}

/** Moves forward only: a late commit never sets the cursor back. */
export async function advanceCursor(db: Db, cursor: MailboxCursor, now: string): Promise<void> {
  await db("mailbox_cursors")
    .insert({
      account: cursor.account,
      folder: cursor.folder,
      uid_validity: cursor.uidValidity,
      last_uid: cursor.lastUid,
      rescan_below: cursor.rescanBelow ?? null,
      started_at: now,
    })
    .onConflict(["account", "folder", "uid_validity"])
    .merge({ last_uid: cursor.lastUid })
    .where("mailbox_cursors.last_uid", "<", cursor.lastUid);
}
