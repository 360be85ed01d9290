import { createTransport } from "nodemailer";
import { recipientsOf, toMime, type Writing } from "../mail-program/writing.ts";
import type { KeptMail, Mailboxes } from "./mailboxes.ts";

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
      await post(writing.from.address, recipientsOf(writing.to), bytes);
      return mailboxes.keepSent(writing.from.address, bytes);
    },
    close: () => transport.close(),
  };
}
