import { isStorageTrouble } from "./database-errors.ts";

type Waiting = {
  readonly part: unknown;
  readonly commit: (parts: readonly never[]) => Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
};

/**
 * The line before a database that has one writer. Parts that come while a transaction runs share the next one: one BEGIN,
 * one commit to disk, one write of each page, however many they are. Alone in line, a part waits for nobody.
 */
export class GroupCommit {
  readonly #most: number;
  #waiting: Waiting[] = [];
  #running = false;

  constructor(most = 16) {
    this.#most = most;
  }

  /**
   * Resolves when a transaction that held this part has committed. `commit` gets the parts that share it, in the order in
   * which they came, and must leave nothing behind where it throws: then each part is committed alone, so that one which
   * fails keeps back none of the others. Parts of different `commit` never share.
   */
  join<Part>(part: Part, commit: (parts: readonly Part[]) => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ part, commit, resolve, reject });
      if (!this.#running) void this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#running = true;
    for (let [first] = this.#waiting; first !== undefined; [first] = this.#waiting) {
      const { commit } = first;
      const other = this.#waiting.findIndex((one) => one.commit !== commit);
      await run(this.#waiting.splice(0, Math.min(this.#most, other === -1 ? this.#most : other)));
    }
    this.#running = false;
  }
}

async function run(group: readonly Waiting[]): Promise<void> {
  const [first] = group;
  if (first === undefined) return;
  try {
    // `join` took each part together with this very function.
    await first.commit(group.map((one) => one.part as never));
  } catch (error) {
    // What keeps one transaction from the disk keeps the others from it too: their callers try again later.
    if (group.length === 1 || isStorageTrouble(error)) for (const one of group) one.reject(error);
    else for (const one of group) await run([one]);
    return;
  }
  for (const one of group) one.resolve();
}
