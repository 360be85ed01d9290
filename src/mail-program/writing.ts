import MailComposer from "nodemailer/lib/mail-composer";
import type { Correspondent } from "./letter.ts";

/** What somebody wrote in a mail program. */
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

/** The addr-specs of a typed list, without the names around them. */
export function recipientsOf(typed: string): readonly string[] {
  return typed
    .split(",")
    .map((address) => address.replace(/^.*<|>.*$/g, "").trim())
    .filter((address) => address !== "");
}

/** Raw MIME as a plain-text mail program sends it. `name` makes its Message-ID. */
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
    headers: { "User-Agent": "Countersign trial mail" },
    newline: "\r\n",
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return mail.compile().build();
}
