/** The relay: takes every mail and remembers when. In a process of its own, so that it takes no CPU from what is measured. */
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { answer } from "./answering.ts";
import { now } from "./clock.ts";

export interface Relayed {
  /** With its angle brackets. */
  readonly messageId: string;
  /** How many reviews its subject announces. */
  readonly items: number;
  readonly bytes: number;
  readonly at: number;
}

const END = Buffer.from("\r\n.\r\n");
const HEAD_END = Buffer.from("\r\n\r\n");

let mails: Relayed[] = [];
let items = 0;

const server = createServer((socket) => converse(socket));
server.listen(0, "127.0.0.1", () => {
  answer(
    {
      port: () => (server.address() as AddressInfo).port,
      progress: () => ({ items, lastAt: mails.at(-1)?.at ?? 0 }),
      mails: () => mails,
      reset: () => {
        mails = [];
        items = 0;
      },
    },
    async () => void server.unref(),
  );
});

function converse(socket: Socket): void {
  let held: Buffer = Buffer.alloc(0);
  let body: Buffer[] | null = null;
  socket.setNoDelay(true);
  socket.on("error", () => undefined);
  socket.write("220 relay.example ESMTP\r\n");
  socket.on("data", (chunk: Buffer) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    for (;;) {
      if (body !== null) {
        const end = held.indexOf(END);
        if (end === -1) return;
        take(held.subarray(0, end));
        held = held.subarray(end + END.length);
        body = null;
        socket.write("250 2.0.0 Ok: queued\r\n");
        continue;
      }
      const end = held.indexOf("\r\n");
      if (end === -1) return;
      const verb = held.subarray(0, 4).toString("latin1").toUpperCase();
      held = held.subarray(end + 2);
      if (verb === "EHLO")
        socket.write("250-relay.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n");
      else if (verb === "DATA") {
        body = [];
        socket.write("354 go ahead\r\n");
      } else if (verb === "QUIT") socket.end("221 2.0.0 bye\r\n");
      else socket.write("250 2.0.0 ok\r\n");
    }
  });
}

function take(mail: Buffer): void {
  const head = mail
    .subarray(0, Math.max(0, mail.indexOf(HEAD_END)))
    .toString("latin1")
    .replaceAll(/\r\n[ \t]+/g, " ");
  const field = (name: string): string =>
    new RegExp(`^${name}:\\s*(.*)$`, "im").exec(head)?.[1]?.trim() ?? "";
  const announced = Number(/\[Review\] (\d+) /.exec(decoded(field("Subject")))?.[1] ?? 0);
  items += announced;
  mails.push({ messageId: field("Message-ID"), items: announced, bytes: mail.length, at: now() });
}

/** RFC 2047, as far as the words before the first number go. */
function decoded(subject: string): string {
  return subject.replaceAll(/=\?utf-8\?([qb])\?([^?]*)\?=\s*/gi, (_, kind: string, text: string) =>
    kind.toLowerCase() === "b"
      ? Buffer.from(text, "base64").toString()
      : text
          .replaceAll("_", " ")
          .replaceAll(/=([0-9a-f]{2})/gi, (_byte, hex: string) =>
            String.fromCharCode(Number.parseInt(hex, 16)),
          ),
  );
}
