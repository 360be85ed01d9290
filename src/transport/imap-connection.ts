import { ImapFlow } from "imapflow";
import { PermanentError, reasonOf, TemporaryError } from "../errors.ts";
import type { ImapIntakeOptions } from "./imap-options.ts";
import { isLoopback } from "./loopback.ts";
import { loginAdvice } from "./oauth-advice.ts";

type ImapLogin = Pick<
  ImapIntakeOptions,
  "host" | "port" | "secure" | "user" | "pass" | "accessToken" | "connectWithin" | "silentFor"
>;

/** A client that has not connected yet. `token` in place of the password. */
export function newClient(options: ImapLogin, token: string | undefined): ImapFlow {
  const local = isLoopback(options.host);
  return new ImapFlow({
    host: options.host,
    port: options.port,
    secure: options.secure,
    ...(options.secure || local ? {} : { doSTARTTLS: true }),
    ...(local ? { tls: { rejectUnauthorized: false } } : {}),
    auth:
      token === undefined
        ? { user: options.user, pass: options.pass ?? "" }
        : { user: options.user, accessToken: token },
    logger: false,
    // Its own IDLE begins some fifteen seconds after the last command; ours begins at once.
    disableAutoIdle: true,
    connectionTimeout: options.connectWithin ?? 30_000,
    greetingTimeout: options.connectWithin ?? 16_000,
    // While a command waits for its answer; IDLE is watched by the poll.
    socketTimeout: options.silentFor ?? 60_000,
  });
}

/** The server answered, and said no. */
export function isRefusal(error: unknown): boolean {
  return (
    error instanceof PermanentError ||
    isLoginRefusal(error) ||
    (error instanceof Error &&
      (("responseStatus" in error && error.responseStatus === "NO") || isRefusal(error.cause)))
  );
}

export function isLoginRefusal(error: unknown): boolean {
  return (
    error instanceof Error &&
    (("authenticationFailed" in error && error.authenticationFailed === true) || isLoginRefusal(error.cause))
  );
}

/** imapflow's own message is often "Command failed"; what the server said stands beside it. */
export function sayWhy(error: unknown, login: Pick<ImapLogin, "host" | "user" | "accessToken">): string {
  const said =
    error instanceof Error && "responseText" in error && typeof error.responseText === "string"
      ? error.responseText
      : "";
  const reason =
    said === "" || reasonOf(error).includes(said) ? reasonOf(error) : `${reasonOf(error)}: ${said}`;
  if (!isLoginRefusal(error)) return reason;
  const { host, user, accessToken } = login;
  return `${host} refuses the login of ${user}: ${reason}. ${loginAdvice("imap", { host, user, oauth2: accessToken !== undefined })}.`;
}

/** Logs in and looks at a folder, and changes nothing. Rejects with what is wrong and what to do. */
export async function probeMailbox(login: ImapLogin, folder: string): Promise<string> {
  const client = newClient(login, await login.accessToken?.());
  client.on("error", () => undefined);
  const at = `${login.host}:${login.port}`;
  try {
    await client.connect();
    const status = await client.status(folder, { messages: true, uidNext: true }).catch(() => false as const);
    if (status === false) throw new PermanentError(`${at} has no folder ${folder}. Check imap.folder.`);
    return `${folder} holds ${status.messages ?? 0} messages; new mail starts at UID ${status.uidNext ?? 1}`;
  } catch (error) {
    if (error instanceof PermanentError) throw error;
    const why = sayWhy(error, login);
    if (isLoginRefusal(error)) throw new PermanentError(why);
    throw new TemporaryError(
      `${at}: ${why}. Check imap.host, imap.port and imap.secure, and that this machine may connect.`,
    );
  } finally {
    if (client.usable) await client.logout().catch(() => undefined);
    client.close();
  }
}
