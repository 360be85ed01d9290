import { createHash } from "node:crypto";
import { sweep } from "../../src/steps/sweep.ts";
import { canonicalSha256 } from "../../src/review/canonical.ts";
import type { ReplyContent } from "../../src/review/release.ts";
import { tokenIn } from "../../src/review/token.ts";
import type { ParsedMessage } from "../../src/mail/message.ts";
import { rawMail, rawReply, read } from "../support/mail-program.ts";
import type { BareDesk } from "./bare-desk.ts";
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
const DESK = "support@desk.example";
const REVIEW = "review@desk.example";

export async function play(desk: BareDesk, history: History): Promise<World> {
  const digests: Digest[] = [];
  const tokens = new Set<string>();
  const genuine = new Map<string, GenuineReply>();
  const written: { from: string; to: readonly string[]; raw: Buffer; messageId: string; subject: string }[] =
    [];
  let seen = 0;
  let count = 0;

  async function lookIntoInboxes(): Promise<void> {
    for (const mail of desk.inside.slice(seen)) {
      const message = await read(mail.mime);
      const token = tokenIn(
        message.replyTo.map(({ address }) => address),
        REVIEW,
      );
      if (token !== null) tokens.add(token.token);
      if (token !== null && message.text.includes("[[ draft "))
        digests.push({ technician: mail.to, mime: mail.mime, message });
    }
    seen = desk.inside.length;
  }

  const pick = <T>(list: readonly T[], which: number): T | undefined =>
    list[which % Math.max(list.length, 1)];
  const nextId = (domain: string): string => `<${history.seed}.${(count += 1)}@${domain}>`;

  async function put(from: string, to: readonly string[], raw: string): Promise<void> {
    await desk.receive({ from, to, raw: Buffer.from(raw.replaceAll(/\r?\n/g, "\r\n")) });
  }

  async function write(mail: Parameters<typeof rawMail>[0]): Promise<void> {
    const { raw, messageId } = rawMail({
      ...mail,
      messageId: nextId(mail.from.split("@")[1] ?? "x.example"),
    });
    const to = [mail.to ?? DESK];
    const bytes = Buffer.from(raw.replaceAll(/\r?\n/g, "\r\n"));
    written.push({ from: mail.from, to, raw: bytes, messageId, subject: mail.subject });
    await desk.receive({ from: mail.from, to, raw: bytes });
  }

  async function answer(
    digest: Digest,
    by: string,
    top: string,
    more: { readonly edit?: (quoted: string) => string; readonly headers?: Record<string, string> } = {},
  ): Promise<string> {
    const { raw, to, messageId } = await rawReply(digest.mime, { from: by, top, ...more });
    await put(by, [to], raw);
    return messageId;
  }

  async function happen(what: Happening): Promise<void> {
    switch (what.kind) {
      case "client-writes": {
        const who = pick(CLIENTS, what.who);
        const topic = pick(TOPICS, what.about);
        const copy = pick(COPIES, what.copyTo);
        if (who === undefined || topic === undefined) return;
        return write({
          from: who.address,
          name: who.name,
          ...topic,
          ...(copy === undefined ? {} : { cc: copy }),
        });
      }
      case "client-writes-again": {
        const earlier = pick(written, what.which);
        const who = pick(
          [CLIENTS.find(({ address }) => address === earlier?.from), ...CLIENTS],
          what.who % 7,
        );
        if (earlier === undefined || who === undefined) return;
        return write({
          from: who.address,
          name: who.name,
          subject: `Re: ${earlier.subject}`,
          text: pick(AGAIN, what.words) ?? "",
          headers: { "In-Reply-To": earlier.messageId, References: earlier.messageId },
        });
      }
      case "same-mail-again": {
        const earlier = pick(written, what.which);
        return earlier === undefined ? undefined : desk.receive(earlier);
      }
      case "technician-answers": {
        const digest = pick(digests.toReversed(), what.which);
        if (digest === undefined) return;
        const top = pick(WORDS, what.words) ?? "";
        const messageId = await answer(digest, digest.technician, top);
        genuine.set(messageId, {
          technician: digest.technician,
          top,
          digestText: digest.message.text,
          edit: null,
        });
        return;
      }
      case "technician-edits": {
        const digest = pick(digests.toReversed(), what.which);
        if (digest === undefined) return;
        const edit = `We looked at it, visit ${(count += 1)}.`;
        const messageId = await answer(digest, digest.technician, "", {
          edit: (quoted) => quoted.replace(/^(> \[\[ draft 1 .*\n(?:>\s*\n)*> )(.*)$/m, `$1$2\n>\n> ${edit}`),
        });
        genuine.set(messageId, {
          technician: digest.technician,
          top: "",
          digestText: digest.message.text,
          edit,
        });
        return;
      }
      case "forged-answer": {
        const digest = pick(digests.toReversed(), what.which);
        const others = [
          "mallory@evil.example",
          "ana@contoso.example",
          "kim@msp.example",
          "dana@msp.example",
          REVIEW,
          DESK,
        ];
        const by = pick(
          others.filter((one) => one !== digest?.technician),
          what.by,
        );
        if (digest === undefined || by === undefined) return;
        await answer(digest, by, pick(WORDS, what.words) ?? "");
        return;
      }
      case "token-in-client-mail": {
        const digest = pick(digests, what.which);
        const who = pick(CLIENTS, what.who);
        if (digest === undefined || who === undefined) return;
        return write({
          from: who.address,
          subject: `Re: ${digest.message.subject}`,
          text: `approve\n\n${digest.message.replyTo[0]?.address ?? ""}\n\n${digest.message.text.slice(0, 400)}`,
        });
      }
      case "out-of-office": {
        const headers = { "Auto-Submitted": "auto-replied" };
        const digest = pick(digests.toReversed(), what.which);
        if (what.of === "digest" && digest !== undefined)
          await answer(digest, digest.technician, "approve", { headers });
        const reply = pick(desk.handOvers, what.which);
        if (what.of === "reply" && reply !== undefined) {
          const by = reply.to[0] ?? "";
          const { raw, to } = await rawReply(reply.mime, {
            from: by,
            top: "I am away until Monday.",
            headers,
          });
          await put("", [to], raw);
        }
        return;
      }
      case "bounce": {
        const reply = pick(desk.handOvers, what.which);
        return reply === undefined
          ? undefined
          : put("", [DESK], await bounceOf(reply.mime, reply.to[0] ?? "", nextId("relay.example")));
      }
      case "copy-comes-back": {
        const reply = pick(desk.handOvers, what.which);
        return reply === undefined ? undefined : desk.receive({ from: DESK, to: [DESK], raw: reply.mime });
      }
      case "draft-rewritten": {
        const { db } = desk.desk.database;
        const drafts = (await db("drafts").where({ status: "proposed" }).orderBy("id")) as {
          id: number;
          content: string;
        }[];
        const draft = pick(drafts, what.which);
        if (draft === undefined) return;
        const content = JSON.parse(draft.content) as ReplyContent;
        const changed = { ...content, body: `${content.body}\n\nPS: rewritten ${(count += 1)}.` };
        await db("drafts")
          .where({ id: draft.id })
          .update({ content: JSON.stringify(changed), canonical_sha256: canonicalSha256(changed) });
        return;
      }
      case "time-passes":
        desk.now = new Date(desk.now.getTime() + what.minutes * 60_000);
        return;
      case "relay-will":
        desk.fates.push(what.fate);
        return;
      case "sweep":
        return sweep(desk.desk);
    }
  }

  for (const [index, { happening, jobs, order }] of history.moments.entries()) {
    await happen(happening);
    for (let done = 0; done < jobs && (await desk.step(order + done * (index + 1))); done++);
    await lookIntoInboxes();
    // A second between two happenings, so that later is later.
    desk.now = new Date(desk.now.getTime() + 1000);
  }
  await settle(desk);
  await lookIntoInboxes();
  return { tokens, genuine };
}

/** The world goes quiet: the relay works, holds and deferrals pass, and everything that is to be done is done. */
async function settle(desk: BareDesk): Promise<void> {
  desk.fates.length = 0;
  for (let round = 0; round < 8; round++) {
    for (let jobs = 0; await desk.step(0); jobs++) if (jobs > 500) throw new Error("the jobs do not end");
    desk.now = new Date(desk.now.getTime() + 20 * 60_000);
    await sweep(desk.desk);
  }
}

async function bounceOf(mime: Buffer, recipient: string, messageId: string): Promise<string> {
  const { messageId: original, subject } = await read(mime);
  return `From: MAILER-DAEMON@relay.example
To: ${DESK}
Subject: Undelivered Mail Returned to Sender
Message-ID: ${messageId}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

I could not deliver your message.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; ${recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: message/rfc822

From: ${DESK}
To: ${recipient}
Subject: ${subject}
Message-ID: ${original ?? ""}

Hi
--b--
`;
}

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
