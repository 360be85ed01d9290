import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ImapConfig, OAuth2Config } from "../../src/config.ts";
import { readiness } from "../../src/cli/readiness.ts";
import { startWatch, type Watch } from "../../src/cli/watch.ts";
import { listTickets } from "../../src/store/tickets.ts";
import { startDovecot, type Dovecot } from "../support/dovecot.ts";
import { rawMail, read } from "../support/mail-program.ts";
import { startRelay } from "../support/relay.ts";
import { eventually, startTestDesk, type TestDesk, type TestDeskOptions } from "../support/test-desk.ts";
import { CLIENT, startTokenServer, type TokenServer } from "../support/token-server.ts";
import { requires } from "../skips.ts";

const SCOPE = "mail";

describe.skipIf(!requires("dovecot"))("a mailbox on Dovecot, by OAuth 2.0", () => {
  let issuer: TokenServer;
  let dovecot: Dovecot;
  let desk: TestDesk | null = null;
  let watch: Watch | null = null;
  const logged: string[] = [];
  /** How far the issuer's tokens have aged beyond their time. Milliseconds. */
  let ahead = 0;

  beforeAll(async () => {
    issuer = await startTokenServer();
    dovecot = await startDovecot({ oauth2: { introspectionUrl: issuer.introspectionUrl, scope: SCOPE } });
  });
  afterAll(async () => {
    await dovecot.stop();
    await issuer.close();
    expect(logged.length).toBeGreaterThan(0);
    expect(logged.join("")).not.toMatch(/token-\d+-of-the-issuer|refresh-(rotated|as|of)-|cl1ent/);
  });
  afterEach(async () => {
    await watch?.close();
    await desk?.close();
    watch = null;
    desk = null;
    issuer.heal();
    ahead = 0;
    Object.assign(issuer, {
      refreshToken: "refresh-as-configured",
      lifetime: 3600,
      rotates: false,
      scope: SCOPE,
    });
  });

  function mailbox(oauth2: Partial<OAuth2Config> = {}): ImapConfig {
    return {
      kind: "imap",
      host: dovecot.host,
      port: dovecot.port,
      secure: false,
      auth: {
        kind: "oauth2",
        user: dovecot.user,
        oauth2: { ...CLIENT, tokenUrl: issuer.tokenUrl, scope: null, refreshToken: null, ...oauth2 },
      },
      folder: "INBOX",
      archive: null,
      sentFolder: null,
      since: null,
    };
  }

  async function open(oauth2: Partial<OAuth2Config> = {}, more: TestDeskOptions = {}): Promise<TestDesk> {
    desk = await startTestDesk({
      intake: [mailbox(oauth2)],
      patience: { backoff: { least: 50, most: 200 }, pollEvery: 300, answerWithin: 2000 },
      onLog: (line) => logged.push(line),
      open: { tokens: { rest: 300, now: () => Date.now() + ahead } },
      ...more,
    });
    watch = startWatch(desk.open, { mailboxes: desk.intakes.mailboxes, relay: false, everyMs: 50 });
    return desk;
  }

  const state = async (...wanted: readonly string[]): Promise<string> => {
    const found = await eventually(() => {
      const [one] = desk?.intakes.mailboxes() ?? [];
      return one !== undefined && wanted.includes(one.state) ? one : undefined;
    }, 15_000);
    expect(wanted, JSON.stringify(desk?.intakes.mailboxes())).toContain(found?.state);
    return found?.detail ?? "";
  };

  async function takes(subject: string): Promise<void> {
    await dovecot.append("INBOX", rawMail({ from: "ana@contoso.example", subject, text: "Hello" }).raw);
    const found = await eventually(async () => {
      const tickets = await listTickets(desk!.desk.database.reader, { limit: 50 });
      return tickets.filter((ticket) => ticket.subject === subject).length === 1 || undefined;
    }, 15_000);
    expect(found, `no ticket "${subject}"`).toBe(true);
  }

  const ready = async (): Promise<string> => {
    const checks = await readiness(desk!.open, desk!.intakes.mailboxes());
    return checks
      .filter(({ ok }) => !ok)
      .map(({ name, detail }) => `${name}: ${detail}`)
      .join("\n");
  };
  const alerts = async (): Promise<string[]> => {
    const mails = desk!.mailsFor("alex@msp.example");
    return Promise.all(mails.map(async ({ bytes }) => (await read(bytes)).text));
  };

  test("logs in with client credentials, and takes mail", async () => {
    await open();
    await state("connected");
    await takes("By client credentials");
    expect(issuer.asked.at(-1)).toMatchObject({ grant_type: "client_credentials" });
    expect(await ready()).toBe("");
  });

  test("keeps a replaced refresh token, sealed, and shows it after a restart", async () => {
    issuer.rotates = true;
    const configured = { refreshToken: "refresh-as-configured" };
    const relay = await startRelay();
    await open(configured, { relay });
    const { directory } = desk!;
    const copy = await mkdtemp(join(tmpdir(), "countersign-oauth-"));
    try {
      await state("connected");
      await takes("By a refresh token");
      const newest = issuer.refreshToken;
      expect(newest).toMatch(/^refresh-rotated/);
      const rows = (await desk!.desk.database.reader("settings").select("name", "value")) as object[];
      expect(JSON.stringify(rows)).toContain("refresh-token:");
      expect(JSON.stringify(rows)).not.toContain(newest);
      await watch?.close();
      await desk!.intakes.close();
      await desk!.desk.database.db.raw("PRAGMA wal_checkpoint(TRUNCATE)");
      await cp(directory, copy, { recursive: true });
      await desk!.close();
      await open(configured, { relay, directory: copy });
      await state("connected");
      await takes("After a restart");
      expect(issuer.asked.at(-1)?.["refresh_token"]).toBe(newest);
      await watch?.close();
      await desk!.close();
      // Somebody has consented anew and put that token into the file: it counts, not the kept one.
      issuer.refreshToken = "refresh-of-new-consent";
      await open({ refreshToken: "refresh-of-new-consent" }, { relay, directory: copy });
      await state("connected");
      expect(issuer.asked.at(-1)?.["refresh_token"]).toBe("refresh-of-new-consent");
    } finally {
      await watch?.close();
      await desk?.close();
      [watch, desk] = [null, null];
      await relay.close();
      await rm(copy, { recursive: true, force: true });
    }
  });

  test("a token that ends in mid-IDLE is renewed, and the next login has the new one", async () => {
    issuer.lifetime = 2;
    await open();
    await state("connected");
    const first = issuer.given.length;
    // The watch renews it while the connection stands, at half its life.
    expect(await eventually(() => (issuer.given.length > first + 1 ? true : undefined), 30_000)).toBe(true);
    await dovecot.kill();
    await state("reconnecting");
    await dovecot.start();
    await state("connected");
    await takes("After the token's end");
  });

  test("a token that the server refuses before its time is asked for anew, once, and at once", async () => {
    await open();
    await state("connected");
    const asked = issuer.asked.length;
    issuer.revokeAccess();
    ahead = 120_000;
    const before = logged.length;
    await dovecot.restart();
    await eventually(() => (issuer.asked.length > asked ? true : undefined), 30_000);
    await state("connected");
    await takes("With another token");
    expect(issuer.asked).toHaveLength(asked + 1);
    expect(logged.slice(before).join("")).not.toMatch(/"state":"failed"/);
  });

  test("consent that is taken back shows at once in readyz, the log and one alert, while the connection still stands", async () => {
    issuer.lifetime = 2;
    await open({ refreshToken: "refresh-as-configured" });
    await state("connected");
    const before = logged.length;
    issuer.revokeConsent();
    const said =
      /invalid_grant\. The consent has expired or was revoked\. Somebody signs in as the mailbox's user/;
    const standing = new RegExp(
      `^mailbox support@127\\.0\\.0\\.1: connected: no access token.*${said.source}`,
    );
    expect(await eventually(async () => (standing.test(await ready()) ? true : undefined), 30_000)).toBe(
      true,
    );
    await desk!.mailFor("alex@msp.example");
    expect(logged.slice(before).join("")).toMatch(said);
    await dovecot.restart();
    expect(await state("failed")).toMatch(said);
    // Another look, another failed login: nobody is told again.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const [alert, ...more] = await alerts();
    expect(more).toEqual([]);
    expect(alert).toMatch(/The mailbox support@127\.0\.0\.1 cannot be read/);
    expect(alert?.replaceAll(/\s+/g, " ")).toMatch(said);
  });

  test("after new consent the mailbox is read again, and that is said once", async () => {
    await open({ refreshToken: "refresh-of-long-ago" }, { alerts: { afterMs: 200, webhook: null } });
    await state("failed");
    await desk!.mailFor("alex@msp.example");
    await dovecot.append(
      "INBOX",
      rawMail({ from: "ana@contoso.example", subject: "Meanwhile", text: "x" }).raw,
    );
    issuer.refreshToken = "refresh-of-long-ago";
    await desk!.mailFor("alex@msp.example", 2);
    expect((await alerts())[1]).toMatch(/is read again/);
    expect(await ready()).toBe("");
    await takes("After new consent");
  });

  test.each([
    ["is down", { status: 503, body: {} }, "reconnecting", /answered 503/],
    [
      "answers with a page",
      { status: 200, body: "<html>Sign in</html>" },
      "failed",
      /token_url is the token endpoint/,
    ],
    ["breaks", { status: 500, body: "<html>oops</html>" }, "reconnecting", /answered 500/],
    ["refuses the client", { status: 401, body: { error: "invalid_client" } }, "failed", /client_secret/],
  ])("an issuer that %s: says so, and waits", async (_name, fault, wanted, words) => {
    issuer.fail({ ...fault, times: 1 });
    await open();
    expect(await state(wanted)).toMatch(words);
    expect(await ready()).toMatch(words);
    await state("connected");
  });

  test("a token without the scope that the server asks for: says whom to ask, and shows no token", async () => {
    issuer.scope = "calendar";
    await open();
    const detail = await state("failed");
    expect(detail).toMatch(/127\.0\.0\.1 refuses the login of support:.*oauth2\.scope/);
    issuer.scope = SCOPE;
    await state("connected");
    await takes("With the right scope");
  });
});
