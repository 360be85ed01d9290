import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A command that the wire answers itself, in the server's place. */
export interface WireFault {
  /** `LOGIN`, `SELECT`, `UID FETCH`, … */
  readonly command: string;
  /** Behind the tag: `NO [LIMIT] too many`. */
  readonly reply?: string;
  /** Closes the connection, after `reply` if there is one. */
  readonly close?: boolean;
  /** How often. Default 1. */
  readonly times?: number;
}

/** A wire to a real IMAP server that can go wrong. New connections are made through it at any time. */
export interface ImapWire {
  readonly port: number;
  /** When each connection was made, by `performance.now()`. */
  readonly connections: readonly number[];
  /** The commands that came through or were answered here, without tags and arguments. */
  readonly commands: readonly string[];
  /** Connections stay open and carry nothing; with `all`, those that are made from now on too: no greeting comes. */
  silence(which?: "all"): void;
  /** Closes every connection. */
  hangUp(): void;
  fail(fault: WireFault): void;
  /** Cuts the next connection after so many bytes from the server. */
  cutAfter(bytes: number): void;
  heal(): void;
  close(): Promise<void>;
}

export async function startImapWire(to: number): Promise<ImapWire> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const connections: number[] = [];
  const commands: string[] = [];
  let faults: { fault: WireFault; left: number }[] = [];
  let silent = new WeakSet<Socket>();
  let allSilent = false;
  let cut = Infinity;

  const server = createServer((near) => {
    connections.push(performance.now());
    const far = connect(to, "127.0.0.1");
    for (const socket of [near, far]) socket.on("error", () => undefined);
    const pair = [near, far] as const;
    pairs.add(pair);
    if (allSilent) silent.add(near);
    const end = (): void => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    near.on("close", end);
    far.on("close", () => {
      if (!silent.has(near)) end();
    });
    let budget = cut;
    cut = Infinity;
    far.on("data", (bytes: Buffer) => {
      if (silent.has(near)) return;
      near.write(bytes.subarray(0, Math.min(bytes.length, budget)));
      budget -= bytes.length;
      if (budget <= 0) near.end();
    });
    let held = "";
    near.on("data", (bytes: Buffer) => {
      if (silent.has(near)) return;
      held += bytes.toString("latin1");
      for (let stop = held.indexOf("\r\n"); stop !== -1; stop = held.indexOf("\r\n")) {
        const line = held.slice(0, stop + 2);
        held = held.slice(stop + 2);
        const [tag = "", ...words] = line.trim().split(" ");
        const command = words
          .slice(0, words[0]?.toUpperCase() === "UID" ? 2 : 1)
          .join(" ")
          .toUpperCase();
        commands.push(command);
        const found = faults.find(({ fault, left }) => left > 0 && fault.command === command);
        if (found === undefined) {
          far.write(line, "latin1");
          continue;
        }
        found.left--;
        if (found.fault.reply !== undefined) near.write(`${tag} ${found.fault.reply}\r\n`);
        if (found.fault.close === true) near.end();
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    commands,
    silence(which) {
      allSilent = which === "all";
      for (const [near] of pairs) silent.add(near);
    },
    hangUp() {
      for (const pair of pairs) for (const socket of pair) socket.destroy();
    },
    fail: (fault) => void faults.push({ fault, left: fault.times ?? 1 }),
    cutAfter: (bytes) => (cut = bytes),
    heal() {
      faults = [];
      allSilent = false;
      silent = new WeakSet();
      cut = Infinity;
    },
    async close() {
      for (const pair of pairs) for (const socket of pair) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
