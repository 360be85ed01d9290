/**
 * The bytes that leave the desk. The same input gives the same bytes, so that what was approved can be sent again
 * as it was. Nothing is read from disk or network, and no header comes from anywhere but the arguments.
 */
import { createHash } from "node:crypto";
import MailComposer from "nodemailer/lib/mail-composer";
import { PermanentError } from "../../errors.ts";
import { renderMarkdown } from "./markdown.ts";
import type { Mailbox } from "../message.ts";
import { mimeBytes } from "./mime-bytes.ts";

/** What a client will receive. */
export interface ReplyMail {
  readonly from: Mailbox;
  readonly to: readonly Mailbox[];
  readonly cc: readonly Mailbox[];
  readonly subject: string;
  readonly inReplyTo: string | null;
  readonly references: readonly string[];
  /** Markdown in the small subset. */
  readonly body: string;
  readonly attachments: readonly {
    readonly filename: string;
    readonly contentType: string;
    readonly sha256: string;
  }[];
}

export interface ReplyFrame {
  /** msg-id, with its angle brackets: `newMessageId`. */
  readonly messageId: string;
  readonly date: Date;
  /** RFC 3834 §5: an acknowledgement that no person released says so; a person's reply must not. Default false. */
  readonly autoReplied?: boolean;
  /** ISO 639-1; the `lang` of the HTML part. Default `en`. */
  readonly language?: string;
  /** Decoded bytes of the attachments, by their hex SHA-256. */
  readonly files?: ReadonlyMap<string, Buffer>;
}

/** A mail to the desk's own people: digest, transcript, notice. */
export interface InsideMail {
  readonly from: Mailbox;
  readonly to: Mailbox;
  /** Where an answer goes: the review address with its token. */
  readonly replyTo?: Mailbox;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly messageId: string;
  readonly inReplyTo?: string | null;
  readonly references?: readonly string[];
  readonly date: Date;
  /** RFC 3834 §5: `auto-replied` when it answers a mail, `auto-generated` when it does not. */
  readonly autoSubmitted: boolean;
}

/**
 * Client-bound MIME bytes: text and HTML of the body, the attachments, and no header beyond From, To, Cc, Subject,
 * threading, Date and Message-ID. `Dana Wu · Northwind Support` is for the caller to put into `from.name`.
 * @throws PermanentError for a control character in a header, a recipient list that is empty, an address that is no
 * addr-spec, or an attachment whose bytes are missing or are not those that were authorised.
 */
export async function composeReply(content: ReplyMail, frame: ReplyFrame): Promise<Buffer> {
  if (content.to.length === 0) throw new PermanentError("this reply has no recipient in To");
  const { text, html } = renderMarkdown(content.body);
  const attachments = content.attachments.map((attachment) => ({
    filename: header("attachment name", attachment.filename),
    contentType: header("attachment type", attachment.contentType),
    content: fileOf(attachment, frame.files),
    // A message/* part cannot be base64 (RFC 2046 §5.2.1), and a mail program may run what is inline.
    contentDisposition: "attachment",
  }));
  return compose({
    from: mailbox("From", content.from),
    to: content.to.map((to) => mailbox("To", to)),
    cc: content.cc.map((cc) => mailbox("Cc", cc)),
    subject: header("Subject", content.subject),
    messageId: msgId("Message-ID", frame.messageId),
    date: frame.date,
    ...threading(content.inReplyTo, content.references),
    text: text + "\n",
    html: clientHtml(html, frame.language ?? "en"),
    ...(attachments.length > 0 ? { attachments } : {}),
    ...(frame.autoReplied ? { headers: { "Auto-Submitted": "auto-replied" } } : {}),
  });
}

/** @throws PermanentError for a control character in a header or an address that is no addr-spec. */
export async function composeInside(mail: InsideMail): Promise<Buffer> {
  const automatic = mail.inReplyTo ? "auto-replied" : "auto-generated";
  return compose({
    from: mailbox("From", mail.from),
    to: [mailbox("To", mail.to)],
    ...(mail.replyTo ? { replyTo: [mailbox("Reply-To", mail.replyTo)] } : {}),
    subject: header("Subject", mail.subject),
    messageId: msgId("Message-ID", mail.messageId),
    date: mail.date,
    ...threading(mail.inReplyTo ?? null, mail.references ?? []),
    text: mail.text,
    html: mail.html,
    ...(mail.autoSubmitted ? { headers: { "Auto-Submitted": automatic } } : {}),
  });
}

/**
 * A msg-id of the desk: `<1042.RANDOM@desk.example>`, or without the ticket's number. The number helps a person who
 * reads headers; it joins nobody to a ticket.
 * @param random 8 to 64 letters, digits or hyphens; from a random source for mail to clients
 */
export function newMessageId(random: string, domain: string, ticketNumber?: number): string {
  if (!/^[A-Za-z0-9-]{8,64}$/.test(random)) {
    throw new PermanentError("a Message-ID needs 8 to 64 letters, digits or hyphens");
  }
  const left = ticketNumber === undefined ? random : `${ticketNumber}.${random}`;
  return msgId("Message-ID", `<${left}@${domain}>`);
}

/** Most ids that References keeps: the first, and the latest of the rest. */
const MAX_REFERENCES = 20;
/** RFC 5322 §2.1.1: a line has at most 998 octets, and a msg-id cannot be folded. */
const MAX_MSG_ID = 900;

/**
 * RFC 5322 §3.6.4: References is the parent's, then the parent. A long thread keeps its first id, which names the
 * thread, and its last ones, which name the place in it; an id too long for a line is left out.
 */
function threading(
  inReplyTo: string | null,
  references: readonly string[],
): { inReplyTo?: string; references?: string[] } {
  const ids = [...new Set([...references, ...(inReplyTo === null ? [] : [inReplyTo])])]
    .map((id) => header("References", id))
    .filter((id) => id.length <= MAX_MSG_ID && MSG_ID.test(id));
  // The parent goes last, also where the client's mail program had named it earlier.
  if (inReplyTo !== null && ids.includes(inReplyTo)) ids.push(...ids.splice(ids.indexOf(inReplyTo), 1));
  const kept = ids.length > MAX_REFERENCES ? [...ids.slice(0, 1), ...ids.slice(1 - MAX_REFERENCES)] : ids;
  return {
    ...(inReplyTo !== null && kept.includes(inReplyTo) ? { inReplyTo } : {}),
    ...(kept.length > 0 ? { references: kept } : {}),
  };
}

type ComposerOptions = ConstructorParameters<typeof MailComposer>[0];

function compose(mail: NonNullable<ComposerOptions>): Buffer {
  const composer = new MailComposer({
    ...mail,
    // Random boundaries would give other bytes each time; the Message-ID is as unique.
    baseBoundary: createHash("sha256").update(String(mail.messageId)).digest("hex").slice(0, 24),
    boundaryPrefix: "----part",
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return mimeBytes(composer.compile());
}

/** Control characters, Unicode's line separators included, end a header early or hide text in it. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
const MSG_ID = /^<[^<>\s]+>$/;

function header(name: string, value: string): string {
  if (CONTROL.test(value)) {
    throw new PermanentError(`${name} holds a control character (a line break or a NUL): it is not sent`);
  }
  return value;
}

function msgId(name: string, value: string): string {
  if (!MSG_ID.test(header(name, value)) || value.length > MAX_MSG_ID) {
    throw new PermanentError(`${name} is not a message id: ${value.slice(0, 80)}`);
  }
  return value;
}

/**
 * One mailbox, as an object: nodemailer would read commas and groups out of a string.
 * An address with a space, a bracket, a comma or a second @ is refused rather than repaired.
 */
function mailbox(field: string, { name, address }: Mailbox): { name: string; address: string } {
  header(field, name);
  if (!/^[^\s<>()[\]\\,;:"@]+@[^\s<>()[\]\\,;:"@]+$/.test(header(field, address)) || address.length > 254) {
    throw new PermanentError(`${field} is not a plain address: ${address.slice(0, 80)}`);
  }
  return { name, address };
}

function fileOf(
  attachment: ReplyMail["attachments"][number],
  files: ReadonlyMap<string, Buffer> | undefined,
): Buffer {
  const bytes = files?.get(attachment.sha256);
  if (!bytes) throw new PermanentError(`the bytes of the attachment ${attachment.filename} are not at hand`);
  if (createHash("sha256").update(bytes).digest("hex") !== attachment.sha256) {
    throw new PermanentError(`the attachment ${attachment.filename} is not the one that was authorised`);
  }
  return bytes;
}

/** No colours, no images, nothing remote: the client's mail program decides on light or dark. */
function clientHtml(fragment: string, language: string): string {
  const lang = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$/.test(language) ? language : "en";
  return (
    `<!doctype html>\n<html lang="${lang}"><head><meta charset="utf-8"></head>\n` +
    `<body style="font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:15px;line-height:1.5">\n` +
    `${fragment}\n</body></html>\n`
  );
}
