import { parseMessage } from "../../../src/mail/parse/parse.ts";
import type { ParsedMessage } from "../../../src/mail/message.ts";

/** A mail from its lines, as it would come over the wire. */
export const mailOf = (...lines: readonly string[]): Promise<ParsedMessage> =>
  parseMessage({ bytes: Buffer.from(lines.join("\r\n"), "utf8") });

/** An HTML mail with a sound header of a person's program. */
export const htmlMail = (html: string, ...header: readonly string[]): Promise<ParsedMessage> =>
  mailOf(
    "From: Ana Ruiz <ana@contoso.example>",
    "To: support@northwind.example",
    "Subject: Hello",
    "Message-ID: <a1@contoso.example>",
    "Date: Mon, 2 Mar 2026 10:00:00 +0100",
    ...header,
    "MIME-Version: 1.0",
    "Content-Type: text/html; charset=utf-8",
    "",
    html,
  );
