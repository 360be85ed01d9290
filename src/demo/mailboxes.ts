import { readLetter, type Letter } from "../mail-program/letter.ts";

/** One mail in one person's mail program. */
export interface KeptMail {
  /** Counts up over all mailboxes, in order of arrival. */
  readonly id: number;
  readonly owner: string;
  readonly folder: "inbox" | "sent";
  readonly letter: Letter;
  readonly bytes: Buffer;
  readonly arrivedAt: Date;
}

/** The mailboxes of everybody outside the desk, in memory. Addresses are addr-specs; case does not matter. */
export interface Mailboxes {
  /** Sort a mail into the inbox of each envelope recipient. */
  receive(forwardPaths: readonly string[], bytes: Buffer): Promise<void>;
  /** Keep what somebody sent. */
  keepSent(owner: string, bytes: Buffer): Promise<KeptMail>;
  /** Newest first. */
  inbox(owner: string): readonly KeptMail[];
  sent(owner: string): readonly KeptMail[];
  get(id: number): KeptMail | null;
  /** Every mail of every inbox, in order of arrival. */
  all(): readonly KeptMail[];
  isRead(id: number): boolean;
  markRead(id: number): void;
}

export function createMailboxes(clock: () => Date): Mailboxes {
  const kept: KeptMail[] = [];
  const read = new Set<number>();

  function keep(owner: string, folder: KeptMail["folder"], letter: Letter, bytes: Buffer): KeptMail {
    const mail: KeptMail = {
      id: kept.length + 1,
      owner: owner.toLowerCase(),
      folder,
      letter,
      bytes,
      arrivedAt: clock(),
    };
    kept.push(mail);
    return mail;
  }
  const of = (owner: string, folder: KeptMail["folder"]): readonly KeptMail[] =>
    kept.filter((mail) => mail.folder === folder && mail.owner === owner.toLowerCase()).toReversed();

  return {
    async receive(forwardPaths, bytes) {
      const letter = await readLetter(bytes, clock());
      for (const path of forwardPaths) keep(path, "inbox", letter, bytes);
    },
    async keepSent(owner, bytes) {
      return keep(owner, "sent", await readLetter(bytes, clock()), bytes);
    },
    inbox: (owner) => of(owner, "inbox"),
    sent: (owner) => of(owner, "sent"),
    get: (id) => kept[id - 1] ?? null,
    all: () => kept.filter((mail) => mail.folder === "inbox"),
    isRead: (id) => read.has(id),
    markRead: (id) => void read.add(id),
  };
}
