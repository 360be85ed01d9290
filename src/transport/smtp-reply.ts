/** One reply of an SMTP server, RFC 5321 §4.2. */
export interface SmtpReply {
  readonly code: number;
  /** RFC 3463, `5.1.1`; "" without one. */
  readonly enhancedCode: string;
  /** The text of all its lines, without codes, joined by a space. */
  readonly text: string;
  /** The lines as they came, without codes: the extensions, for a reply to EHLO. */
  readonly lines: readonly string[];
}

/** A reply that is longer than this is an attack or a fault. Bytes. */
const LONGEST_REPLY = 64 * 1024;

/** Collects bytes into replies. `push` throws when the bytes are not SMTP. */
export class ReplyReader {
  #rest = "";
  #lines: string[] = [];
  #held = 0;

  /** The replies that these bytes complete. */
  push(chunk: Buffer): readonly SmtpReply[] {
    const replies: SmtpReply[] = [];
    this.#held += chunk.length;
    // latin1 keeps bytes apart from characters, so that a character split over two chunks survives.
    this.#rest += chunk.toString("latin1");
    let from = 0;
    for (let end = this.#rest.indexOf("\n"); end !== -1; end = this.#rest.indexOf("\n", from)) {
      const line = Buffer.from(this.#rest.slice(from, end).replace(/\r$/, ""), "latin1").toString("utf8");
      from = end + 1;
      if (!/^[2-5]\d\d(?:[ -]|$)/.test(line))
        throw new Error(`the relay's reply is not SMTP: ${JSON.stringify(line.slice(0, 100))}`);
      this.#lines.push(line);
      if (line[3] === "-") continue;
      replies.push(replyOf(this.#lines));
      this.#lines = [];
      this.#held = 0;
    }
    this.#rest = this.#rest.slice(from);
    if (this.#held > LONGEST_REPLY) throw new Error("the relay's reply has no end");
    return replies;
  }
}

function replyOf(raw: readonly string[]): SmtpReply {
  const code = Number(raw[0]?.slice(0, 3));
  const enhancedCode = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})(?: |$)/.exec(raw[0] ?? "")?.[1] ?? "";
  const lines = raw.map((line) => {
    const text = line.slice(4);
    return enhancedCode !== "" && text.startsWith(enhancedCode)
      ? text.slice(enhancedCode.length).trimStart()
      : text;
  });
  return { code, enhancedCode, text: lines.join(" ").trim(), lines };
}

/** `550 5.1.1 no such mailbox`: what an operator would search for. */
export function spoken(reply: SmtpReply): string {
  return [String(reply.code), reply.enhancedCode, reply.text].filter((part) => part !== "").join(" ");
}

/**
 * The Message-ID that the relay gave the message in place of ours, with angle brackets, if its 250 names one.
 * Known forms only: any other `<a@b>` in a reply may be a recipient.
 */
export function relayMessageIdOf(reply: SmtpReply, host: string): string | null {
  // Microsoft 365 and Exchange: `250 2.6.0 <id@host.prod.outlook.com> [InternalId=…, Hostname=…] … Queued mail for delivery`,
  // Outlook.com: `250 2.0.0 OK <id@host.prod.outlook.com> [Hostname=…]`.
  const exchange = /^(?:OK )?(<[^<>\s@]+@[^<>\s@]+>) \[(?:InternalId|Hostname)=/i.exec(reply.text);
  if (exchange?.[1] !== undefined) return exchange[1];
  // Amazon SES: `250 Ok 0100018b5c3c0a4f-…-000000`, the left side of the Message-ID that it sets; us-east-1 signs as `email`.
  const ses = /^Ok ([0-9a-f]{16}-[0-9a-f-]{1,80})$/i.exec(reply.text);
  const region =
    /(?:^|\.)([a-z]{2}(?:-[a-z]{1,12}){1,2}-\d{1,2})(?:\.[a-z0-9.-]*)?\.(?:amazonaws\.com|awsapps\.com)\.?$/i
      .exec(host)?.[1]
      ?.toLowerCase();
  if (ses?.[1] === undefined || region === undefined) return null;
  return `<${ses[1].toLowerCase()}@${region === "us-east-1" ? "email" : region}.amazonses.com>`;
}
