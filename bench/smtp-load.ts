import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { now } from "./clock.ts";
import type { LoadMail } from "./mails.ts";

export interface Sent {
  readonly messageId: string;
  /** When MAIL FROM was written, when 250 came; milliseconds since 1970. */
  readonly begunAt: number;
  readonly acceptedAt: number;
}

/** Some connections to one server, kept open: smtp-server makes each new one wait 100 ms. */
export class Load {
  readonly #talks: readonly Talk[];

  constructor(talks: readonly Talk[]) {
    this.#talks = talks;
  }

  static async open(port: number, connections: number): Promise<Load> {
    return new Load(await Promise.all(Array.from({ length: connections }, () => Talk.open(port))));
  }

  /** All mails as fast as the server takes them, one at a time on each connection; stops after `forMs`. */
  async flood(mails: readonly LoadMail[], forMs: number): Promise<readonly Sent[]> {
    const end = now() + forMs;
    const sent: Sent[] = [];
    let next = 0;
    await Promise.all(
      this.#talks.map(async (talk) => {
        while (next < mails.length && now() < end) {
          const mail = mails[next++];
          if (mail !== undefined) sent.push(await talk.send(mail));
        }
      }),
    );
    return sent;
  }

  /** Mails at a steady rate, whether the server keeps up or not; a mail waits only for a free connection. */
  async pace(mails: readonly LoadMail[], perSecond: number): Promise<readonly Sent[]> {
    const begun = now();
    const sent: Sent[] = [];
    let next = 0;
    await Promise.all(
      this.#talks.map(async (talk) => {
        while (next < mails.length) {
          const index = next++;
          const wait = begun + (index * 1000) / perSecond - now();
          if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
          const mail = mails[index];
          if (mail !== undefined) sent.push(await talk.send(mail));
        }
      }),
    );
    return sent;
  }

  close(): void {
    for (const talk of this.#talks) talk.end();
  }
}

/** One SMTP conversation; as little work as possible, since the load shares the machine with what it measures. */
class Talk {
  readonly #socket: Socket;
  #text = "";
  #codes: number[] = [];
  #wake: (() => void) | null = null;
  #failure: Error | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("the server closed the connection")));
  }

  static async open(port: number): Promise<Talk> {
    const socket = connect(port, "127.0.0.1");
    const talk = new Talk(socket);
    await once(socket, "connect");
    await talk.#expect(220);
    socket.write("EHLO load.example\r\n");
    await talk.#expect(250);
    return talk;
  }

  async send(mail: LoadMail): Promise<Sent> {
    const begunAt = now();
    // RFC 2920: envelope and DATA in one go.
    this.#socket.write(`MAIL FROM:<${mail.from}>\r\nRCPT TO:<${mail.to}>\r\nDATA\r\n`);
    await this.#expect(250);
    await this.#expect(250);
    await this.#expect(354);
    this.#socket.write(mail.wire);
    await this.#expect(250);
    return { messageId: mail.messageId, begunAt, acceptedAt: now() };
  }

  end(): void {
    this.#socket.destroy();
  }

  async #expect(code: number): Promise<void> {
    while (this.#codes.length === 0) {
      if (this.#failure !== null) throw this.#failure;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const given = this.#codes.shift();
    if (given !== code) throw new Error(`the server answered ${given} where ${code} was due`);
  }

  #read(chunk: Buffer): void {
    this.#text += chunk.toString("latin1");
    for (let end = this.#text.indexOf("\r\n"); end !== -1; end = this.#text.indexOf("\r\n")) {
      if (this.#text[3] !== "-") this.#codes.push(Number(this.#text.slice(0, 3)));
      this.#text = this.#text.slice(end + 2);
    }
    this.#wake?.();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake?.();
  }
}
