import { ImapFlow } from "imapflow";
import { reasonOf, TemporaryError } from "../errors.ts";
import type { AccessToken } from "./access-token.ts";
import { isLoopback } from "./loopback.ts";

interface SentFolder {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly user: string;
  readonly pass?: string;
  /** In place of `pass`: XOAUTH2. */
  readonly accessToken?: AccessToken;
  readonly folder: string;
}

/**
 * Whether a mail of this Message-ID (with angle brackets) lies in a Sent folder. Many submission servers (Gmail, Exchange)
 * put a copy of what they took there: proof that a hand-over without an answer succeeded.
 *
 * The folder is opened read-only, over a connection of its own. Throws TemporaryError where the server cannot be asked.
 */
export async function isInSentFolder(sent: SentFolder, messageId: string): Promise<boolean> {
  const local = isLoopback(sent.host);
  try {
    const auth =
      sent.accessToken === undefined
        ? { user: sent.user, pass: sent.pass ?? "" }
        : { user: sent.user, accessToken: await sent.accessToken() };
    const client = new ImapFlow({
      host: sent.host,
      port: sent.port,
      secure: sent.secure,
      ...(sent.secure || local ? {} : { doSTARTTLS: true }),
      ...(local ? { tls: { rejectUnauthorized: false } } : {}),
      auth,
      logger: false,
      disableAutoIdle: true,
      connectionTimeout: 15_000,
      greetingTimeout: 15_000,
      socketTimeout: 30_000,
    });
    // Without a listener this event ends the process; the same failure also rejects the command that waits.
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.mailboxOpen(sent.folder, { readOnly: true });
      const found = await client.search({ header: { "message-id": messageId } }, { uid: true });
      // SEARCH HEADER is a substring match, RFC 9051 §6.4.4: what it found is looked at.
      for (const uid of Array.isArray(found) ? found.slice(-20) : []) {
        const mail = await client.fetchOne(String(uid), { envelope: true }, { uid: true });
        if (mail && mail.envelope?.messageId?.trim() === messageId) return true;
      }
      await client.logout().catch(() => undefined);
      return false;
    } finally {
      client.close();
    }
  } catch (error) {
    throw new TemporaryError(
      `the folder ${sent.folder} of ${sent.user} at ${sent.host} cannot be asked for a sent copy: ${reasonOf(error)}`,
      { cause: error },
    );
  }
}
