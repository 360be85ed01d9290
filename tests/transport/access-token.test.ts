import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PermanentError, TemporaryError } from "../../src/errors.ts";
import { createTokenSource, type OAuthClient, type TokenPatience } from "../../src/transport/access-token.ts";
import { CLIENT, startTokenServer, type IssuerFault, type TokenServer } from "../support/token-server.ts";

const SCOPE = "https://outlook.office365.com/.default";

let issuer: TokenServer;
beforeEach(async () => {
  issuer = await startTokenServer();
});
afterEach(() => issuer.close());

/** A clock that stands still until it is moved, and a source on it. */
function source(changes: Partial<OAuthClient> = {}, patience: TokenPatience = {}) {
  const clock = { now: 1_000_000 };
  const problems: string[] = [];
  const made = createTokenSource(
    { ...CLIENT, tokenUrl: issuer.tokenUrl, scope: SCOPE, refreshToken: null, ...changes },
    { now: () => clock.now, onProblem: (sentence) => problems.push(sentence), ...patience },
  );
  return { ...made, clock, problems, seconds: (n: number) => (clock.now += n * 1000) };
}

const failure = async (promise: Promise<unknown>): Promise<Error> => {
  const error: unknown = await promise.then(
    () => new Error("it did not fail"),
    (reason: unknown) => reason,
  );
  return error as Error;
};

describe("client credentials", () => {
  it("asks once, also for several at a time, and keeps the token until shortly before its end", async () => {
    const { token, seconds } = source();
    expect(await Promise.all([token(), token()])).toEqual([issuer.given[0], issuer.given[0]]);
    expect(issuer.asked).toEqual([
      {
        grant_type: "client_credentials",
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        scope: SCOPE,
      },
    ]);
    seconds(3299);
    await token();
    expect(issuer.asked).toHaveLength(1);
    seconds(2);
    expect(await token()).toBe(issuer.given[1]);
  });

  it("uses a short life for its half, and tells nothing when no life is told", async () => {
    issuer.lifetime = 60;
    const { token, seconds } = source();
    await token();
    seconds(29);
    await token();
    expect(issuer.asked).toHaveLength(1);
    seconds(2);
    await token();
    expect(issuer.asked).toHaveLength(2);
  });

  it("brings another token for one that a server refused, but not for a fresh one", async () => {
    const { token, seconds } = source();
    const first = await token();
    expect(await token(first)).toBe(first);
    seconds(61);
    const second = await token(first);
    expect(second).not.toBe(first);
    // Somebody else was refused the first one too: the second is there already.
    expect(await token(first)).toBe(second);
    expect(issuer.asked).toHaveLength(2);
  });

  it("asks for a scope only where one is set", async () => {
    await source({ scope: null }).token();
    expect(Object.keys(issuer.asked[0] ?? {})).not.toContain("scope");
  });
});

describe("a refresh token", () => {
  it("is exchanged for an access token", async () => {
    await source({ refreshToken: "refresh-as-configured", scope: null }).token();
    expect(issuer.asked).toEqual([
      {
        grant_type: "refresh_token",
        refresh_token: "refresh-as-configured",
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
      },
    ]);
  });

  it("is kept when the issuer replaces it, and the newest is shown also after a restart", async () => {
    issuer.rotates = true;
    let kept: string | null = null;
    const store = {
      load: () => Promise.resolve(kept),
      keep: (refreshToken: string) => {
        kept = refreshToken;
        return Promise.resolve();
      },
    };
    const first = source({ refreshToken: "refresh-as-configured", kept: store });
    await first.token();
    expect(kept).toBe("refresh-rotated-1");
    first.seconds(3600);
    await first.token();
    expect(kept).toBe("refresh-rotated-2");
    await source({ refreshToken: "refresh-as-configured", kept: store }).token();
    expect(issuer.asked.map((form) => form["refresh_token"])).toEqual([
      "refresh-as-configured",
      "refresh-rotated-1",
      "refresh-rotated-2",
    ]);
    // Another process has exchanged it since this one looked.
    first.seconds(3600);
    await first.token();
    expect(kept).toBe("refresh-rotated-4");
  });

  it("goes on in memory when it cannot be kept, and says so without it", async () => {
    issuer.rotates = true;
    const one = source({
      refreshToken: "refresh-as-configured",
      kept: { load: () => Promise.resolve(null), keep: () => Promise.reject(new Error("the disk is full")) },
    });
    await one.token();
    one.seconds(3600);
    await one.token();
    expect(issuer.asked.at(-1)?.["refresh_token"]).toBe("refresh-rotated-1");
    expect(one.problems).toEqual(Array(2).fill("a new refresh token could not be kept: the disk is full"));
  });

  it("waits for a store that cannot be read, rather than show an old one", async () => {
    const one = source({
      refreshToken: "refresh-as-configured",
      kept: { load: () => Promise.reject(new Error("busy")), keep: () => Promise.resolve() },
    });
    const error = await failure(one.token());
    expect(error).toBeInstanceOf(TemporaryError);
    expect(issuer.asked).toHaveLength(0);
  });
});

const microsoft = (number: number, error = "invalid_client"): IssuerFault => ({
  status: 401,
  // Microsoft sends a challenge beside the body.
  headers: { "www-authenticate": 'Bearer error="invalid_client"' },
  body: {
    error,
    error_description: `AADSTS${number}: The secret cl1ent-s3cret&= of app desk-client … Trace ID: 0`,
    error_codes: [number],
  },
});

describe("an issuer that gives none", () => {
  const REFRESH: Partial<OAuthClient> = { refreshToken: "refresh-as-configured" };
  const cases: readonly [string, IssuerFault, Partial<OAuthClient>, "temporary" | "permanent", RegExp][] = [
    [
      "a secret that has expired",
      microsoft(7000222),
      {},
      "permanent",
      /AADSTS7000222.*has expired.*Certificates & secrets/,
    ],
    ["a wrong secret", microsoft(7000215), {}, "permanent", /Value \(not its Secret ID\)/],
    ["no admin consent", microsoft(65001, "invalid_grant"), {}, "permanent", /grants admin consent/],
    [
      "a tenant that is not there",
      microsoft(90002, "invalid_request"),
      {},
      "permanent",
      /Check oauth2\.tenant/,
    ],
    ["a wrong scope", microsoft(70011, "invalid_scope"), {}, "permanent", /\.default/],
    [
      "a number that nobody listed",
      microsoft(123456),
      {},
      "permanent",
      /AADSTS123456.*client_id and oauth2\.client_secret/,
    ],
    [
      "a password that was changed",
      microsoft(50173, "invalid_grant"),
      REFRESH,
      "permanent",
      /revoked.*signs in/,
    ],
    [
      "consent that Google has let run out",
      {
        status: 400,
        body: { error: "invalid_grant", error_description: "Token has been expired or revoked." },
      },
      REFRESH,
      "permanent",
      /invalid_grant\. The consent has expired or was revoked\. Somebody signs in.*oauth2\.refresh_token.*seven days/,
    ],
    [
      "Google's session control",
      { status: 400, body: { error: "invalid_grant", error_subtype: "invalid_rapt" } },
      REFRESH,
      "permanent",
      /Workspace administrator/,
    ],
    [
      "a code that repeats a secret",
      { status: 400, body: { error: "cl1ent-s3cret&= is wrong" } },
      {},
      "permanent",
      /answered 400\. Check/,
    ],
    [
      "a gateway's page",
      { status: 502, body: "<html>Bad gateway cl1ent-s3cret&=</html>" },
      {},
      "temporary",
      /answered 502/,
    ],
    [
      "an error of its own",
      { status: 500, body: { error: "server_error" } },
      {},
      "temporary",
      /answered 500/,
    ],
    ["too many askings", { status: 429, body: { error: "slow_down" } }, {}, "temporary", /answered 429/],
    [
      "a sign-in page in its place",
      { status: 200, body: "<html>Welcome to the hotel</html>" },
      {},
      "permanent",
      /answered 200 without a token.*token_url/,
    ],
    [
      "a page that is not there",
      { status: 404, body: "<html>no</html>" },
      {},
      "permanent",
      /answered 404 without a token/,
    ],
    [
      "a redirect",
      { status: 302, body: "", headers: { location: "http://127.0.0.1:1/" } },
      {},
      "permanent",
      /answered 302 without a token/,
    ],
    ["JSON without a token", { status: 200, body: { nothing: true } }, {}, "permanent", /without a token/],
    [
      "half of its JSON",
      { status: 200, body: '{"access_token":', type: "application/json" },
      {},
      "permanent",
      /without a token/,
    ],
    [
      "an answer without an end",
      { status: 200, body: { access_token: "t", token_type: "Bearer", more: "x".repeat(2_000_000) } },
      {},
      "permanent",
      /without a token/,
    ],
    [
      "a token that would end its field",
      { status: 200, body: { access_token: "a\u0001auth=Bearer b", token_type: "Bearer" } },
      {},
      "permanent",
      /characters/,
    ],
  ];

  it.each(cases)(
    "%s: says what it is and what to do, and no secret",
    async (_name, fault, changes, kind, words) => {
      issuer.fail(fault);
      const { token, trouble, problems } = source(changes);
      const error = await failure(token());
      expect(error).toBeInstanceOf(kind === "permanent" ? PermanentError : TemporaryError);
      expect(error.message).toMatch(words);
      const all = JSON.stringify([error.message, error.stack, error.cause ?? null, problems]);
      expect(all).not.toMatch(/s3cret|refresh-as-configured/);
      expect(trouble()).toEqual({ sentence: error.message, permanent: kind === "permanent" });
      expect(problems).toEqual([error.message]);
    },
  );

  it("ignores an id_token, which would need the issuer's keys", async () => {
    issuer.fail({ status: 200, body: { access_token: "t", token_type: "Bearer", id_token: "not.a.jwt" } });
    expect(await source(REFRESH).token()).toBe("t");
  });

  it("is asked again after a rest, not by everybody at once", async () => {
    issuer.fail({ status: 503, body: {}, times: 1 });
    const { token, trouble, seconds } = source();
    await Promise.all([failure(token()), failure(token())]);
    await failure(token());
    expect(issuer.asked).toHaveLength(1);
    seconds(11);
    expect(await token()).toBe(issuer.given[0]);
    expect(trouble()).toBeNull();
  });

  it("that only just lets its token live is noticed while the last token still works", async () => {
    const { token, trouble, seconds } = source(REFRESH);
    await token();
    issuer.revokeConsent();
    seconds(3301);
    await failure(token());
    expect(trouble()).toMatchObject({ permanent: true });
  });

  it("says nothing: it is given up after a while", async () => {
    issuer.fail({ hang: true });
    const error = await failure(source({}, { within: 200 }).token());
    expect(error).toBeInstanceOf(TemporaryError);
    expect(error.message).toMatch(/did not answer in time/);
  });

  it("is not there at all", async () => {
    const gone = await startTokenServer();
    await gone.close();
    const error = await failure(source({ tokenUrl: gone.tokenUrl }).token());
    expect(error).toBeInstanceOf(TemporaryError);
    expect(error.message).toMatch(/cannot be reached \(ECONNREFUSED\)/);
  });

  it("is never sent a secret in clear over a network", async () => {
    const error = await failure(source({ tokenUrl: "http://issuer.example/token" }).token());
    expect(error.message).toMatch(/sent the secret in clear/);
  });
});
