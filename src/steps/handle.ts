import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { makeFolder } from "../make-folder.ts";
import { PermanentError } from "../errors.ts";
import { sweepOften } from "../sweep.ts";
import type { Authentication } from "../mail/authentication.ts";
import type { ParsedMessage } from "../mail/message.ts";
import { messageById, messageWithRaw, type MessageRecord } from "../store/messages.ts";
import { readRaw, type RawRow } from "../store/raw-messages.ts";
import { decideReply } from "./decide/decide.ts";
import { withdrawLeakedToken } from "./decide/leaked-token.ts";
import type { Desk } from "./desk.ts";
import { fileReceived, filingOf, quarantine } from "./filing/file.ts";
import { triageMessage } from "./triage/triage.ts";

/** Larger ones are read from a spool file, so that memory stays flat. */
const IN_MEMORY = 2 * 1024 * 1024;

/**
 * One message on its way: parse → file → triage and ask, or decide. Each step commits by itself and finds out when an
 * earlier run has done it, so a process that dies between two of them goes on where it stopped.
 */
export async function handleMessage(desk: Desk, messageId: number): Promise<void> {
  const found = await messageWithRaw(desk.database.reader, messageId);
  if (found === null || found.raw === null) return;
  const { message: stored, raw } = found;
  if (stored.status === "quarantined" || stored.rawSha256 === null) return;
  const read = await readMessage(desk, stored, stored.rawSha256, raw);
  if (read === null) return;
  const { message, authentication } = read;
  const filed =
    stored.status === "received" ? await fileReceived(desk, stored, message, authentication) : null;
  const filing =
    filed?.filing ?? (await filingOf(desk, (await messageById(desk.database.db, messageId)) ?? stored));
  desk.log.info(
    { messageId, disposition: filing.kind, code: filing.code, ticketId: filing.ticketId },
    "mail taken in",
  );
  if (filing.kind === "new-ticket" || filing.kind === "follow-up" || filing.kind === "spam-suspect") {
    await withdrawLeakedToken(desk, stored, message);
    const placed =
      filed === null
        ? ((await messageById(desk.database.db, messageId)) ?? stored)
        : { ...stored, ticketId: filing.ticketId, newText: filed.newText };
    await triageMessage(desk, {
      stored: placed,
      message,
      filing,
      opened: filed?.opened ?? null,
      authentication,
    });
  } else if (filing.kind === "review-reply") {
    await decideReply(desk, stored, message, authentication);
  }
}

/** `null` when the message was put aside. */
export async function readMessage(
  desk: Desk,
  stored: MessageRecord,
  sha256: string,
  raw: RawRow,
): Promise<{ readonly message: ParsedMessage; readonly authentication: Authentication | null } | null> {
  try {
    if (stored.size <= IN_MEMORY) {
      const chunks: Buffer[] = [];
      for await (const chunk of readRaw(desk.database.reader, sha256, desk.sealing, raw)) chunks.push(chunk);
      const bytes = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
      const message = await desk.parser.parse({ bytes }, stored.envelope);
      return {
        message,
        authentication:
          desk.authenticate === null
            ? null
            : await desk.authenticate(bytes, stored.envelope, new Date(stored.receivedAt)),
      };
    }
    // Too large to hold for a signature check; such a message is no review reply and joins no ticket on trust alone.
    return { message: await parseSpooled(desk, sha256, stored), authentication: null };
  } catch (error) {
    if (!(error instanceof PermanentError)) throw error;
    await quarantine(desk, stored.id, "unreadable", error.message);
    return null;
  }
}

async function parseSpooled(desk: Desk, sha256: string, stored: MessageRecord): Promise<ParsedMessage> {
  const stopSweep = sweepOften();
  await makeFolder(desk.spoolDir);
  const file = join(desk.spoolDir, `parse-${stored.id}-${desk.random(6).toString("hex")}.eml`);
  try {
    await pipeline(
      Readable.from(readRaw(desk.database.reader, sha256, desk.sealing)),
      createWriteStream(file),
    );
    return await desk.parser.parse({ file }, stored.envelope);
  } finally {
    stopSweep();
    await rm(file, { force: true });
  }
}
