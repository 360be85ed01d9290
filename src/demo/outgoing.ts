import MailComposer from "nodemailer/lib/mail-composer";
import { createTransport } from "nodemailer";
import type { Correspondent } from "./letter.ts";
import type { KeptMail, Mailboxes } from "./mailboxes.ts";

/** What somebody wrote in the demo's mail program. */
export interface Writing {
  readonly from: Correspondent;
  /** addr-specs, as typed, separated by commas. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** msg-id of the mail that this one answers. */
  readonly inReplyTo: string | null;
  readonly references: readonly string[];
}

/** Raw MIME as a plain-text mail program sends it. */
export function toMime(writing: Writing, date: Date, name: string): Promise<Buffer> {
  const { from, references } = writing;
  const domain = from.address.slice(from.address.lastIndexOf("@") + 1);
  const mail = new MailComposer({
    from: { name: from.name, address: from.address },
    to: writing.to,
    subject: writing.subject,
    text: writing.text.replaceAll(/\r\n?/g, "\n"),
    date,
    messageId: `<${name}@${domain}>`,
    ...(writing.inReplyTo === null ? {} : { inReplyTo: writing.inReplyTo }),
    ...(references.length === 0 ? {} : { references: [...references] }),
    headers: { "User-Agent": "Countersign demo mail" },
    newline: "\r\n",
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return mail.compile().build();
}

export interface PostOffice {
  /** Hand raw bytes to the desk's SMTP intake. Rejects with the server's words when it refuses them. */
  post(from: string, to: readonly string[], bytes: Buffer): Promise<void>;
  /** Post what somebody wrote, and keep it with their sent mail. */
  send(writing: Writing): Promise<KeptMail>;
  close(): void;
}

/** Everybody outside the desk sends through here: one SMTP connection to the desk's intake, used again and again. */
export function openPostOffice(
  port: number,
  mailboxes: Mailboxes,
  parts: { clock(): Date; random(bytes: number): Buffer },
): PostOffice {
  const transport = createTransport({
    host: "127.0.0.1",
    port,
    secure: false,
    ignoreTLS: true,
    pool: true,
    maxConnections: 1,
    name: "client.example",
  });
  const post: PostOffice["post"] = async (from, to, bytes) => {
    await transport.sendMail({ envelope: { from, to: [...to] }, raw: bytes });
  };
  return {
    post,
    async send(writing) {
      const bytes = await toMime(writing, parts.clock(), parts.random(12).toString("hex"));
      const to = writing.to.split(",").map((address) => address.replace(/^.*<|>.*$/g, "").trim());
      await post(
        writing.from.address,
        to.filter((address) => address !== ""),
        bytes,
      );
      return mailboxes.keepSent(writing.from.address, bytes);
    },
    close: () => transport.close(),
  };
}
