import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { FieldModel } from "../assistant/learning/field-model.ts";
import { STARTER_HEADERS } from "../assistant/starter/starter-making.ts";
import { starterMails } from "../assistant/starter/starter-set.ts";
import type { LearnedField } from "../desk/learned-field.ts";
import type { Starter } from "../steps/learning/restore-models.ts";

type ModelBytes = ReadonlyMap<LearnedField, Uint8Array>;

/**
 * By base: the same set gives the same models, and learning it takes two seconds. Models look into these
 * bytes, six megabytes: while those of one desk do, another desk of this process takes them too, and nobody keeps them after.
 */
const learned = new Map<string, WeakRef<Promise<ModelBytes>>>();

/**
 * The models of day one, from the starter set and the rules as shipped. An admin's own rules change nothing here: what a
 * model has learned stays when the table is edited.
 *
 * @param rules the shipped rule table, YAML
 */
export function starterOf(rules: string): Starter {
  let base = "";
  const baseOf = (): string =>
    (base ||= createHash("sha256")
      .update(JSON.stringify([rules, starterMails(), STARTER_HEADERS]))
      .digest("hex")
      .slice(0, 16));
  return {
    get base() {
      return baseOf();
    },
    async models() {
      const bytes = learned.get(baseOf())?.deref() ?? learnApart(rules);
      learned.set(baseOf(), new WeakRef(bytes));
      // A failure is not kept: the next one tries again.
      bytes.catch(() => learned.delete(baseOf()));
      return new Map([...(await bytes)].map(([field, one]) => [field, FieldModel.restore(one)]));
    },
  };
}

/** In a process of its own: learning holds up no mail, and the memory that it takes for a moment is given back. */
async function learnApart(rules: string): Promise<ModelBytes> {
  const child = fork(new URL("./starter-process.ts", import.meta.url), {
    serialization: "advanced",
    execArgv: [],
  });
  const answered = once(child, "message") as Promise<[ModelBytes]>;
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`the starter set could not be learned: its process ended with ${String(code)}`);
  });
  child.send(rules);
  const [bytes] = await Promise.race([answered, ended]);
  // Of their own: models look into the bytes that they were restored from, and a message's lie where they happen to.
  return new Map([...bytes].map(([field, one]) => [field, Uint8Array.from(one)]));
}
