import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/**
 * A relay for tests: a small SMTP server, written from RFC 5321 and independent of the libraries under test, that keeps every
 * envelope and the exact bytes, and goes wrong where it is told to.
 *
 *     const relay = await startRelay();
 *     relay.fail({ at: "rcpt", recipient: "bob@x.example", reply: "550 5.1.1 no such user" });
 *     relay.fail({ at: "dot", drop: true });           // took the message, and went away before 250
 *     const [mail] = await relay.next();
 */

export type Stage =
  /** In place of the greeting. */
  | "connect"
  | "ehlo"
  | "auth"
  | "mail"
  | "rcpt"
  /** In place of 354. */
  | "data"
  /** After 354, before a byte of the message. */
  | "started"
  /** In mid-message, after `afterBytes`. */
  | "body"
  /** After the final dot, in place of 250. */
  | "dot"
  /** After 250. */
  | "accepted";

export interface Fault {
  readonly at: Stage;
  /** Said in place of the usual reply, without CRLF: `451 4.7.1 greylisted`. */
  readonly reply?: string;
  /** Ends the connection, after `reply` if there is one. */
  readonly drop?: boolean;
  /** Says nothing more on this connection. */
  readonly hang?: boolean;
  /** Waits this long first, then does the rest (or goes on as usual). Milliseconds. */
  readonly delay?: number;
  /** `rcpt` only: for this recipient alone. */
  readonly recipient?: string;
  /** `body` only. Default 1. */
  readonly afterBytes?: number;
  /** `dot` only: whether the relay keeps the message nevertheless. By default a dropped or silent one is kept (the worst case), a refused one is not. */
  readonly keeps?: boolean;
  /** How often. Default 1; `Infinity` for always. */
  readonly times?: number;
}

export interface RelayedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** As sent, after dot-unstuffing. */
  readonly bytes: Buffer;
  /** As on the wire, with the final dot. */
  readonly wire: Buffer;
  readonly receivedAt: Date;
}

export interface Relay {
  readonly host: "127.0.0.1";
  readonly port: number;
  /** In order of arrival. */
  readonly mails: readonly RelayedMail[];
  /** Every line that clients sent outside a message, of all connections: `MAIL FROM:<…>`, `QUIT`. */
  readonly commands: readonly string[];
  /** How many connections were made. */
  readonly connections: number;
  /** Adds a fault; those added first come first. */
  fail(fault: Fault): void;
  /** Forgets all faults. */
  heal(): void;
  /** The mails that arrive from the last `next` on (the first call: from the start), when there are `count` of them. Default 1, waiting at most 10 s. */
  next(count?: number): Promise<readonly RelayedMail[]>;
  close(): Promise<void>;
}

export interface RelayOptions {
  readonly port?: number;
  readonly faults?: readonly Fault[];
  /** EHLO keywords. Default: PIPELINING, 8BITMIME, SMTPUTF8, SIZE. */
  readonly extensions?: readonly string[];
  /** Asks for a login (AUTH PLAIN, or XOAUTH2 with `token`). */
  readonly login?: { readonly user: string; readonly pass?: string; readonly token?: string };
  /** The text after `250 `. */
  readonly accepted?: string;
  /** Asked at each stage where no fault waits: a relay with moods. `recipient`: the first one, as far as it is known. */
  readonly mood?: (at: Stage, recipient: string) => Fault | null;
  /** Told of each message that the relay keeps, as it comes. */
  readonly onMail?: (mail: RelayedMail) => void;
  /** `mails` stays empty: `onMail` has seen it, and ten thousand would fill the memory. */
  readonly forgets?: boolean;
}

const END = Buffer.from("\r\n.\r\n");

export async function startRelay(options: RelayOptions = {}): Promise<Relay> {
  const faults: { fault: Fault; left: number }[] = [];
  const mails: RelayedMail[] = [];
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  const waiting = new Set<() => void>();
  let connections = 0;
  let taken = 0;

  const fail = (fault: Fault): void => void faults.push({ fault, left: fault.times ?? 1 });
  for (const fault of options.faults ?? []) fail(fault);
  const take = (at: Stage, recipient = "", applies: (fault: Fault) => boolean = () => true): Fault | null => {
    const found = faults.find(({ fault, left }) => left > 0 && fault.at === at && applies(fault));
    if (found === undefined) return options.mood?.(at, recipient) ?? null;
    found.left--;
    return found.fault;
  };

  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    void converse(socket);
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the relay has no port");

  /** Answers with the fault if there is one. `false`: the conversation is over. */
  const say = async (socket: Socket, fault: Fault | null, usual: string): Promise<boolean> => {
    if (fault?.delay !== undefined) await pause(fault.delay);
    if (fault?.hang === true) return false;
    const silent = fault?.drop === true && fault.reply === undefined;
    const text = fault?.reply ?? usual;
    if (!silent && text !== "" && !socket.destroyed) socket.write(`${text}\r\n`);
    if (fault?.drop !== true) return true;
    // end() lets the reply out; without one the line is cut as a cable is.
    if (silent) socket.destroy();
    else socket.end();
    return false;
  };

  const converse = async (socket: Socket): Promise<void> => {
    let from = "";
    let to: string[] = [];
    let isIn = options.login === undefined;
    let held: Buffer = Buffer.alloc(0);
    const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    const more = async (): Promise<boolean> => {
      const chunk = await chunks.next().catch(() => ({ done: true as const, value: undefined }));
      if (chunk.done === true) return false;
      held = Buffer.concat([held, chunk.value]);
      return true;
    };
    const hold = async (): Promise<void> => {
      while (await more()) held = Buffer.alloc(0);
    };
    const line = async (): Promise<string | null> => {
      let end = held.indexOf("\r\n");
      while (end === -1) {
        if (!(await more())) return null;
        end = held.indexOf("\r\n");
      }
      const text = held.subarray(0, end).toString();
      held = held.subarray(end + 2);
      return text;
    };
    /** The message as on the wire, or `null` when the client or a fault ended it. */
    const message = async (): Promise<Buffer | null> => {
      const fault = take("body", to[0]);
      const pieces: Buffer[] = [];
      let size = 0;
      // The line end of `DATA` itself counts for the final dot of an empty message.
      let tail: Buffer = Buffer.from("\r\n");
      for (;;) {
        const window = Buffer.concat([tail, held]);
        const end = window.indexOf(END);
        const used = end === -1 ? held.length : end + END.length - tail.length;
        const piece = held.subarray(0, used);
        pieces.push(piece);
        size += piece.length;
        tail = Buffer.concat([tail, piece]).subarray(-4);
        held = held.subarray(used);
        if (fault !== null && size >= (fault.afterBytes ?? 1)) {
          const goesOn = await say(socket, fault, "");
          if (!goesOn) return null;
        }
        if (end !== -1) return Buffer.concat(pieces);
        if (!(await more())) return null;
      }
    };

    if (!(await say(socket, take("connect"), "220 relay.example ESMTP"))) return hold();
    for (let command = await line(); command !== null; command = await line()) {
      commands.push(command);
      const verb = command.slice(0, 4).toUpperCase();
      const path = /<([^>]*)>/.exec(command)?.[1] ?? "";
      let goesOn = true;
      if (verb === "EHLO") {
        const keywords = [
          ...(options.extensions ?? ["PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 104857600"]),
          ...(options.login === undefined ? [] : ["AUTH PLAIN XOAUTH2"]),
        ];
        const lines = ["relay.example", ...keywords];
        goesOn = await say(
          socket,
          take("ehlo"),
          lines.map((text, index) => `250${index === lines.length - 1 ? " " : "-"}${text}`).join("\r\n"),
        );
      } else if (verb === "AUTH") {
        const proof = Buffer.from(command.split(" ")[2] ?? "", "base64").toString();
        const { user, pass, token } = options.login ?? { user: "" };
        isIn =
          proof === `\0${user}\0${pass ?? ""}` ||
          (token !== undefined && proof === `user=${user}\u0001auth=Bearer ${token}\u0001\u0001`);
        goesOn = await say(socket, take("auth"), isIn ? "235 2.7.0 ok" : "535 5.7.8 wrong user or password");
      } else if (verb === "MAIL") {
        const fault = take("mail");
        const usual = isIn ? "250 2.1.0 ok" : "530 5.7.0 log in first";
        goesOn = await say(socket, fault, usual);
        from = fault?.reply === undefined && isIn ? path : "\0";
        to = [];
      } else if (verb === "RCPT") {
        const fault = take(
          "rcpt",
          path,
          (wanted) => wanted.recipient === undefined || wanted.recipient === path,
        );
        goesOn = await say(socket, fault, from === "\0" ? "503 5.5.1 no sender" : "250 2.1.5 ok");
        if (fault?.reply === undefined && from !== "\0") to.push(path);
      } else if (verb === "DATA") {
        const fault = to.length === 0 ? null : take("data", to[0]);
        goesOn = await say(socket, fault, to.length === 0 ? "503 5.5.1 no recipient" : "354 go ahead");
        if (goesOn && to.length > 0 && (fault?.reply === undefined || fault.reply.startsWith("354"))) {
          const cut = take("started", to[0]);
          if (cut !== null && !(await say(socket, cut, ""))) return hold();
          const wire = await message();
          if (wire === null) return hold();
          const end = take("dot", to[0]);
          const refused = end?.reply !== undefined && /^[45]/.test(end.reply);
          if (end?.keeps ?? !refused) {
            const mail = { from, to, bytes: unstuffed(wire), wire, receivedAt: new Date() };
            if (options.forgets !== true) mails.push(mail);
            options.onMail?.(mail);
            for (const wake of waiting) wake();
          }
          goesOn = await say(
            socket,
            end,
            `250 ${options.accepted ?? `2.0.0 Ok: queued as ${mails.length.toString(16).toUpperCase().padStart(6, "0")}`}`,
          );
          const after = goesOn ? take("accepted", to[0]) : null;
          if (after !== null) goesOn = await say(socket, after, "");
        }
        from = "";
        to = [];
      } else if (verb === "RSET" || verb === "NOOP") {
        if (verb === "RSET") to = [];
        socket.write("250 2.0.0 ok\r\n");
      } else if (verb === "QUIT") {
        socket.end("221 2.0.0 bye\r\n");
        return;
      } else {
        socket.write("500 5.5.2 not understood\r\n");
      }
      if (!goesOn) return hold();
    }
  };

  return {
    host: "127.0.0.1",
    port: address.port,
    mails,
    commands,
    get connections() {
      return connections;
    },
    fail,
    heal: () => void faults.splice(0),
    async next(count = 1) {
      const wanted = taken + count;
      if (mails.length < wanted) {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        const wake = (): void => {
          if (mails.length >= wanted) resolve();
        };
        const timer = setTimeout(
          () => reject(new Error(`the relay has ${mails.length - taken} of ${count} mails after 30 s`)),
          30_000,
        );
        waiting.add(wake);
        await promise.finally(() => {
          clearTimeout(timer);
          waiting.delete(wake);
        });
      }
      taken = wanted;
      return mails.slice(wanted - count, wanted);
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      await promise;
    },
  };
}

/** RFC 5321 §4.5.2, without the final dot. */
function unstuffed(wire: Buffer): Buffer {
  const lines = wire.subarray(0, -3).toString("latin1").split("\r\n");
  return Buffer.from(
    lines.map((text) => (text.startsWith(".") ? text.slice(1) : text)).join("\r\n"),
    "latin1",
  );
}
