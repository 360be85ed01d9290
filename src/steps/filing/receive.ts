import { open } from "node:fs/promises";
import { TemporaryError, reasonOf } from "../../errors.ts";
import { desk as deskActor } from "../../desk/event.ts";
import { advanceCursor } from "../../store/cursors.ts";
import { insertReceived, type NewMessage } from "../../store/messages.ts";
import { putRaws } from "../../store/raw-messages.ts";
import { hideToken, mayHoldToken, TokenSearch } from "../../review/token.ts";
import type { IncomingMail, OnMail } from "../../transport/intake.ts";
import type { Desk } from "../desk.ts";
import { transact, type Unit } from "../unit.ts";

type Receiving = Pick<Desk, "database" | "queue" | "clock" | "sealing" | "settings" | "failPoint">;

/** Mails that share one durable commit, at most. */
const GROUP = 64;

/**
 * Takes mail over from every intake. Resolves after commit: then, and only then, the sender may be told 250.
 * Mails that arrive while a commit is under way share the next one, so that a flood costs fewer disk flushes.
 */
export function createReceiver(desk: Receiving): OnMail {
  type Waiting = { readonly mail: IncomingMail; resolve(): void; reject(error: Error): void };
  let waiting: Waiting[] = [];
  let running = false;

  async function drain(): Promise<void> {
    running = true;
    while (waiting.length > 0) {
      const group = waiting.slice(0, GROUP);
      waiting = waiting.slice(GROUP);
      try {
        await receiveGroup(
          desk,
          group.map((one) => one.mail),
        );
        for (const one of group) one.resolve();
      } catch (error) {
        // Whatever kept the bytes from the disk, the sender still has them and will try again.
        const refusal = new TemporaryError(`the message could not be stored: ${reasonOf(error)}`, {
          cause: error,
        });
        for (const one of group) one.reject(refusal);
      }
    }
    running = false;
  }

  return (mail) =>
    new Promise<void>((resolve, reject) => {
      waiting.push({ mail, resolve, reject });
      if (!running) void drain();
    });
}

async function receiveGroup(desk: Receiving, mails: readonly IncomingMail[]): Promise<void> {
  const sealed = await Promise.all(mails.map((mail) => holdsToken(mail, desk.settings.reviewAddress)));
  await transact(desk, "receive", async (unit) => {
    await putRaws(
      unit.db,
      mails.map((mail, index) => ({ ...mail, sealed: sealed[index] ?? true })),
      desk.sealing,
      unit.now,
    );
    const ids = await insertReceived(
      unit.db,
      mails.map((mail) => toNewMessage(mail, desk.settings.reviewAddress)),
      unit.now,
    );
    for (const [index, mail] of mails.entries()) await afterInsert(unit, mail, ids[index] ?? 0);
  });
}

async function afterInsert(unit: Unit, mail: IncomingMail, id: number): Promise<void> {
  if (mail.source.kind === "imap") {
    const { account, folder, uidValidity, uid } = mail.source;
    await advanceCursor(unit.db, { account, folder, uidValidity, lastUid: uid }, unit.now);
  }
  const stream = `message:${id}`;
  unit.beginStream(stream);
  unit.record({
    stream,
    actor: deskActor("intake"),
    kind: "message.received",
    sentence: `A message of ${mail.size} bytes was taken in by ${mail.source.kind.toUpperCase()}.`,
    evidence: { sha256: mail.sha256, ...mail.source },
  });
  unit.enqueue({ kind: "handle-message", payload: { messageId: id } });
}

function toNewMessage(mail: IncomingMail, reviewAddress: string): NewMessage {
  const { source, envelope } = mail;
  const place =
    source.kind === "imap" ? source : { account: null, folder: null, uidValidity: null, uid: null };
  return {
    rawSha256: mail.sha256,
    size: mail.size,
    source: source.kind,
    envelope:
      envelope === null
        ? null
        : {
            ...envelope,
            forwardPaths: envelope.forwardPaths.map((path) => hideToken(path, reviewAddress)),
          },
    account: place.account,
    folder: place.folder,
    uidValidity: place.uidValidity,
    uid: place.uid,
  };
}

/** Pieces of a spooled mail, in bytes: short enough to be collected with the young. */
const PIECE = 64 * 1024;

/** Whether the bytes may hold a review token: then they are stored encrypted. */
async function holdsToken(mail: IncomingMail, reviewAddress: string): Promise<boolean> {
  if (mail.envelope?.forwardPaths.some((path) => mayHoldToken(path, reviewAddress))) return true;
  if ("bytes" in mail.body) return mayHoldToken(mail.body.bytes.toString("latin1"), reviewAddress);
  const search = new TokenSearch(reviewAddress);
  const handle = await open(mail.body.file);
  try {
    const buffer = Buffer.alloc(PIECE);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, PIECE);
      if (bytesRead === 0) return false;
      if (search.foundIn(buffer.toString("latin1", 0, bytesRead))) return true;
    }
  } finally {
    await handle.close();
  }
}
