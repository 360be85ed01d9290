import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { ImapFlow } from "imapflow";
import { PermanentError, reasonOf, TemporaryError } from "../errors.ts";
import { moveToArchive } from "./imap-archive.ts";
import type { ImapHooks, ImapIntakeOptions, ImapSource } from "./imap-options.ts";
import { findStart, type ImapStart } from "./imap-start.ts";
import { ImapWatch } from "./imap-watch.ts";
import type { IncomingMail } from "./intake.ts";
import { spool } from "./spool.ts";

/** What outlives a connection, but need not outlive the process. */
interface MailboxMemory {
  uidValidity: string;
  /** UID → how often it has failed. */
  failures: Map<number, number>;
  /** Taken in, not moved yet. */
  toArchive: Set<number>;
  /** Up to this UID mails are fetched one at a time, since one of them broke a batch. */
  singlyUpTo: number;
}

export function newMailboxMemory(): MailboxMemory {
  return { uidValidity: "", failures: new Map(), toArchive: new Set(), singlyUpTo: 0 };
}

/** A mail that could not be taken now: nothing is wrong with the connection. */
class NotNow extends Error {
  override readonly name = "NotNow";
}

interface ReadingProgress {
  /** The connection has outlived a wait: a server that closes each one after its first commands never gets here. */
  onLasting(): void;
  /** Mail was taken, or there is none to take. */
  onReading(): void;
  /** Why the next mail cannot be taken in now. */
  onStalled(reason: string): void;
}

interface Listed {
  readonly uid: number;
  readonly size: number;
}

/** Larger ones are streamed. Bytes. */
const FETCH_WHOLE = 1024 * 1024;
const BATCH = { mails: 16, bytes: 4 * 1024 * 1024 };

/** One mailbox over one connection. */
export class MailboxReader {
  readonly #client: ImapFlow;
  readonly #options: ImapIntakeOptions;
  readonly #hooks: ImapHooks;
  readonly #memory: MailboxMemory;
  readonly #watch: ImapWatch;
  readonly #passOver: ImapStart["passOver"];
  #lastUid: number;

  private constructor(
    client: ImapFlow,
    options: ImapIntakeOptions,
    hooks: ImapHooks,
    memory: MailboxMemory,
    start: ImapStart,
  ) {
    this.#client = client;
    this.#options = options;
    this.#hooks = hooks;
    this.#memory = memory;
    this.#lastUid = start.lastUid;
    this.#passOver = start.passOver;
    this.#watch = new ImapWatch(client, options);
  }

  /** Opens the folder and finds where to go on. Rejects when there is no such folder. */
  static async open(
    client: ImapFlow,
    options: ImapIntakeOptions,
    hooks: ImapHooks,
    memory: MailboxMemory,
  ): Promise<MailboxReader> {
    const { uidValidity: validity, uidNext } = await client.mailboxOpen(options.folder);
    const uidValidity = String(validity);
    if (memory.uidValidity !== uidValidity) Object.assign(memory, newMailboxMemory(), { uidValidity });
    const start = await findStart(client, { uidValidity, uidNext }, options.since, hooks);
    return new MailboxReader(client, options, hooks, memory, start);
  }

  /** Takes what is there, waits for more, until `stop`. Rejects when the connection is lost. */
  async run(stop: AbortSignal, progress: ReadingProgress): Promise<void> {
    const { least, most } = this.#options.backoff ?? { least: 1000, most: 60_000 };
    const wake = (): void => this.#watch.wake();
    stop.addEventListener("abort", wake);
    let pause = least;
    try {
      while (!stop.aborted) {
        try {
          await this.#takeAll(stop, progress);
          pause = least;
          progress.onReading();
          await this.#watch.wait(stop);
          progress.onLasting();
        } catch (error) {
          if (!(error instanceof NotNow)) throw error;
          this.#options.log?.error(
            {
              account: this.#options.account,
              uid: this.#lastUid + 1,
              reason: reasonOf(error),
              retryInMs: pause,
            },
            "a mail could not be taken in now",
          );
          progress.onStalled(`mail ${this.#lastUid + 1} cannot be taken in now: ${reasonOf(error)}`);
          await sleep(pause, undefined, { signal: stop }).catch(() => undefined);
          pause = Math.min(pause * 2, most);
          if (!stop.aborted) await this.#watch.probe();
        }
      }
    } finally {
      stop.removeEventListener("abort", wake);
    }
  }

  async #takeAll(stop: AbortSignal, progress: ReadingProgress): Promise<void> {
    this.#watch.reset();
    const listed = await this.#list();
    for (let from = 0; from < listed.length && !stop.aborted;) {
      const batch = this.#batchFrom(listed, from);
      from += batch.length;
      await this.#takeBatch(batch, stop);
      progress.onReading();
      await this.#archive();
    }
    if (listed.length === 0) await this.#archive();
  }

  async #list(): Promise<Listed[]> {
    const mailbox = this.#client.mailbox;
    if (!mailbox || mailbox.exists === 0) return [];
    const rows = await this.#client.fetchAll(
      `${this.#lastUid + 1}:*`,
      { uid: true, size: true, internalDate: true },
      { uid: true },
    );
    return (
      rows
        // `n:*` names the last mail even when its UID is below n, RFC 9051 §9.
        .filter(({ uid, internalDate }) => uid > this.#lastUid && !this.#isPassedOver(uid, internalDate))
        .map(({ uid, size }) => ({ uid, size: size ?? Number.POSITIVE_INFINITY }))
        .sort((a, b) => a.uid - b.uid)
    );
  }

  #isPassedOver(uid: number, internalDate: Date | string | undefined): boolean {
    if (this.#passOver === null || uid >= this.#passOver.below || internalDate === undefined) return false;
    const arrived = new Date(internalDate).getTime();
    return arrived < this.#passOver.before.getTime();
  }

  #batchFrom(listed: readonly Listed[], from: number): readonly Listed[] {
    const batch: Listed[] = [];
    let bytes = 0;
    for (const mail of listed.slice(from, from + BATCH.mails)) {
      const alone = mail.size > FETCH_WHOLE || mail.uid <= this.#memory.singlyUpTo;
      if (batch.length > 0 && (alone || bytes + mail.size > BATCH.bytes)) break;
      batch.push(mail);
      bytes += mail.size;
      if (alone) break;
    }
    return batch;
  }

  async #takeBatch(batch: readonly Listed[], stop: AbortSignal): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    if (batch.length === 1 && first.size > FETCH_WHOLE) {
      await this.#takeLarge(first);
      return;
    }
    let sources: Map<number, Buffer | undefined>;
    try {
      const rows = await this.#client.fetchAll(
        batch.map(({ uid }) => uid).join(","),
        { uid: true, source: true },
        { uid: true },
      );
      sources = new Map(rows.map(({ uid, source }) => [uid, source]));
    } catch (error) {
      if (batch.length === 1) {
        await this.#fetchFailed(first.uid, error);
        return;
      }
      // One of them is to blame; which one is found out one at a time.
      this.#memory.singlyUpTo = batch.at(-1)?.uid ?? 0;
      if (!this.#client.usable) throw error;
      throw new NotNow(`the server refused a batch of mails: ${reasonOf(error)}`, { cause: error });
    }
    for (const { uid } of batch) {
      if (stop.aborted) return;
      const bytes = sources.get(uid);
      if (bytes !== undefined) {
        await this.#take(uid, {
          sha256: createHash("sha256").update(bytes).digest("hex"),
          size: bytes.length,
          body: { bytes },
        });
      } else if (await this.#client.fetchOne(String(uid), { uid: true }, { uid: true })) {
        await this.#fetchFailed(uid, new Error("the server gave no bytes for it"));
      } else {
        // Deleted or moved by somebody between the list and the fetch.
        this.#lastUid = uid;
      }
    }
  }

  async #takeLarge({ uid, size }: Listed): Promise<void> {
    if (Number.isFinite(size) && size > this.#options.maxSize) {
      await this.#giveUp(uid, `it has ${size} bytes, more than the ${this.#options.maxSize} that are taken`);
      return;
    }
    let spooled: Awaited<ReturnType<typeof spool>>;
    try {
      const { content } = await this.#client.download(String(uid), undefined, {
        uid: true,
        chunkSize: FETCH_WHOLE,
      });
      if (content === undefined) {
        this.#lastUid = uid;
        return;
      }
      spooled = await spool(content as AsyncIterable<Buffer>, this.#options);
    } catch (error) {
      await this.#fetchFailed(uid, error);
      return;
    }
    try {
      if (spooled.body === null)
        await this.#giveUp(
          uid,
          `it has ${spooled.size} bytes, more than the ${this.#options.maxSize} that are taken`,
        );
      else await this.#take(uid, { sha256: spooled.sha256, size: spooled.size, body: spooled.body });
    } finally {
      await spooled.discard();
    }
  }

  async #take(uid: number, content: Pick<IncomingMail, "sha256" | "size" | "body">): Promise<void> {
    if (content.size > this.#options.maxSize) {
      await this.#giveUp(
        uid,
        `it has ${content.size} bytes, more than the ${this.#options.maxSize} that are taken`,
      );
      return;
    }
    try {
      await this.#hooks.onMail({ source: this.#source(uid), envelope: null, ...content });
    } catch (error) {
      if (
        error instanceof PermanentError ||
        (!(error instanceof TemporaryError) && this.#failedForGood(uid))
      ) {
        await this.#giveUp(uid, reasonOf(error));
        return;
      }
      throw new NotNow(reasonOf(error), { cause: error });
    }
    this.#lastUid = uid;
    this.#memory.failures.delete(uid);
    if (this.#options.archive !== undefined) this.#memory.toArchive.add(uid);
  }

  async #fetchFailed(uid: number, error: unknown): Promise<void> {
    if (this.#failedForGood(uid)) await this.#giveUp(uid, `it could not be fetched: ${reasonOf(error)}`);
    if (!this.#client.usable) throw error;
    if (this.#lastUid < uid)
      throw new NotNow(`mail ${uid} could not be fetched: ${reasonOf(error)}`, { cause: error });
  }

  #failedForGood(uid: number): boolean {
    const failures = (this.#memory.failures.get(uid) ?? 0) + 1;
    this.#memory.failures.set(uid, failures);
    return failures >= (this.#options.tries ?? 5);
  }

  async #giveUp(uid: number, reason: string): Promise<void> {
    try {
      await this.#hooks.onBad(this.#source(uid), reason);
    } catch (error) {
      throw new NotNow(`mail ${uid} is given up, which could not be recorded: ${reasonOf(error)}`, {
        cause: error,
      });
    }
    this.#lastUid = uid;
    this.#memory.failures.delete(uid);
  }

  #source(uid: number): ImapSource {
    return {
      kind: "imap",
      account: this.#options.account,
      folder: this.#options.folder,
      uidValidity: this.#memory.uidValidity,
      uid,
    };
  }

  /** Tidiness, not safety: what cannot be moved stays where it is, and is tried again at the next look. */
  async #archive(): Promise<void> {
    const { archive } = this.#options;
    const uids = [...this.#memory.toArchive];
    if (archive === undefined || uids.length === 0) return;
    try {
      await moveToArchive(this.#client, uids, archive);
      for (const uid of uids) this.#memory.toArchive.delete(uid);
    } catch (error) {
      if (!this.#client.usable) throw error;
      this.#options.log?.warn(
        { account: this.#options.account, archive, mails: uids.length, reason: reasonOf(error) },
        "mail could not be archived",
      );
    }
  }
}
