import { once } from "node:events";
import {
  SMTPServer,
  type SMTPServerDataStream,
  type SMTPServerOptions,
  type SMTPServerSession,
} from "smtp-server";
import { makeFolder } from "../make-folder.ts";
import { PermanentError, reasonOf, TemporaryError } from "../errors.ts";
import type { OnMail, TransportLog } from "./intake.ts";
import { spool } from "./spool.ts";

export interface SmtpIntakeOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Bytes. */
  readonly maxSize: number;
  /** Made if missing. Large messages lie here until `onMail` settles. */
  readonly spoolDir: string;
  /** Is this forward-path the desk's? Anything else gets 550: the desk relays for nobody. */
  readonly accepts: (address: string) => boolean;
  /** Given in the greeting. */
  readonly name: string;
  /** PEM. STARTTLS is offered when there is a key. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** At most this many clients at once; the next gets 421. Default 200. */
  readonly maxConnections?: number;
  /** How long `close` waits for messages that are on their way, in milliseconds. Default 10,000. */
  readonly drainFor?: number;
  readonly log?: TransportLog;
}

export interface SmtpIntake {
  readonly port: number;
  /** Takes no new connection, ends the idle ones, waits for messages on their way. */
  close(): Promise<void>;
}

/** RFC 5321 §4.5.3.1.8 asks for a hundred at least. */
const MAX_RECIPIENTS = 100;
/** Codes of an operating system, SQLite or PostgreSQL that has no room or may not write. */
const STORAGE_CODES = new Set([
  "ENOSPC",
  "EDQUOT",
  "EROFS",
  "EIO",
  "EMFILE",
  "ENFILE",
  "SQLITE_FULL",
  "SQLITE_IOERR",
  "SQLITE_READONLY",
  "53100",
]);

/**
 * Listens for mail. 250 is said only after `onMail` has resolved, so a message that was acknowledged is a message that was stored.
 * Rejects when it cannot listen. Smuggling (threats 28): smtp-server ends a message at CRLF.CRLF alone, and the tests hold it to that.
 */
export async function startSmtpIntake(options: SmtpIntakeOptions, onMail: OnMail): Promise<SmtpIntake> {
  await makeFolder(options.spoolDir);
  const receiving = new Map<string, Promise<void>>();
  let closing = false;

  const settings: SMTPServerOptions = {
    name: options.name,
    size: options.maxSize,
    maxRecipients: MAX_RECIPIENTS,
    maxClients: options.maxConnections ?? 200,
    closeTimeout: options.drainFor ?? 10_000,
    disabledCommands: options.tls === undefined ? ["AUTH", "STARTTLS"] : ["AUTH"],
    disableReverseLookup: true,
    logger: false,
    ...options.tls,
    onRcptTo: ({ address }, _session, done) => {
      done(
        options.accepts(address) ? null : answer(550, "5.7.1 This desk does not take mail for that address"),
      );
    },
    onData: (stream, session, done) => {
      const serve = async (): Promise<void> => {
        let failure: Answer | null = null;
        let text = "";
        try {
          text = await receive(stream, session);
        } catch (error) {
          failure = answerTo(error, session);
        }
        done(failure, text);
        receiving.delete(session.id);
        if (closing) dismiss(session.id);
      };
      receiving.set(session.id, serve());
    },
  };
  const server = new SMTPServer(settings);

  const dismiss = (id: string): void => {
    for (const connection of server.connections)
      if (connection.id === id) connection.send(421, "4.3.2 The desk is shutting down");
  };

  const receive = async (stream: SMTPServerDataStream, session: SMTPServerSession): Promise<string> => {
    const spooled = await spool(stopRunaway(stream, session), options);
    try {
      if (spooled.body === null)
        throw answer(552, `5.3.4 The message is larger than ${options.maxSize} bytes`);
      await onMail({
        source: { kind: "smtp" },
        envelope: {
          reversePath: session.envelope.mailFrom === false ? "" : session.envelope.mailFrom.address,
          forwardPaths: session.envelope.rcptTo.map(({ address }) => address),
          remoteAddress: session.remoteAddress,
          heloName: session.hostNameAppearsAs,
        },
        sha256: spooled.sha256,
        size: spooled.size,
        body: spooled.body,
      });
    } finally {
      await spooled.discard();
    }
    return `2.6.0 Taken in as ${spooled.sha256.slice(0, 12)}`;
  };

  /** A sender that goes on and on after the limit is cut off: 552 can only be said at the end, which may never come. */
  async function* stopRunaway(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
  ): AsyncGenerator<Buffer> {
    let size = 0;
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > 2 * options.maxSize + 1024 * 1024) {
        for (const connection of server.connections)
          if (connection.id === session.id) connection.send(421, "4.3.4 The message is far too large");
        throw answer(552, "5.3.4 The message is far too large");
      }
      yield chunk;
    }
  }

  const answerTo = (error: unknown, session: SMTPServerSession): Answer => {
    const given = error instanceof Answer ? error : refusalOf(error);
    const fields = {
      remoteAddress: session.remoteAddress,
      code: given.responseCode,
      reason: reasonOf(error),
    };
    if (given.responseCode === 451 || given.responseCode === 452)
      options.log?.error(fields, "a mail could not be stored; its sender was told to try again");
    else options.log?.warn(fields, "a mail was refused");
    return given;
  };

  server.on("error", (error) => options.log?.warn({ reason: error.message }, "smtp connection failed"));
  const listener = server.listen(options.port, options.host);
  await once(listener, "listening");
  const address = listener.address();
  if (address === null || typeof address === "string") throw new PermanentError("smtp intake has no port");

  return {
    port: address.port,
    async close() {
      closing = true;
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      for (const connection of server.connections)
        if (!receiving.has(connection.id)) connection.send(421, "4.3.2 The desk is shutting down");
      await promise;
      await Promise.allSettled(receiving.values());
    },
  };
}

/** An error that smtp-server turns into a reply. */
class Answer extends Error {
  readonly responseCode: number;
  constructor(responseCode: number, message: string) {
    super(message);
    this.responseCode = responseCode;
  }
}

function answer(code: number, text: string): Answer {
  return new Answer(code, text);
}

/** The reason stays in the log: a sender has no business with our paths and tables. */
function refusalOf(error: unknown): Answer {
  if (error instanceof PermanentError) return answer(554, "5.6.0 The message was not accepted");
  if (error instanceof TemporaryError || isStorageTrouble(error))
    return answer(452, "4.3.1 The message cannot be stored now, try again later");
  return answer(451, "4.3.0 The message could not be taken in, try again later");
}

function isStorageTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ("code" in error && STORAGE_CODES.has(String(error.code))) || isStorageTrouble(error.cause);
}
