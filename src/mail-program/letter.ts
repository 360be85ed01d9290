import { simpleParser, type AddressObject } from "mailparser";

export interface Correspondent {
  readonly name: string;
  readonly address: string;
}

/** One mail as the demo's mail program shows it. */
export interface Letter {
  readonly messageId: string;
  readonly inReplyTo: string | null;
  readonly references: readonly string[];
  readonly from: Correspondent;
  readonly to: readonly Correspondent[];
  readonly cc: readonly Correspondent[];
  readonly replyTo: Correspondent | null;
  readonly subject: string;
  readonly date: Date;
  /** RFC 3834: written by a program. */
  readonly automatic: boolean;
  readonly text: string;
  /** `null` for a mail without an HTML part. */
  readonly html: string | null;
  readonly attachments: readonly {
    readonly filename: string;
    readonly contentType: string;
    readonly size: number;
  }[];
}

/** Read a mail with the library that mail programs use, not with the desk's own reader: the demo is the other end of the line. */
export async function readLetter(bytes: Buffer, now: Date): Promise<Letter> {
  const mail = await simpleParser(bytes, { skipTextToHtml: true, skipImageLinks: true });
  const automatic = mail.headers.get("auto-submitted");
  return {
    messageId: mail.messageId ?? "",
    inReplyTo: mail.inReplyTo ?? null,
    references: typeof mail.references === "string" ? [mail.references] : (mail.references ?? []),
    from: peopleOf(mail.from)[0] ?? { name: "", address: "" },
    to: peopleOf(mail.to),
    cc: peopleOf(mail.cc),
    replyTo: peopleOf(mail.replyTo)[0] ?? null,
    subject: mail.subject ?? "",
    date: mail.date ?? now,
    automatic: typeof automatic === "string" && automatic.toLowerCase() !== "no",
    text: (mail.text ?? "").trimEnd(),
    html: mail.html || null,
    attachments: mail.attachments.map(({ filename, contentType, size }) => ({
      filename: filename ?? contentType,
      contentType,
      size,
    })),
  };
}

function peopleOf(field: AddressObject | AddressObject[] | undefined): readonly Correspondent[] {
  const fields = field === undefined ? [] : Array.isArray(field) ? field : [field];
  return fields.flatMap(({ value }) =>
    value.flatMap(
      ({ name, address, group }) =>
        group?.map((one) => ({ name: one.name, address: one.address ?? "" })) ?? [
          { name, address: address ?? "" },
        ],
    ),
  );
}

/** `Ana Ruiz <ana@contoso.example>` */
export function written({ name, address }: Correspondent): string {
  return name === "" ? address : `${name} <${address}>`;
}
