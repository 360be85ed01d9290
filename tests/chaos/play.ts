import { createHash } from "node:crypto";
import type { ParsedMessage } from "../../src/mail/message.ts";
import { canonicalSha256 } from "../../src/review/canonical.ts";
import type { ReplyContent } from "../../src/review/release.ts";
import { tokenIn } from "../../src/review/token.ts";
import { sweep } from "../../src/steps/sweep.ts";
import { rawMail, rawReply, read, type NewMail, type ReplyOptions } from "../support/mail-program.ts";
import type { BareDesk } from "./bare-desk.ts";
import { bounceOf } from "./bounce.ts";
import { AGAIN, TOPICS, WORDS, type Happening, type History } from "./history.ts";

/** What really happened, known from outside the desk: who wrote what, and what they had seen. */
export interface World {
  readonly tokens: ReadonlySet<string>;
  /** Replies that a technician wrote to a digest of their own, by Message-ID. Nothing else may decide. */
  readonly genuine: ReadonlyMap<string, GenuineReply>;
}

export interface GenuineReply {
  readonly technician: string;
  readonly top: string;
  /** The digest as the technician had it on the screen. */
  readonly digestText: string;
  /** The sentence that an edit put into the draft. */
  readonly edit: string | null;
}

interface Digest {
  readonly technician: string;
  readonly mime: Buffer;
  readonly message: ParsedMessage;
}

interface Written {
  readonly from: string;
  readonly to: readonly string[];
  readonly raw: Buffer;
  readonly messageId: string;
  readonly subject: string;
}

const DESK = "support@desk.example";
const REVIEW = "review@desk.example";
const CLIENTS = [
  { name: "Ana Ruiz", address: "ana@contoso.example" },
  { name: "Bob Stone", address: "bob@contoso.example" },
  { name: "Li Chen", address: "li@fabrikam.example" },
  { name: "Mallory", address: "mallory@evil.example" },
];
const COPIES = [
  undefined,
  undefined,
  "bob@contoso.example",
  "Mallory <mallory@evil.example>",
  "dana@msp.example",
];
const FORGERS = [
  "mallory@evil.example",
  "ana@contoso.example",
  "kim@msp.example",
  "dana@msp.example",
  REVIEW,
  DESK,
];
const AUTOMATIC = { "Auto-Submitted": "auto-replied" };

/** Play a history on a desk, then let the world go quiet. */
export async function play(desk: BareDesk, history: History): Promise<World> {
  const player = new Player(desk, history.seed);
  for (const [index, { happening, jobs, order }] of history.moments.entries()) {
    await player.happen(happening);
    for (let done = 0; done < jobs; done++) if (!(await desk.step(order + done * (index + 1)))) break;
    await player.lookIntoInboxes();
    // A second between two happenings, so that later is later.
    desk.now = new Date(desk.now.getTime() + 1000);
  }
  await settle(desk);
  await player.lookIntoInboxes();
  return player;
}

/** The relay works, holds and deferrals pass, and everything that is to be done is done. */
async function settle(desk: BareDesk): Promise<void> {
  desk.fates.length = 0;
  for (let round = 0; round < 8; round++) {
    await finishJobs(desk);
    desk.now = new Date(desk.now.getTime() + 20 * 60_000);
    await sweep(desk.desk);
  }
  // What the last sweep asked for.
  await finishJobs(desk);
}

async function finishJobs(desk: BareDesk): Promise<void> {
  for (let jobs = 0; await desk.step(0); jobs++) if (jobs > 500) throw new Error("the jobs do not end");
}

/** Everybody outside the desk: clients, technicians, forgers, the relay and the post. */
class Player implements World {
  readonly tokens = new Set<string>();
  readonly genuine = new Map<string, GenuineReply>();
  readonly #desk: BareDesk;
  readonly #seed: number;
  readonly #digests: Digest[] = [];
  readonly #written: Written[] = [];
  #seen = 0;
  #count = 0;

  constructor(desk: BareDesk, seed: number) {
    this.#desk = desk;
    this.#seed = seed;
  }

  async lookIntoInboxes(): Promise<void> {
    for (const { to, mime } of this.#desk.inside.slice(this.#seen)) {
      const message = await read(mime);
      const found = tokenIn(
        message.replyTo.map(({ address }) => address),
        REVIEW,
      );
      if (found === null) continue;
      this.tokens.add(found.token);
      if (message.text.includes("[[ draft ")) this.#digests.unshift({ technician: to, mime, message });
    }
    this.#seen = this.#desk.inside.length;
  }

  async happen(what: Happening): Promise<void> {
    switch (what.kind) {
      case "client-writes":
        return this.#clientWrites(what.who, what.about, what.copyTo);
      case "client-writes-again":
        return this.#clientWritesAgain(what.which, what.who, what.words);
      case "same-mail-again": {
        const earlier = pick(this.#written, what.which);
        return earlier && this.#desk.receive(earlier);
      }
      case "technician-answers":
        return this.#technicianAnswers(what.which, pick(WORDS, what.words) ?? "", what.quotes);
      case "technician-edits":
        return this.#technicianEdits(what.which);
      case "forged-answer":
        return this.#forgedAnswer(what.which, what.by, pick(WORDS, what.words) ?? "");
      case "token-in-client-mail":
        return this.#tokenInClientMail(what.which, what.who);
      case "out-of-office":
        return this.#outOfOffice(what.which, what.of);
      case "bounce": {
        const reply = pick(this.#desk.handOvers, what.which);
        return reply && this.#put("", DESK, await bounceOf(reply.mime, reply.to[0] ?? "", this.#nextId()));
      }
      case "copy-comes-back": {
        const reply = pick(this.#desk.handOvers, what.which);
        return reply && this.#desk.receive({ from: DESK, to: [DESK], raw: reply.mime });
      }
      case "draft-rewritten":
        return this.#rewriteDraft(what.which);
      case "time-passes":
        this.#desk.now = new Date(this.#desk.now.getTime() + what.minutes * 60_000);
        return;
      case "relay-will":
        this.#desk.fates.push(what.fate);
        return;
      case "sweep":
        return sweep(this.#desk.desk);
    }
  }

  async #clientWrites(which: number, about: number, copyTo: number): Promise<void> {
    const who = pick(CLIENTS, which);
    const topic = pick(TOPICS, about);
    const cc = pick(COPIES, copyTo);
    if (who && topic)
      await this.#write({ from: who.address, name: who.name, ...topic, ...(cc === undefined ? {} : { cc }) });
  }

  /** Mostly by whoever wrote before; else by anybody who got hold of it. */
  async #clientWritesAgain(which: number, by: number, words: number): Promise<void> {
    const earlier = pick(this.#written, which);
    const author = CLIENTS.find(({ address }) => address === earlier?.from);
    const who = pick([author, author, author, ...CLIENTS], by);
    if (earlier && who)
      await this.#write({
        from: who.address,
        name: who.name,
        subject: `Re: ${earlier.subject}`,
        text: pick(AGAIN, words) ?? "",
        headers: { "In-Reply-To": earlier.messageId, References: earlier.messageId },
      });
  }

  async #technicianAnswers(which: number, top: string, quotes: boolean): Promise<void> {
    const digest = pick(this.#digests, which);
    if (digest) await this.#genuinely(digest, { top, edit: null, bare: !quotes });
  }

  async #technicianEdits(which: number): Promise<void> {
    const digest = pick(this.#digests, which);
    const edit = `We looked at it, visit ${this.#next()}.`;
    if (digest) await this.#genuinely(digest, { top: "", edit, bare: false });
  }

  /** A technician's own reply to their own digest; an edit goes below the draft's first line. */
  async #genuinely(
    digest: Digest,
    said: { readonly top: string; readonly edit: string | null; readonly bare: boolean },
  ): Promise<void> {
    const { edit, top, bare } = said;
    const messageId = await this.#answer(digest, digest.technician, {
      top,
      bare,
      ...(edit === null
        ? {}
        : {
            edit: (quoted: string) =>
              quoted.replace(/^(> \[\[ draft 1 .*\n(?:>\s*\n)*> .*)$/m, `$1\n>\n> ${edit}`),
          }),
    });
    const { technician, message } = digest;
    this.genuine.set(messageId, { technician, top, edit, digestText: message.text });
  }

  async #forgedAnswer(which: number, forger: number, top: string): Promise<void> {
    const digest = pick(this.#digests, which);
    const by = pick(
      FORGERS.filter((one) => one !== digest?.technician),
      forger,
    );
    if (digest && by !== undefined) await this.#answer(digest, by, { top });
  }

  /** Somebody forwarded a digest to a client, who writes to the desk with all that is in it. */
  async #tokenInClientMail(which: number, by: number): Promise<void> {
    const digest = pick(this.#digests, which);
    const who = pick(CLIENTS, by);
    if (digest && who)
      await this.#write({
        from: who.address,
        subject: `Re: ${digest.message.subject}`,
        text: `approve\n\n${digest.message.replyTo[0]?.address ?? ""}\n\n${digest.message.text.slice(0, 400)}`,
      });
  }

  async #outOfOffice(which: number, of: "digest" | "reply"): Promise<void> {
    const digest = pick(this.#digests, which);
    const reply = pick(this.#desk.handOvers, which);
    if (of === "digest" && digest)
      await this.#answer(digest, digest.technician, { top: "approve", headers: AUTOMATIC });
    if (of === "reply" && reply) {
      const { raw, to } = await rawReply(reply.mime, {
        from: reply.to[0] ?? "",
        top: "I am away until Monday.",
        headers: AUTOMATIC,
      });
      await this.#put("", to, raw);
    }
  }

  async #rewriteDraft(which: number): Promise<void> {
    const { db } = this.#desk.desk.database;
    const drafts = (await db("drafts").where({ status: "proposed" }).orderBy("id", "desc")) as readonly {
      id: number;
      content: string;
    }[];
    const draft = pick(drafts, which);
    if (draft === undefined) return;
    const content = JSON.parse(draft.content) as ReplyContent;
    const changed = { ...content, body: `${content.body}\n\nPS: rewritten ${this.#next()}.` };
    await db("drafts")
      .where({ id: draft.id })
      .update({ content: JSON.stringify(changed), canonical_sha256: canonicalSha256(changed) });
  }

  async #write(mail: NewMail): Promise<void> {
    const { raw, messageId } = rawMail({ ...mail, messageId: this.#nextId() });
    const written = { from: mail.from, to: [DESK], raw: crlf(raw), messageId, subject: mail.subject };
    this.#written.push(written);
    await this.#desk.receive(written);
  }

  async #answer(digest: Digest, from: string, options: Omit<ReplyOptions, "from">): Promise<string> {
    const { raw, to, messageId } = await rawReply(digest.mime, { from, ...options });
    await this.#put(from, to, raw);
    return messageId;
  }

  #put(from: string, to: string, raw: string): Promise<void> {
    return this.#desk.receive({ from, to: [to], raw: crlf(raw) });
  }

  #next(): number {
    return (this.#count += 1);
  }

  #nextId(): string {
    return `<${this.#seed}.${this.#next()}@mail.example>`;
  }
}

/** One of these, whatever the number. */
function pick<T>(list: readonly T[], which: number): T | undefined {
  return list[which % Math.max(list.length, 1)];
}

const crlf = (raw: string): Buffer => Buffer.from(raw.replaceAll(/\r?\n/g, "\r\n"));

/** Bytes that look random and are the same for the same seed. */
export function seededBytes(seed: number): (bytes: number) => Buffer {
  let drawn = 0;
  return (bytes) => {
    const pieces: Buffer[] = [];
    for (let length = 0; length < bytes; length += 32)
      pieces.push(
        createHash("sha256")
          .update(`${seed} ${(drawn += 1)}`)
          .digest(),
      );
    return Buffer.concat(pieces).subarray(0, bytes);
  };
}
