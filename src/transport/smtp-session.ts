import type { Socket } from "node:net";
import { callbackify } from "node:util";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import XOAuth2 from "nodemailer/lib/xoauth2";
import { reasonOf } from "../errors.ts";
import type { AccessToken } from "./access-token.ts";
import { isLoopback } from "./loopback.ts";
import { loginAdvice } from "./oauth-advice.ts";
import { ReplyReader, type SmtpReply } from "./smtp-reply.ts";

export interface RelayConfig {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (port 465). Otherwise STARTTLS where the relay offers it. */
  readonly secure: boolean;
  readonly user?: string;
  readonly pass?: string;
  /** In place of `pass`: XOAUTH2. */
  readonly oauth2?: AccessToken;
  /** Refuse to go on without TLS. By default when there are credentials and the relay is not on this machine. */
  readonly requireTls?: boolean;
  /** The name given in EHLO; the machine's own by default. */
  readonly name?: string;
}

/** Milliseconds. The defaults of `command`, `block` and `final` follow RFC 5321 §4.5.3.2. */
export interface SmtpTimeouts {
  /** Name look-up, connection, greeting, TLS and login, each. */
  readonly connect?: number;
  /** A reply to MAIL, RCPT or DATA. */
  readonly command?: number;
  /** One block of the message taken by the relay. */
  readonly block?: number;
  /** The reply to the final dot. Giving up early makes an uncertain delivery out of a slow one. */
  readonly final?: number;
}

/** The relay went away, or stayed silent. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";
}

/** The relay refused the session itself: greeting, EHLO, STARTTLS or login. */
export class SessionRefused extends Error {
  override readonly name = "SessionRefused";
  readonly code: number;
  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}

const CONNECT = 30_000;

/**
 * An SMTP session, greeted and logged in, that does what it is told and nothing by itself.
 *
 * nodemailer's SMTPConnection opens it (addresses, TLS, STARTTLS, EHLO, AUTH). Its `send` is not used: it goes on to DATA when
 * only some recipients were refused, with PIPELINING it sends DATA along with the recipients, it reports a loss before and after the
 * final dot alike, and it rewrites bare line ends, so that the bytes on the wire need not be the frozen ones.
 */
export class SmtpSession {
  readonly host: string;
  /** Keywords of the EHLO reply, upper case. */
  readonly extensions: ReadonlySet<string>;
  /** Set by the dialogue: the last transaction ended with a reply, so another may follow. */
  reusable = false;
  #lost: ConnectionLost | null = null;
  readonly #socket: Socket;
  readonly #reader = new ReplyReader();
  readonly #replies: SmtpReply[] = [];
  #wake: (() => void) | null = null;

  constructor(socket: Socket, host: string, extensions: ReadonlySet<string>) {
    this.#socket = socket;
    this.host = host;
    this.extensions = extensions;
    // nodemailer's own reader would take our replies for a fault.
    socket.removeAllListeners("data");
    socket.setTimeout(0);
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("end", () => this.#lose("the relay closed the connection"));
    socket.on("close", () => this.#lose("the relay closed the connection"));
    socket.on("error", (error) => this.#lose(`the connection broke: ${error.message}`));
  }

  /** Why nothing more will come, or `null`. */
  get lost(): ConnectionLost | null {
    return this.#lost;
  }

  /** A reply has come that nobody has asked for yet. */
  get replyWaiting(): boolean {
    return this.#replies.length > 0;
  }

  /** Queues bytes; resolves when they are with the system. Rejects with ConnectionLost. */
  async write(bytes: Buffer | string, timeout: number): Promise<void> {
    if (this.#lost !== null) throw this.#lost;
    let flushed = false;
    this.#socket.write(bytes, () => {
      flushed = true;
      this.#wake?.();
    });
    await this.#until(() => flushed || this.replyWaiting, timeout, "the relay took no bytes");
  }

  /** The next reply. Rejects with ConnectionLost. */
  async reply(timeout: number): Promise<SmtpReply> {
    await this.#until(() => this.replyWaiting, timeout, "the relay gave no reply");
    const reply = this.#replies.shift();
    if (reply === undefined) throw this.#lost ?? new ConnectionLost("no reply");
    return reply;
  }

  /** Says goodbye and does not wait for the answer. */
  quit(): void {
    if (this.#lost !== null) return;
    this.#lost = new ConnectionLost("this side closed the connection");
    this.#socket.end("QUIT\r\n");
    setTimeout(() => this.#socket.destroy(), 1000).unref();
  }

  /** Ends the connection without a word: the relay must not take what it holds for a message. */
  destroy(): void {
    this.#lost ??= new ConnectionLost("this side closed the connection");
    this.#socket.destroy();
  }

  async #until(done: () => boolean, timeout: number, silence: string): Promise<void> {
    if (done()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = (): void => {
      if (done() || this.#lost !== null) resolve();
    };
    this.#wake = check;
    const timer = setTimeout(
      () => this.#lose(`${silence} within ${Math.round(timeout / 100) / 10} s`),
      timeout,
    );
    check();
    await promise;
    clearTimeout(timer);
    this.#wake = null;
    if (!done()) throw this.#lost ?? new ConnectionLost(silence);
  }

  #read(chunk: Buffer): void {
    try {
      this.#replies.push(...this.#reader.push(chunk));
    } catch (error) {
      this.#lose(reasonOf(error));
    }
    this.#wake?.();
  }

  #lose(reason: string): void {
    if (this.#lost === null) {
      this.#lost = new ConnectionLost(reason);
      this.#socket.destroy();
    }
    this.#wake?.();
  }
}

/** Opens a session. Rejects with SessionRefused when the relay said no, ConnectionLost when it could not be spoken to, or what the token giver threw. */
export async function openSession(relay: RelayConfig, timeouts: SmtpTimeouts): Promise<SmtpSession> {
  const patience = timeouts.connect ?? CONNECT;
  const local = isLoopback(relay.host);
  // Before the connection: a relay does not wait for an issuer of tokens.
  const token = await relay.oauth2?.();
  const connection = new SMTPConnection({
    host: relay.host,
    port: relay.port,
    secure: relay.secure,
    requireTLS: relay.requireTls ?? (relay.user !== undefined && !local && !relay.secure),
    connectionTimeout: patience,
    greetingTimeout: patience,
    dnsTimeout: patience,
    socketTimeout: patience,
    // A mail server on this machine has a certificate that it signed itself; the wire is ours.
    tls: local ? { rejectUnauthorized: false } : {},
    logger: false,
    ...(relay.name === undefined ? {} : { name: relay.name }),
  });

  const { promise, resolve, reject } = Promise.withResolvers<Set<string>>();
  connection.on("error", (error: Error) => reject(error));
  connection.connect((error) => {
    if (error !== undefined && error !== null) {
      reject(error);
      return;
    }
    const extensions = extensionsOf(connection.lastServerResponse || "");
    if (relay.user === undefined) {
      resolve(extensions);
      return;
    }
    const login =
      token === undefined
        ? { user: relay.user, pass: relay.pass ?? "" }
        : { user: relay.user, oauth2: bearer(relay.user, token, relay.oauth2) };
    connection.login(login, (failure) => (failure ? reject(failure) : resolve(extensions)));
  });

  let extensions: Set<string>;
  try {
    extensions = await promise;
  } catch (error) {
    connection.close();
    throw sessionError(error, relay);
  }
  const socket = connection._socket;
  if (!socket || socket.destroyed)
    throw new ConnectionLost(`${relay.host}:${relay.port} closed the connection after its greeting`);
  return new SmtpSession(socket, relay.host, extensions);
}

/** RFC 7628 in the form that Microsoft and Google speak, XOAUTH2. For a refused token another is tried once, if there is one. */
function bearer(user: string, token: string, another: AccessToken | undefined): XOAuth2 {
  return new XOAuth2({
    user,
    provisionCallback: (_user, renew, done) =>
      callbackify(async () => {
        if (!renew || another === undefined) return token;
        const fresh = await another(token);
        if (fresh === token) throw new Error("the relay refused the access token");
        return fresh;
      })(done),
  });
}

function sessionError(error: unknown, relay: RelayConfig): Error {
  const responseCode = error instanceof Error && "responseCode" in error ? Number(error.responseCode) : 0;
  const isLogin = error instanceof Error && "code" in error && error.code === "EAUTH";
  const advice =
    isLogin && relay.user !== undefined
      ? `. ${loginAdvice("smtp", { host: relay.host, user: relay.user, oauth2: relay.oauth2 !== undefined })}`
      : "";
  const sentence = `no session with ${relay.host}:${relay.port}: ${reasonOf(error)}${advice}`;
  return responseCode > 0
    ? new SessionRefused(sentence, responseCode)
    : new ConnectionLost(sentence, { cause: error });
}

function extensionsOf(ehloReply: string): Set<string> {
  const lines = ehloReply.split(/\r?\n/).slice(1);
  return new Set(lines.map((line) => (line.slice(4).split(" ")[0] ?? "").toUpperCase()));
}
