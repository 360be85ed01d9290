import { expect } from "vitest";
import type { ParsedMessage } from "../../src/mail/message.ts";
import { eventsOf } from "../../src/store/events.ts";
import { read, rawReply, write, type ReplyOptions } from "./mail-program.ts";
import { sendMail } from "./smtp.ts";
import { eventually, type TestDesk } from "./test-desk.ts";

/** Plays both sides of an attack on one desk: hostile mail in, and what the desk made of it. */

/** What became of one mail that the desk took in. */
export interface Fate {
  readonly disposition: string;
  readonly code: string;
  /** Reason codes of the events about it. */
  readonly codes: readonly string[];
  readonly rawStored: boolean;
}

export interface Scene {
  readonly desk: TestDesk;
  /** A new client's mail, and the digest that asks Dana about it. */
  ask(mail?: Partial<Parameters<typeof write>[1]>): Promise<Buffer>;
  /** Dana's newest digest. */
  newestDigest(): Promise<Buffer>;
  /** Mails that went to anybody but a technician. */
  clientMails(): number;
  /** Send it, wait until the desk has done with it, and say what became of it. */
  deliver(
    raw: string | Buffer,
    to: string | readonly string[],
    from?: string,
    messageId?: string,
  ): Promise<Fate>;
  /** A reply to a digest, changed on its way by `change`. */
  answer(
    digest: Buffer,
    options: Partial<ReplyOptions> & {
      readonly change?: (raw: string) => string | Buffer | Promise<string | Buffer>;
      readonly envelopeFrom?: string;
    },
  ): Promise<Fate>;
}

const STAFF = /@msp\.example$/;

/** A digest, also one whose drafts cannot go out by mail and stand between no marker lines. */
function asksForReview({ subject, replyTo }: ParsedMessage): boolean {
  return replyTo[0]?.address.includes("+a1.") === true && !/^re:/i.test(subject);
}

export function sceneAt(running: () => TestDesk): Scene {
  let asked = 0;
  const isDigest = new WeakMap<Buffer, boolean>();
  const digests = async (): Promise<readonly Buffer[]> => {
    const found: Buffer[] = [];
    for (const { bytes } of running().mailsFor("dana@msp.example")) {
      let asks = isDigest.get(bytes);
      if (asks === undefined) isDigest.set(bytes, (asks = asksForReview(await read(bytes))));
      if (asks) found.push(bytes);
    }
    return found;
  };
  const newestDigest = async (): Promise<Buffer> => {
    const newest = (await digests()).at(-1);
    if (newest === undefined) throw new Error("Dana has no digest");
    return newest;
  };
  const deliver: Scene["deliver"] = async (raw, to, from = "someone@elsewhere.example", messageId) => {
    const db = running().desk.database.reader;
    const newest = (await db("messages").max({ id: "id" }).first()) as { id: number | null };
    const answer = await sendMail(running().port, { from, to, raw });
    expect(answer.code, answer.text).toBe(250);
    await running().idle();
    const row = (await db("messages")
      .where("id", ">", newest.id ?? 0)
      .whereIn("source", ["smtp"])
      .modify((q) => {
        if (messageId !== undefined) void q.where("message_id", messageId);
      })
      .orderBy("id")
      .first()) as {
      id: number;
      ticket_id: number | null;
      raw_sha256: string;
      disposition: string;
      disposition_code: string;
    };
    const streams = [
      `message:${row.id}`,
      ...(row.ticket_id === null ? [] : [`ticket:${String(row.ticket_id)}`]),
    ];
    const events = (await eventsOf(db, streams)).filter(
      (event) => event.stream === `message:${row.id}` || event.evidence["messageId"] === row.id,
    );
    const stored = (await db("raw_messages").where({ sha256: row.raw_sha256 }).first("sha256")) as unknown;
    return {
      disposition: row.disposition,
      code: row.disposition_code,
      codes: events.flatMap(({ evidence }) =>
        typeof evidence["code"] === "string" ? [evidence["code"]] : [],
      ),
      rawStored: stored !== undefined,
    };
  };
  return {
    get desk() {
      return running();
    },
    newestDigest,
    deliver,
    clientMails: () => running().relay.mails.filter((mail) => mail.to.some((to) => !STAFF.test(to))).length,
    async ask(mail = {}) {
      const subject = `VPN drops, report ${(asked += 1)}`;
      const before = (await digests()).length;
      await write(running().port, {
        from: "ana@contoso.example",
        name: "Ana Ruiz",
        subject,
        text: "Hi,\n\nmy VPN disconnects every hour since this morning.\n\nAna",
        ...mail,
      });
      const digest = await eventually(async () => (await digests())[before], 15_000);
      if (digest === undefined) throw new Error(`no digest about "${subject}"`);
      await running().idle();
      return digest;
    },
    async answer(digest, { change, envelopeFrom, ...options }) {
      const from = options.from ?? "dana@msp.example";
      const { raw, to } = await rawReply(digest, { top: "approve", ...options, from });
      const changed = (await change?.(raw)) ?? raw;
      return deliver(changed, to, envelopeFrom ?? from);
    },
  };
}
