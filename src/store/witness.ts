import { randomBytes } from "node:crypto";
import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../make-folder.ts";
import type { Db } from "./database.ts";

/** One event of the audit log, by its place and its hash. */
export interface KnownEvent {
  readonly stream: string;
  readonly seq: number;
  readonly hash: string;
}

/** What the desk remembers outside of its database, beside its key. */
interface Testimony {
  /** The newest event that a process of this folder wrote. */
  readonly event: KnownEvent | null;
  /** The newest head of the desk-wide chain; "" before the first seal. */
  readonly seal: string;
}

/**
 * A witness of the audit log (threats 67 and 70): a database that does not hold what the witness saw is an older copy, or
 * was cut. `data/witness.json` holds the newest event, `data/handed-over.log` a line for each reply whose bytes began to leave.
 */
export interface Witness {
  /** As last read or kept by this process. */
  readonly testimony: Testimony;
  /** Keeps it, durably; does nothing where nothing is new. Rejects when the folder cannot be written. */
  keep(testimony: Testimony): Promise<void>;
  /** Before the first byte of a reply leaves. Durable when it resolves. */
  handedOver(messageId: string, at: string): Promise<void>;
  /** Message-ID → ISO 8601 of the replies whose hand-over began lately: some thousands. */
  handedOverLately(): Promise<ReadonlyMap<string, string>>;
}

/** A line is some 90 bytes. */
const LONGEST_LOG = 512 * 1024;

/** Opens the witness of a folder. What cannot be read counts as nothing known, and is told to `onProblem`. */
export async function openWitness(folder: string, onProblem: (sentence: string) => void): Promise<Witness> {
  const file = join(folder, "witness.json");
  const log = join(folder, "handed-over.log");
  let testimony = await readTestimony(file, onProblem);
  let keeping: Promise<void> = Promise.resolve();

  const write = async (newest: Testimony): Promise<void> => {
    if (newest.event?.hash === testimony.event?.hash && newest.seal === testimony.seal) return;
    await makeFolder(folder);
    // Written whole beside its place: a reader never finds half of it.
    const draft = `${file}.${randomBytes(6).toString("hex")}`;
    try {
      await writeDurably(draft, "wx", `${JSON.stringify({ event: newest.event, seal: newest.seal })}\n`);
      await rename(draft, file);
    } finally {
      await rm(draft, { force: true });
    }
    testimony = newest;
  };

  return {
    get testimony() {
      return testimony;
    },
    keep(newest) {
      // One after the other, so that the newest stays.
      keeping = keeping.catch(() => undefined).then(() => write(newest));
      return keeping;
    },
    async handedOver(messageId, at) {
      await makeFolder(folder);
      const size = await stat(log).then(
        (found) => found.size,
        () => 0,
      );
      if (size > LONGEST_LOG) await rename(log, `${log}.1`).catch(() => undefined);
      await writeDurably(log, "a", `${at} ${messageId}\n`);
    },
    async handedOverLately() {
      const found = new Map<string, string>();
      for (const name of [`${log}.1`, log]) {
        const text = await readFile(name, "utf8").catch(() => "");
        for (const line of text.split("\n")) {
          const space = line.indexOf(" ");
          if (space > 0) found.set(line.slice(space + 1), line.slice(0, space));
        }
      }
      return found;
    },
  };
}

async function writeDurably(file: string, flags: "a" | "wx", text: string): Promise<void> {
  const handle = await open(file, flags, 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readTestimony(file: string, onProblem: (sentence: string) => void): Promise<Testimony> {
  const nothing: Testimony = { event: null, seal: "" };
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ENOENT")
      onProblem(
        `${file} cannot be read, so a restored backup would not be noticed at this start: ${String(error)}`,
      );
    return nothing;
  }
  try {
    const { event, seal } = JSON.parse(text) as { event?: Partial<KnownEvent> | null; seal?: unknown };
    const known =
      typeof event?.stream === "string" && typeof event.seq === "number" && typeof event.hash === "string"
        ? { stream: event.stream, seq: event.seq, hash: event.hash }
        : null;
    return { event: known, seal: typeof seal === "string" ? seal : "" };
  } catch (error) {
    onProblem(
      `${file} is damaged, so a restored backup would not be noticed at this start: ${String(error)}`,
    );
    return nothing;
  }
}

/** Whether the database holds what the witness saw. */
export async function holdsEvent(db: Db, event: KnownEvent): Promise<boolean> {
  const row = (await db("events").where({ stream: event.stream, seq: event.seq }).first("hash")) as
    { hash: string } | undefined;
  return row?.hash === event.hash;
}

/** Whether this seal stands in the database. "" always does. */
export async function holdsSeal(db: Db, hash: string): Promise<boolean> {
  return hash === "" || (await db("seals").where({ hash }).first("seq")) !== undefined;
}

/** Whether this database ever took in a mail: one that did not has nothing to send twice. */
export async function isInUse(db: Db): Promise<boolean> {
  return (await db("messages").first("id")) !== undefined;
}
