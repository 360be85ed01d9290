import type { ImapFlow } from "imapflow";
import type { ImapHooks, ImapIntakeOptions } from "./imap-options.ts";

/** Where in a mailbox to go on. */
export interface ImapStart {
  readonly lastUid: number;
  /** Mail below this UID that came in before this time is not taken; `null`: everything is. */
  readonly passOver: { readonly below: number; readonly before: Date } | null;
}

/** How far a mail server's clock may be behind ours when a rescan asks what is older than the first contact. Milliseconds. */
const CLOCK_SKEW = 10 * 60_000;
const DAY = 24 * 60 * 60_000;

/**
 * Where to begin in the mailbox that is open. One met for the first time begins at its UIDNEXT, or at the first mail since `since`.
 * A new UIDVALIDITY begins at the first mail since the first contact: what was taken before is recognised by its bytes, what is older
 * is never taken.
 */
export async function findStart(
  client: ImapFlow,
  mailbox: { readonly uidValidity: string; readonly uidNext: number },
  since: ImapIntakeOptions["since"],
  hooks: Pick<ImapHooks, "startedOn" | "loadCursor" | "startAt">,
): Promise<ImapStart> {
  const { uidValidity, uidNext } = mailbox;
  const startedOn = await hooks.startedOn();
  const oldest =
    startedOn === null || (since !== undefined && since < startedOn)
      ? since
      : new Date(startedOn.getTime() - CLOCK_SKEW);
  const cursor = await hooks.loadCursor(uidValidity);
  if (cursor !== null) {
    const isRescan = cursor.rescanBelow !== undefined && oldest !== undefined;
    return {
      lastUid: cursor.lastUid,
      passOver: isRescan ? { below: cursor.rescanBelow, before: oldest } : null,
    };
  }
  if (oldest === undefined) {
    await hooks.startAt(uidValidity, uidNext);
    return { lastUid: uidNext - 1, passOver: null };
  }
  // SEARCH SINCE knows days in the server's own zone: the day before covers them all, and the reader looks closer.
  const found = (await client.search({ since: new Date(oldest.getTime() - DAY) }, { uid: true })) || [];
  const first = found.reduce((least, uid) => Math.min(least, uid), uidNext);
  await hooks.startAt(uidValidity, first, uidNext);
  return { lastUid: first - 1, passOver: { below: uidNext, before: oldest } };
}
