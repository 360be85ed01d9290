import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import {
  connect,
  createServer as createTcpServer,
  type AddressInfo,
  type Server,
  type Socket,
} from "node:net";
import { afterEach, expect, test } from "vitest";
import { readiness } from "../../src/cli/readiness.ts";
import { startWatch, type Watch } from "../../src/cli/watch.ts";
import { startRelay, type Relay } from "../support/relay.ts";
import { eventually, startTestDesk, type TestDesk } from "../support/test-desk.ts";

/** The second way: what the desk tells when a part of it is out of order, as its configuration sets it up. */

const SECRET = "a-secret-of-some-length";
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** A receiver as an admin would write it: it checks the signature, and keeps what is genuine. */
async function receiver() {
  const heard: Record<string, unknown>[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      const [, seconds, given] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(
        String(request.headers["countersign-signature"]),
      ) ?? ["", "", ""];
      const genuine = createHmac("sha256", SECRET).update(`${seconds}.${body}`).digest("hex") === given;
      if (genuine) heard.push(JSON.parse(body) as Record<string, unknown>);
      response.writeHead(genuine ? 204 : 400, { connection: "close" }).end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  return { heard, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts` };
}

/** A door before the relay that can be shut. */
async function doorTo(relay: Relay) {
  const sockets = new Set<Socket>();
  let shut = false;
  const server: Server = createTcpServer((near) => {
    if (shut) {
      near.destroy();
      return;
    }
    const far = connect(relay.port, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
    }
    near.pipe(far).pipe(near);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, shut: (is: boolean) => void (shut = is) };
}

async function open(relay: Relay, port: number, url: string): Promise<{ desk: TestDesk; watch: Watch }> {
  const desk = await startTestDesk({
    relay: { ...relay, port, mails: relay.mails },
    alerts: { afterMs: 200, webhook: { url, secret: SECRET, allowPrivate: true } },
  });
  const watch = startWatch(desk.open, { mailboxes: desk.intakes.mailboxes, relay: true, everyMs: 50 });
  closing.push(() => desk.close());
  closing.push(() => watch.close());
  return { desk, watch };
}

test("a relay that is away shows in readyz and goes to the webhook, signed; when it is back, an admin gets mail", async () => {
  const relay = await startRelay();
  closing.push(() => relay.close());
  const door = await doorTo(relay);
  const { heard, url } = await receiver();
  door.shut(true);
  const { desk, watch } = await open(relay, door.port, url);
  await eventually(() => (heard.length > 0 ? true : undefined), 30_000);
  expect(heard).toMatchObject([
    { desk: "Northwind Support", event: "outage.began", part: "relay", until: null },
  ]);
  const checks = await readiness(desk.open, [], watch.relayTrouble());
  expect(checks.find(({ name }) => name === "relay")).toMatchObject({ ok: false });
  // The relay's port opens, so only the database tells another process of the desk, which does not log in there itself.
  const elsewhere = await readiness(desk.open, [], null);
  expect(elsewhere.find(({ name }) => name === "relay")?.detail).toMatch(/^since 20/);
  door.shut(false);
  await eventually(() => (heard.length > 1 ? true : undefined), 30_000);
  expect(heard[1]).toMatchObject({ event: "outage.ended", part: "relay" });
  const mail = await desk.mailFor("alex@msp.example");
  expect(mail.bytes.toString()).toMatch(/The relay works again/);
  expect(watch.relayTrouble()).toBeNull();
  expect((await readiness(desk.open, [], watch.relayTrouble())).every(({ ok }) => ok)).toBe(true);
  expect(heard).toHaveLength(2);
});
