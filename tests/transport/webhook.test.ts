import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { PermanentError, TemporaryError } from "../../src/errors.ts";
import { callWebhook, isPublicAddress, type WebhookTarget } from "../../src/transport/webhook.ts";

const SECRET = "a-secret-of-some-length";
const AT = new Date("2026-03-01T10:00:00.500Z");

const received: { readonly headers: IncomingHttpHeaders; readonly body: string; readonly url: string }[] = [];
let respond: { status: number; headers?: Record<string, string>; hang?: boolean } = { status: 204 };
const server = createServer((request, response) => {
  let body = "";
  request.setEncoding("utf8");
  request.on("data", (chunk: string) => (body += chunk));
  request.on("end", () => {
    received.push({ headers: request.headers, body, url: request.url ?? "" });
    if (respond.hang === true) return;
    response.writeHead(respond.status, { connection: "close", ...respond.headers }).end("x".repeat(100_000));
  });
});
let port = 0;

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  received.length = 0;
  respond = { status: 204 };
});

const call = (changes: Partial<WebhookTarget> = {}): Promise<void> =>
  callWebhook(
    { url: `http://127.0.0.1:${port}/hook?a=1`, secret: SECRET, allowPrivate: true, ...changes },
    { id: "abc", at: AT, body: { event: "outage.began", detail: "naïve" } },
  );
const failure = (promise: Promise<void>): Promise<Error> =>
  promise.then(
    () => new Error("it did not fail"),
    (error: unknown) => error as Error,
  );

describe("a webhook", () => {
  it("is signed over the time and the body", async () => {
    await call();
    const [one] = received;
    expect(one?.url).toBe("/hook?a=1");
    expect(JSON.parse(one?.body ?? "")).toEqual({ event: "outage.began", detail: "naïve" });
    const seconds = AT.getTime() / 1000 - 0.5;
    const expected = createHmac("sha256", SECRET).update(`${seconds}.${one?.body}`).digest("hex");
    expect(one?.headers).toMatchObject({
      "content-type": "application/json",
      "countersign-delivery": "abc",
      "countersign-signature": `t=${seconds},v1=${expected}`,
    });
    expect(JSON.stringify(one)).not.toContain(SECRET);
  });

  it.each([
    [500, TemporaryError],
    [429, TemporaryError],
    [404, PermanentError],
    [302, PermanentError],
  ])("answered with %i has failed, and is not followed elsewhere", async (status, kind) => {
    respond = { status, headers: { location: `http://127.0.0.1:${port}/elsewhere` } };
    expect(await failure(call())).toBeInstanceOf(kind);
    expect(received).toHaveLength(1);
  });

  it("does not wait for ever", async () => {
    respond = { status: 200, hang: true };
    const error = await failure(call({ within: 200 }));
    expect(error).toBeInstanceOf(TemporaryError);
    expect(error.message).toMatch(/did not answer in time/);
  });

  it.each([
    "127.0.0.1",
    "localhost",
    "[::1]",
    "0.0.0.0",
    "10.1.2.3",
    "172.31.0.1",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "[fe80::1]",
    "[fd00::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
    "[::]",
    // Other spellings of 127.0.0.1, which the URL parser normalises.
    "2130706433",
    "0x7f.1",
    "127.1",
  ])("66 · never calls %s unless it may", async (host) => {
    const error = await failure(call({ url: `http://${host}:${port}/`, allowPrivate: false, within: 2000 }));
    expect(error.message).toMatch(/no public address/);
    expect(error).toBeInstanceOf(PermanentError);
    expect(received).toHaveLength(0);
  });

  it.each(["93.184.215.14", "1.1.1.1", "172.15.0.1", "172.32.0.1", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])(
    "may call %s",
    (address) => expect(isPublicAddress(address)).toBe(true),
  );
});
