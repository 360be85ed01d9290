import { createSocket } from "node:dgram";
import { once } from "node:events";

/** A name server on UDP that knows TXT records (RFC 1035 §4.1), and can be away. */
export interface FakeDns {
  /** `127.0.0.1:PORT`, for dns.servers. */
  readonly address: string;
  /** Names that were asked for, lower case, in order. */
  readonly asked: readonly string[];
  /** `silent`: takes questions and answers none; `servfail`: answers that it cannot. */
  mode: "answers" | "silent" | "servfail";
  close(): Promise<void>;
}

/** `zone`: `TXT name` → record, read at each question. */
export async function startFakeDns(zone: Readonly<Record<string, string>>): Promise<FakeDns> {
  const socket = createSocket("udp4");
  const asked: string[] = [];
  const dns: { mode: FakeDns["mode"] } = { mode: "answers" };
  socket.on("message", (question, from) => {
    const { name, end } = nameIn(question);
    asked.push(name);
    if (dns.mode === "silent") return;
    const record = question.readUInt16BE(end) === 16 ? zone[`TXT ${name}`] : undefined;
    const head = Buffer.from(question.subarray(0, 12));
    const code = dns.mode === "servfail" ? 2 : record === undefined ? 3 : 0;
    // QR, RD as asked, RA, and the response code.
    head.writeUInt16BE(0x8180 | code, 2);
    head.writeUInt16BE(code === 0 ? 1 : 0, 6);
    head.writeUInt32BE(0, 8);
    const parts: Buffer[] = [head, question.subarray(12, end + 4)];
    if (code === 0) parts.push(answer(record ?? ""));
    socket.send(Buffer.concat(parts), from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    get mode() {
      return dns.mode;
    },
    set mode(mode) {
      dns.mode = mode;
    },
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

/** The name of the one question, and where its type stands. */
function nameIn(question: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.toString("latin1", at + 1, at + 1 + length).toLowerCase());
    at += 1 + length;
  }
  return { name: labels.join("."), end: at + 1 };
}

/** One TXT record in strings of 255 bytes, named by a pointer to the question. */
function answer(record: string): Buffer {
  const strings: Buffer[] = [];
  for (let at = 0; at < record.length; at += 255) {
    const piece = Buffer.from(record.slice(at, at + 255), "latin1");
    strings.push(Buffer.from([piece.length]), piece);
  }
  const data = Buffer.concat(strings);
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(16, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}
