import { parseMessage } from "../../src/mail/parse/parse.ts";
import type { ParsedMessage } from "../../src/mail/message.ts";
import { sendMail, type SmtpAnswer } from "./smtp.ts";

/** Plays the mail programs of clients and technicians: raw bytes in, replies with quotes out. */

let counter = 0;

export interface NewMail {
  readonly from: string;
  readonly name?: string;
  readonly to?: string;
  readonly cc?: string;
  readonly subject: string;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly messageId?: string;
}

export function rawMail(mail: NewMail): { readonly raw: string; readonly messageId: string } {
  const messageId =
    mail.messageId ??
    `<${Date.now()}.${(counter += 1)}.${process.pid}@${mail.from.split("@")[1] ?? "x.example"}>`;
  const headers: Record<string, string> = {
    From: mail.name === undefined ? mail.from : `${mail.name} <${mail.from}>`,
    To: mail.to ?? "support@desk.example",
    ...(mail.cc === undefined ? {} : { Cc: mail.cc }),
    Subject: mail.subject,
    Date: new Date().toUTCString().replace("GMT", "+0000"),
    "Message-ID": messageId,
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Transfer-Encoding": "8bit",
    ...mail.headers,
  };
  const head = Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n");
  return { raw: `${head}\n\n${mail.text}\n`, messageId };
}

/** Send a new mail to the desk. Answers its Message-ID. */
export async function write(port: number, mail: NewMail): Promise<string> {
  const { raw, messageId } = rawMail(mail);
  const answer = await sendMail(port, { from: mail.from, to: bare(mail.to ?? "support@desk.example"), raw });
  if (answer.code !== 250) throw new Error(`the desk answered ${answer.code} ${answer.text}`);
  return messageId;
}

function bare(address: string): string {
  return /<([^>]+)>/.exec(address)?.[1] ?? address;
}

export function read(bytes: Buffer): Promise<ParsedMessage> {
  return parseMessage({ bytes });
}

export interface ReplyOptions {
  readonly from: string;
  readonly name?: string;
  /** Written above the quote. */
  readonly top: string;
  /** Change the quoted text, as somebody who edits in place does. */
  readonly edit?: (quoted: string) => string;
  /** Leave the quote out. */
  readonly bare?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Reply as a mail program does: to Reply-To, threaded, quoting with `> ` below the new text. */
export async function reply(
  port: number,
  original: Buffer,
  options: ReplyOptions,
): Promise<SmtpAnswer & { readonly messageId: string }> {
  const { raw, to, messageId } = await rawReply(original, options);
  return { ...(await sendMail(port, { from: options.from, to, raw })), messageId };
}

/** The reply and whom it goes to, for a road of your own. */
export async function rawReply(
  original: Buffer,
  options: ReplyOptions,
): Promise<{ readonly raw: string; readonly to: string; readonly messageId: string }> {
  const message = await read(original);
  const to = message.replyTo[0]?.address ?? message.from[0]?.address ?? "";
  const quoted = message.text
    .split("\n")
    .map((line) => (line === "" ? ">" : `> ${line}`))
    .join("\n");
  const body =
    options.bare === true
      ? options.top
      : `${options.top}\n\nOn Mon, 2 Mar 2026 at 09:12, ${message.from[0]?.name ?? ""} <${message.from[0]?.address ?? ""}> wrote:\n\n${options.edit?.(quoted) ?? quoted}`;
  const { raw, messageId } = rawMail({
    from: options.from,
    ...(options.name === undefined ? {} : { name: options.name }),
    to,
    subject: /^re:/i.test(message.subject) ? message.subject : `Re: ${message.subject}`,
    text: body,
    headers: {
      "In-Reply-To": message.messageId ?? "",
      References: [...message.references, message.messageId ?? ""].join(" "),
      ...options.headers,
    },
  });
  return { raw, to, messageId };
}
