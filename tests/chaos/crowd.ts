import { createHash } from "node:crypto";
import { tokenIn } from "../../src/review/token.ts";
import { rawMail, rawReply, read, type NewMail, type ReplyOptions } from "../support/mail-program.ts";
import type { RelayedMail } from "../support/relay.ts";
import { bounceOf } from "./bounce.ts";
import { AGAIN, CANARY, TOPICS } from "./history.ts";
import type { GenuineReply, World } from "./play.ts";
import type { Seeded } from "./seeded.ts";

/** One mail on its way to the desk, sent again with the same bytes until somebody says 250. */
export interface Letter {
  readonly from: string;
  readonly to: string;
  readonly raw: Buffer;
  readonly sha256: string;
  /** Of a reply that a technician wrote to a digest of their own; else `null`. */
  readonly genuine: string | null;
  acknowledged: boolean;
  tries: number;
}

const DESK = "support@desk.example";
const REVIEW = "review@desk.example";
const STAFF = /@msp\.example$/;
const CLIENTS = [
  { name: "Ana Ruiz", address: "ana@contoso.example" },
  { name: "Bob Stone", address: "bob@contoso.example" },
  { name: "Li Chen", address: "li@fabrikam.example" },
  { name: "Jo Park", address: "jo@fabrikam.example" },
  { name: "Pat Lee", address: "pat@tailspin.example" },
];
const AUTOMATIC = { "Auto-Submitted": "auto-replied" };

/** What a technician says of an item, and how often. */
const SAYINGS: readonly (readonly [number, (item: number) => string])[] = [
  [60, () => "approve"],
  [4, (item) => `approve ${item}`],
  [3, () => "Approved.\n\nThanks, Dana"],
  [4, (item) => `reject ${item}: we will phone her`],
  [4, (item) => `redraft ${item}: shorter please`],
  [3, (item) => `note ${item}: ${CANARY} she is leaving the company`],
  [3, (item) => `reroute ${item} to Kim`],
  [2, (item) => `priority ${item} p1`],
  [2, (item) => `take ${item}`],
  [2, (item) => `snooze ${item} until tomorrow 9:00`],
  [2, (item) => `close ${item}`],
  [1, (item) => `spam ${item}`],
  [1, (item) => `merge ${item} into #1001`],
  [2, () => "approve?"],
  [2, () => "ok"],
];

/** Everybody outside the desk: they write, read what comes, and answer. Which letter is the next is chosen by the seed. */
export class Crowd implements World {
  readonly tokens = new Set<string>();
  readonly genuine = new Map<string, GenuineReply>();
  readonly letters: Letter[] = [];
  /** Mail inside the desk, as the relay saw it: by Message-ID the hashes of its bytes. */
  readonly inside = new Map<string, { readonly to: string; readonly hashes: Set<string> }>();
  /** What reached clients. */
  readonly arrived: { readonly from: string; readonly to: readonly string[]; readonly mime: Buffer }[] = [];
  readonly #random: Seeded;
  readonly #total: number;
  readonly #answers: Letter[] = [];
  readonly #written: { readonly from: string; readonly messageId: string; readonly subject: string }[] = [];
  #fresh = 0;
  #count = 0;
  #reading: Promise<void> = Promise.resolve();

  constructor(random: Seeded, total: number) {
    this.#random = random;
    this.#total = total;
  }

  /** `null`: no more is to be written. Waits a little for answers where too many clients have spoken already. */
  async next(): Promise<Letter | null> {
    for (let waited = 0; ; waited += 1) {
      if (this.letters.length >= this.#total) return null;
      const answer = this.#answers.length > 0 && this.#random.chance(0.8) ? this.#answers.shift() : undefined;
      if (answer !== undefined) return this.#out(answer);
      if (this.#fresh < this.#total * 0.6 || waited > 250) return this.#out(this.#clientMail());
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** A mail that the relay kept. Reading it takes a while: `hasRead` waits for all of them. */
  receive(mail: RelayedMail): void {
    this.#reading = this.#reading.then(() => this.#read(mail));
  }

  hasRead(): Promise<void> {
    return this.#reading;
  }

  #out(letter: Letter): Letter {
    this.letters.push(letter);
    return letter;
  }

  async #read(mail: RelayedMail): Promise<void> {
    const to = mail.to[0] ?? "";
    if (!STAFF.test(to)) {
      this.arrived.push({ from: mail.from, to: mail.to, mime: mail.bytes });
      return this.#clientReads(mail);
    }
    const message = await read(mail.bytes);
    const id = message.messageId ?? "";
    const known = this.inside.get(id);
    (known?.hashes ?? this.#firstTime(id, to)).add(hashOf(mail.bytes));
    if (known !== undefined) return;
    const token = tokenIn(
      message.replyTo.map(({ address }) => address),
      REVIEW,
    );
    if (token !== null) this.tokens.add(token.token);
    if (message.text.includes("[[ draft ")) await this.#technicianReads(to, mail.bytes, message.text);
  }

  #firstTime(id: string, to: string): Set<string> {
    const hashes = new Set<string>();
    this.inside.set(id, { to, hashes });
    return hashes;
  }

  async #technicianReads(technician: string, digest: Buffer, digestText: string): Promise<void> {
    const random = this.#random;
    if (random.chance(0.04)) return;
    const items = [...digestText.matchAll(/^\[\[ draft (\d+)/gm)].map((found) => Number(found[1]));
    const say = async (options: Omit<ReplyOptions, "from">, edit: string | null): Promise<Letter> => {
      const { raw, to, messageId } = await rawReply(digest, { from: technician, ...options });
      this.genuine.set(messageId, { technician, top: options.top, edit, digestText });
      const letter = letterOf(technician, to, raw, messageId);
      this.#answers.push(letter);
      return letter;
    };
    if (random.chance(0.04)) {
      const forged = await rawReply(digest, { from: "ana@contoso.example", top: "approve" });
      this.#answers.push(letterOf("ana@contoso.example", forged.to, forged.raw, null));
    }
    if (random.chance(0.03)) {
      const away = await rawReply(digest, { from: technician, top: "approve", headers: AUTOMATIC });
      this.#answers.push(letterOf("", away.to, away.raw, null));
    }
    if (items.length === 1 && random.chance(0.12)) {
      const edit = `We looked at it, visit ${(this.#count += 1)}.`;
      const mark = new RegExp(`^(> \\[\\[ draft ${items[0]} .*\\n(?:>\\s*\\n)*> .*)$`, "m");
      await say({ top: "", edit: (quoted) => quoted.replace(mark, `$1\n>\n> ${edit}`) }, edit);
      return;
    }
    if (items.length === 1 && random.chance(0.04)) {
      await say({ top: "send 1:\nHello,\n\nplease restart the machine once.\n\nThe desk", bare: true }, null);
      return;
    }
    const top = items.length > 1 ? `approve ${items.join(" ")}` : this.#saying(items[0] ?? 1);
    const letter = await say({ top }, null);
    // Two clicks, two devices, a mail server that repeats itself; and second thoughts.
    if (random.chance(0.06)) await say({ top }, null);
    if (random.chance(0.05)) this.#answers.push({ ...letter });
    if (random.chance(0.08)) await say({ top: "stop" }, null);
  }

  #saying(item: number): string {
    let draw = this.#random.whole(
      1,
      SAYINGS.reduce((sum, [share]) => sum + share, 0),
    );
    for (const [share, words] of SAYINGS) {
      draw -= share;
      if (draw <= 0) return words(item);
    }
    return "approve";
  }

  async #clientReads(mail: RelayedMail): Promise<void> {
    const random = this.#random;
    const from = mail.to[0] ?? "";
    if (random.chance(0.15)) {
      const { raw, to } = await rawReply(mail.bytes, { from, top: random.pick(AGAIN) });
      this.#answers.push(letterOf(from, to, raw, null));
    }
    if (random.chance(0.04)) {
      const id = `<bounce.${(this.#count += 1)}@relay.example>`;
      this.#answers.push(letterOf("", DESK, await bounceOf(mail.bytes, from, id), null));
    }
    if (random.chance(0.04)) {
      const { raw, to } = await rawReply(mail.bytes, {
        from,
        top: "I am away until Monday.",
        headers: AUTOMATIC,
      });
      this.#answers.push(letterOf("", to, raw, null));
    }
    // The desk's own reply comes back, as a rule in a mailbox or a list makes it.
    if (random.chance(0.03)) this.#answers.push(letterOf(DESK, DESK, mail.bytes, null));
  }

  #clientMail(): Letter {
    this.#fresh += 1;
    const random = this.#random;
    const again = this.letters.findLast((letter) => letter.acknowledged);
    if (again !== undefined && random.chance(0.03)) return { ...again, acknowledged: false, tries: 0 };
    if (random.chance(0.02))
      return letterOf("odd@elsewhere.example", DESK, `no mail at all ${(this.#count += 1)}\nnothing\n`, null);
    const earlier =
      this.#written.length > 0 && random.chance(0.2)
        ? this.#written[random.whole(Math.max(0, this.#written.length - 30), this.#written.length - 1)]
        : undefined;
    const who = CLIENTS.find(({ address }) => address === earlier?.from) ?? random.pick(CLIENTS);
    const topic = random.pick(TOPICS);
    const mail: NewMail =
      earlier === undefined
        ? {
            from: who.address,
            name: who.name,
            subject: `${topic.subject}, ${(this.#count += 1)}`,
            text: topic.text,
            ...(random.chance(0.1) ? { cc: "bob@contoso.example" } : {}),
          }
        : {
            from: who.address,
            name: who.name,
            subject: `Re: ${earlier.subject}`,
            text: random.pick(AGAIN),
            headers: { "In-Reply-To": earlier.messageId, References: earlier.messageId },
          };
    const { raw, messageId } = rawMail(mail);
    if (earlier === undefined) this.#written.push({ from: who.address, messageId, subject: mail.subject });
    return letterOf(who.address, DESK, raw, null);
  }
}

function letterOf(from: string, to: string, text: string | Buffer, genuine: string | null): Letter {
  const raw = typeof text === "string" ? Buffer.from(text.replaceAll(/\r?\n/g, "\r\n")) : text;
  // As the desk will see it: with its last line ended.
  const whole = raw.toString("latin1").endsWith("\r\n") ? raw : Buffer.concat([raw, Buffer.from("\r\n")]);
  return { from, to, raw: whole, sha256: hashOf(whole), genuine, acknowledged: false, tries: 0 };
}

export function hashOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
