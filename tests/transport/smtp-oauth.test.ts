import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTokenSource, type TokenSource } from "../../src/transport/access-token.ts";
import { probeRelay } from "../../src/transport/relay-probe.ts";
import { attemptDelivery, type RelayConfig } from "../../src/transport/smtp-client.ts";
import type { SmtpOutcome } from "../../src/transport/smtp-outcome.ts";
import { CLIENT, startTokenServer, type TokenServer } from "../support/token-server.ts";

/** A relay that takes XOAUTH2 and asks the issuer's list what a token is worth; nothing of ours on its side. */

let issuer: TokenServer;
let server: SMTPServer;
let port = 0;
let mails = 0;
/** Every token that was shown, in order. */
let shown: string[] = [];
let worth: (token: string) => boolean;
let clock = 0;

beforeEach(async () => {
  issuer = await startTokenServer();
  [mails, shown, clock] = [0, [], 1_000_000];
  worth = (token) => issuer.given.includes(token);
  server = new SMTPServer({
    secure: false,
    logger: false,
    disabledCommands: ["STARTTLS"],
    allowInsecureAuth: true,
    authMethods: ["XOAUTH2"],
    onAuth: (auth, _session, done) => {
      const token = auth.accessToken ?? "";
      shown.push(token);
      // The challenge, as Microsoft and Google send it before their 535.
      if (worth(token) && auth.username === "support") done(null, { user: auth.username });
      else done(null, { data: { status: "401", schemes: "bearer" } });
    },
    onData: (stream, _session, done) => {
      stream.resume();
      stream.on("end", () => {
        mails++;
        done();
      });
    },
  });
  const listener = server.listen(0, "127.0.0.1");
  await once(listener, "listening");
  port = (listener.address() as AddressInfo).port;
});
afterEach(async () => {
  await new Promise<void>((resolve) => server.close(() => resolve()));
  await issuer.close();
});

function source(refreshToken: string | null = null): TokenSource {
  return createTokenSource(
    { ...CLIENT, tokenUrl: issuer.tokenUrl, scope: null, refreshToken },
    { now: () => clock, rest: 0 },
  );
}
const relay = (tokens: TokenSource): RelayConfig => ({
  host: "127.0.0.1",
  port,
  secure: false,
  user: "support",
  oauth2: tokens.token,
});
const deliver = (tokens: TokenSource): Promise<SmtpOutcome> =>
  attemptDelivery({
    relay: relay(tokens),
    from: "support@desk.example",
    to: ["ana@contoso.example"],
    mime: Buffer.from("Subject: x\r\n\r\nx\r\n"),
    onStarted: () => Promise.resolve(),
  });

describe("a relay by OAuth 2.0", () => {
  it("is logged in to with one token, however many deliveries begin at once", async () => {
    const tokens = source();
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => deliver(tokens)));
    expect(outcomes.map(({ state }) => state)).toEqual(Array(5).fill("accepted"));
    expect(mails).toBe(5);
    expect(issuer.asked).toHaveLength(1);
  });

  it("that no longer takes an old token is shown another, in the same session", async () => {
    const tokens = source("refresh-as-configured");
    await deliver(tokens);
    const [old] = issuer.given;
    worth = (token) => token !== old && issuer.given.includes(token);
    clock += 120_000;
    expect((await deliver(tokens)).state).toBe("accepted");
    expect(shown).toEqual([old, old, issuer.given[1]]);
    expect(issuer.asked).toHaveLength(2);
  });

  it("that refuses a fresh token defers the mail, with what to do and without the token", async () => {
    worth = () => false;
    const outcome = await deliver(source());
    expect(outcome.state).toBe("deferred");
    expect(outcome.text).toMatch(/nothing was sent: .*Check that relay\.user is the account/);
    expect(outcome.text).not.toMatch(/token-\d/);
    expect(issuer.asked).toHaveLength(1);
    expect(mails).toBe(0);
  });

  it("is not connected to when the consent was taken back: the outcome says who must sign in", async () => {
    issuer.revokeConsent();
    const outcome = await deliver(source("refresh-as-configured"));
    expect(outcome.state).toBe("deferred");
    expect(outcome.text).toMatch(/invalid_grant\. The consent has expired or was revoked/);
    expect(outcome.text).not.toContain("refresh-as-configured");
    expect(shown).toEqual([]);
  });

  it("that refuses an old token while the issuer gives no other says what the issuer said", async () => {
    const tokens = source("refresh-as-configured");
    await deliver(tokens);
    worth = () => false;
    issuer.revokeConsent();
    clock += 120_000;
    const outcome = await deliver(tokens);
    expect(outcome.text).toMatch(/invalid_grant/);
    expect(outcome.text).not.toMatch(/token-\d|refresh-as/);
  });

  it("is probed with a login and no mail", async () => {
    expect(await probeRelay(relay(source()), 5000)).toBe(`127.0.0.1:${port} answers and lets support in`);
    worth = () => false;
    await expect(probeRelay(relay(source()), 5000)).rejects.toThrow(/Check that relay\.user/);
    expect(mails).toBe(0);
  });
});
