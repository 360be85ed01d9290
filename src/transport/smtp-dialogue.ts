import { isAscii } from "node:buffer";
import { PermanentError, reasonOf } from "../errors.ts";
import type { SmtpOutcome } from "./smtp-outcome.ts";
import { relayMessageIdOf, spoken, type SmtpReply } from "./smtp-reply.ts";
import type { SmtpSession, SmtpTimeouts } from "./smtp-session.ts";

/** What travels: an envelope and the bytes. */
export interface Shipment {
  /** The reverse-path; "" is the null one. */
  readonly from: string;
  readonly to: readonly string[];
  /** With CRLF line ends throughout. */
  readonly mime: Buffer;
}

const COMMAND = 5 * 60_000;
const BLOCK = 3 * 60_000;
const FINAL = 10 * 60_000;
const BLOCK_SIZE = 64 * 1024;

/** Throws a PermanentError for what no relay may be given: an address that could end its command, or line ends that a relay would rewrite. */
export function checkShipment(shipment: Shipment): void {
  if (shipment.to.length === 0) throw new PermanentError("the mail has no recipient");
  for (const address of [shipment.from, ...shipment.to]) {
    // oxlint-disable-next-line no-control-regex -- these are the characters that must not reach an SMTP command.
    if (/[\u0000-\u001f\u007f<>]/.test(address))
      throw new PermanentError(`the address ${JSON.stringify(address)} cannot stand in an SMTP command`);
  }
  if (shipment.to.includes("")) throw new PermanentError("the mail has an empty recipient");
  if (!hasOnlyCrlf(shipment.mime))
    throw new PermanentError(
      "the message has a bare CR or LF: a relay would rewrite it, so the bytes sent would not be the bytes approved",
    );
}

/**
 * One transaction on an open session, protocol §4. Resolves always, unless `onStarted` rejects: then nothing was sent and its error is passed on.
 *
 * `onStarted` is awaited between the relay's 354 and the first byte. Nothing is sent when any recipient is refused.
 */
export async function transmit(
  session: SmtpSession,
  shipment: Shipment,
  timeouts: SmtpTimeouts,
  onStarted: () => Promise<void>,
): Promise<SmtpOutcome> {
  session.reusable = false;
  try {
    const refusal = await offerEnvelope(session, shipment, timeouts);
    if (refusal !== null) return refusal;
    await session.write("DATA\r\n", timeouts.command ?? COMMAND);
    const goAhead = await session.reply(timeouts.command ?? COMMAND);
    if (goAhead.code !== 354) return refused("DATA", goAhead);
  } catch (error) {
    return { state: "deferred", code: 0, enhancedCode: "", text: `nothing was sent: ${reasonOf(error)}` };
  }

  await onStarted();
  // The commit took its time; a relay that has gone since then, or changed its mind, has got no byte from us.
  if (session.replyWaiting) return refused("DATA", await session.reply(0));
  if (session.lost !== null)
    return {
      state: "deferred",
      code: 0,
      enhancedCode: "",
      text: `nothing was sent: ${session.lost.message}`,
    };
  return sendMessage(session, shipment.mime, timeouts);
}

async function offerEnvelope(
  session: SmtpSession,
  shipment: Shipment,
  timeouts: SmtpTimeouts,
): Promise<SmtpOutcome | null> {
  // oxlint-disable-next-line no-control-regex -- outside ASCII, RFC 6531.
  const international = [shipment.from, ...shipment.to].find((address) => /[^\u0000-\u007f]/.test(address));
  if (international !== undefined && !session.extensions.has("SMTPUTF8")) {
    return {
      state: "rejected",
      code: 553,
      enhancedCode: "5.6.7",
      text: `the relay does not take international addresses (SMTPUTF8): ${international}`,
    };
  }
  const parameters = [
    session.extensions.has("SIZE") ? ` SIZE=${shipment.mime.length}` : "",
    session.extensions.has("8BITMIME") && !isAscii(shipment.mime) ? " BODY=8BITMIME" : "",
    international === undefined ? "" : " SMTPUTF8",
  ].join("");
  const commands = [
    `MAIL FROM:<${shipment.from}>${parameters}\r\n`,
    ...shipment.to.map((address) => `RCPT TO:<${address}>\r\n`),
  ];

  const replies: SmtpReply[] = [];
  const patience = timeouts.command ?? COMMAND;
  // RFC 2920 §3.1 lets the envelope go out in one piece. DATA never goes with it: it has to wait for every recipient's reply.
  if (session.extensions.has("PIPELINING")) {
    await session.write(commands.join(""), patience);
    while (replies.length < commands.length) replies.push(await session.reply(patience));
  } else {
    for (const command of commands) {
      await session.write(command, patience);
      const reply = await session.reply(patience);
      replies.push(reply);
      if (replies.length === 1 && !accepts(reply)) break;
    }
  }

  const [sender, ...recipients] = replies;
  if (sender === undefined || !accepts(sender))
    return sender === undefined ? null : refused(`MAIL FROM <${shipment.from}>`, sender);
  const refusals = recipients.flatMap((reply, index) =>
    accepts(reply) ? [] : [{ reply, address: shipment.to[index] ?? "" }],
  );
  if (refusals.length === 0) return null;
  // A recipient refused for good outweighs one that may be taken later: trying again would not help.
  const worst = refusals.find(({ reply }) => reply.code >= 500) ?? refusals[0];
  const text = refusals.map(({ reply, address }) => `RCPT TO <${address}>: ${spoken(reply)}`).join("; ");
  if (worst === undefined) return null;
  const refusal = { ...refused("RCPT TO", worst.reply), text: `nothing was sent: ${text}` };
  if (refusal.state !== "rejected") return refusal;
  const forGood = refusals.filter(({ reply }) => reply.code >= 500).map(({ address }) => address);
  return { ...refusal, refused: forGood };
}

async function sendMessage(session: SmtpSession, mime: Buffer, timeouts: SmtpTimeouts): Promise<SmtpOutcome> {
  const wire = stuffed(mime);
  let sent = 0;
  try {
    while (sent < wire.length && !session.replyWaiting) {
      const block = wire.subarray(sent, sent + BLOCK_SIZE);
      sent += block.length;
      await session.write(block, timeouts.block ?? BLOCK);
    }
    const reply = await session.reply(timeouts.final ?? FINAL);
    const complete = sent === wire.length;
    if (accepts(reply) && complete) {
      session.reusable = true;
      return {
        state: "accepted",
        code: reply.code,
        enhancedCode: reply.enhancedCode,
        text: reply.text,
        relayMessageId: relayMessageIdOf(reply, session.host),
      };
    }
    if (reply.code >= 400) {
      // A refusal in mid-message leaves the relay in the middle of our text.
      if (complete) session.reusable = reply.code !== 421;
      else session.destroy();
      return refused("the message", reply);
    }
    session.destroy();
    return {
      state: "uncertain",
      text: `the relay answered ${spoken(reply)} after ${sent} of ${wire.length} bytes, which is not an answer to a message`,
    };
  } catch (error) {
    session.destroy();
    return {
      state: "uncertain",
      text: `${reasonOf(error)}, with ${sent} of ${wire.length} bytes sent and no reply to the message`,
    };
  }
}

function accepts(reply: SmtpReply): boolean {
  return reply.code >= 200 && reply.code < 300;
}

/** 5xx is for good. Anything else that is not the reply hoped for may pass: 4xx says so, and a 2xx or 3xx out of place is a relay in disorder. */
function refused(
  command: string,
  reply: SmtpReply,
): SmtpOutcome & { readonly state: "deferred" | "rejected" } {
  return {
    state: reply.code >= 500 ? "rejected" : "deferred",
    code: reply.code,
    enhancedCode: reply.enhancedCode,
    text: `${command}: ${spoken(reply)}`,
  };
}

function hasOnlyCrlf(bytes: Buffer): boolean {
  let feeds = 0;
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) {
    if (bytes[at - 1] !== 0x0d) return false;
    feeds++;
  }
  for (let at = bytes.indexOf(0x0d); at !== -1; at = bytes.indexOf(0x0d, at + 1)) feeds--;
  return feeds === 0;
}

const LINE_WITH_DOT = Buffer.from("\r\n.");

/** Dot-stuffed and ended, RFC 5321 §4.5.2. A last line without its CRLF gets one, for the final dot needs it. */
function stuffed(mime: Buffer): Buffer {
  const pieces: Buffer[] = [];
  if (mime[0] === 0x2e) pieces.push(Buffer.from("."));
  let from = 0;
  for (let at = mime.indexOf(LINE_WITH_DOT); at !== -1; at = mime.indexOf(LINE_WITH_DOT, at + 3)) {
    pieces.push(mime.subarray(from, at + 3), Buffer.from("."));
    from = at + 3;
  }
  pieces.push(mime.subarray(from));
  const endsInLine = mime.length === 0 || mime.subarray(-2).equals(Buffer.from("\r\n"));
  pieces.push(Buffer.from(endsInLine ? ".\r\n" : "\r\n.\r\n"));
  return Buffer.concat(pieces);
}
