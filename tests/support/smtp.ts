import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A mail client for tests: raw bytes in, the server's word out. Line by line over a socket, so that nothing is corrected on the way. */
interface OutgoingMail {
  readonly from: string;
  readonly to: string | readonly string[];
  /** A string's bare LF become CRLF, as a mail program would send it; a Buffer goes out as it stands. Dots are stuffed. */
  readonly raw: string | Buffer;
}

export interface SmtpAnswer {
  readonly code: number;
  readonly text: string;
}

const kept = new Map<number, SmtpTalk[]>();

/** Sends one mail to a server on this machine, over a connection that is used again. Resolves with the last reply, also when it is a refusal. */
export async function sendMail(port: number, mail: OutgoingMail): Promise<SmtpAnswer> {
  let talk = kept.get(port)?.pop();
  if (talk === undefined || talk.ended) {
    talk = await SmtpTalk.open(port);
    await talk.command("EHLO client.example");
  }
  const answer = await talk.mail(mail);
  if (answer.code === 421 || talk.ended) return answer;
  if (answer.code >= 400) await talk.command("RSET");
  kept.set(port, [...(kept.get(port) ?? []), talk]);
  talk.rest();
  return answer;
}

/** Ends the connections that `sendMail` keeps; without a port, all of them. */
export function hangUp(port?: number): void {
  for (const [each, talks] of kept) {
    if (port !== undefined && each !== port) continue;
    for (const talk of talks) talk.end();
    kept.delete(each);
  }
}

/** One raw SMTP conversation, for what a well-behaved client would not do. */
export class SmtpTalk {
  readonly socket: Socket;
  ended = false;
  #text = "";
  readonly #replies: SmtpAnswer[] = [];
  #wake: (() => void) | null = null;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.ended = true;
      this.#wake?.();
    });
  }

  /** Connected and greeted. */
  static async open(port: number, host = "127.0.0.1"): Promise<SmtpTalk> {
    const socket = connect(port, host);
    const talk = new SmtpTalk(socket);
    await once(socket, "connect");
    await talk.reply();
    return talk;
  }

  async command(line: string): Promise<SmtpAnswer> {
    this.write(`${line}\r\n`);
    return this.reply();
  }

  write(bytes: string | Buffer): void {
    this.socket.ref();
    this.socket.write(bytes);
  }

  /** The next reply; `{ code: 0 }` when the connection ended instead. */
  async reply(): Promise<SmtpAnswer> {
    while (this.#replies.length === 0 && !this.ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#replies.shift() ?? { code: 0, text: "the connection ended" };
  }

  /** The envelope and the message; stops at the first refusal. */
  async mail(mail: OutgoingMail): Promise<SmtpAnswer> {
    const recipients = typeof mail.to === "string" ? [mail.to] : mail.to;
    for (const command of [
      `MAIL FROM:<${mail.from}>`,
      ...recipients.map((address) => `RCPT TO:<${address}>`),
      "DATA",
    ]) {
      const answer = await this.command(command);
      if (answer.code >= 400 || answer.code === 0) return answer;
    }
    this.write(onTheWire(mail.raw));
    return this.reply();
  }

  /** An idle connection does not keep the process. */
  rest(): void {
    this.socket.unref();
  }

  end(): void {
    this.socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#text += chunk.toString("latin1");
    for (let end = this.#text.indexOf("\r\n"); end !== -1; end = this.#text.indexOf("\r\n")) {
      const line = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 2);
      if (line[3] !== "-") this.#replies.push({ code: Number(line.slice(0, 3)), text: line.slice(4) });
    }
    this.#wake?.();
  }
}

function onTheWire(raw: string | Buffer): Buffer {
  const text =
    typeof raw === "string"
      ? Buffer.from(raw.replaceAll(/\r?\n/g, "\r\n")).toString("latin1")
      : raw.toString("latin1");
  const stuffed = text.replaceAll("\r\n.", "\r\n..").replace(/^\./, "..");
  return Buffer.from(`${stuffed}${stuffed.endsWith("\r\n") ? "" : "\r\n"}.\r\n`, "latin1");
}
