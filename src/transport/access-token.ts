import {
  allowInsecureRequests,
  ClientError,
  clientCredentialsGrant,
  ClientSecretPost,
  Configuration,
  customFetch,
  refreshTokenGrant,
  ResponseBodyError,
  type CustomFetch,
} from "openid-client";
import { PermanentError, reasonOf, TemporaryError } from "../errors.ts";
import { isLoopback } from "./loopback.ts";
import { issuerAdvice } from "./oauth-advice.ts";

/**
 * A bearer token that is valid now. `refused`: the mail server did not take this one; another is asked for, unless it is so
 * fresh that another would be refused as well: then it resolves with the same text.
 */
export type AccessToken = (refused?: string) => Promise<string>;

/** Where a refresh token that the issuer has replaced is kept. Both reject with what the store says. */
export interface RefreshTokenStore {
  /** The one kept last; `null`: none, so the configured one counts. */
  load(): Promise<string | null>;
  keep(refreshToken: string): Promise<void>;
}

export interface OAuthClient {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** `https://outlook.office365.com/.default` for client credentials at Microsoft; `null` asks for what was consented to. */
  readonly scope: string | null;
  /** `null`: client credentials. */
  readonly refreshToken: string | null;
  /** Without one, a replaced refresh token lives as long as the process. */
  readonly kept?: RefreshTokenStore;
}

interface TokenTrouble {
  /** What the issuer said and what to do. No token and no secret. */
  readonly sentence: string;
  /** Whether a person must act; else it may pass. */
  readonly permanent: boolean;
}

export interface TokenSource {
  readonly token: AccessToken;
  /** Why the last asking failed; `null` since one succeeded. */
  readonly trouble: () => TokenTrouble | null;
}

export interface TokenPatience {
  /** One asking, in milliseconds. Default 15,000. */
  readonly within?: number;
  /** A failure is answered from memory for so long: many mails that wait must not storm the issuer. Milliseconds, default 10,000. */
  readonly rest?: number;
  readonly now?: () => number;
  readonly onProblem?: (sentence: string) => void;
}

/** Renewed this long before its end: a login must not meet a dying token, and an expired consent shows while the last token still works. */
const MARGIN = 5 * 60_000;
/** A token younger than this that a server refuses is not refused for its age. */
const FRESH = 60_000;
/** RFC 6749 §5.1 leaves `expires_in` out where it is told otherwise; nobody tells us. */
const USUAL_LIFETIME = 300;
/** Tokens have a few kilobytes; a page that somebody put in the way may have no end. */
const MOST_BYTES = 256 * 1024;

interface Held {
  readonly token: string;
  readonly since: number;
  readonly renewAt: number;
}

/**
 * OAuth 2.0 for a program that nobody signs in to: client credentials (RFC 6749 §4.4) or a refresh token (§6), by openid-client.
 * A token is kept until shortly before its end and asked for once, however many wait for it. Rejects with a TemporaryError when the
 * issuer cannot be reached or is out of order, a PermanentError with what to do when it refuses.
 */
export function createTokenSource(client: OAuthClient, patience: TokenPatience = {}): TokenSource {
  const now = patience.now ?? Date.now;
  let held: Held | null = null;
  let failed: { readonly error: Error; readonly at: number } | null = null;
  let asking: Promise<string> | null = null;
  const grant = createGrant(client, patience);

  const ask = async (): Promise<string> => {
    try {
      const { token, lifetime } = await grant();
      const since = now();
      // Half of a life that is shorter than twice the margin.
      const margin = Math.min(MARGIN, (lifetime * 1000) / 2);
      held = { token, since, renewAt: since + lifetime * 1000 - margin };
      failed = null;
      return token;
    } catch (error) {
      const known = error instanceof Error ? error : new TemporaryError(String(error));
      failed = { error: known, at: now() };
      patience.onProblem?.(known.message);
      throw known;
    }
  };
  const token: AccessToken = async (refused) => {
    if (refused !== undefined && held?.token === refused && now() - held.since >= FRESH) held = null;
    if (held !== null && now() < held.renewAt) return held.token;
    if (failed !== null && now() - failed.at < (patience.rest ?? 10_000)) throw failed.error;
    asking ??= ask().finally(() => {
      asking = null;
    });
    return asking;
  };
  return {
    token,
    trouble: () =>
      failed === null
        ? null
        : { sentence: failed.error.message, permanent: failed.error instanceof PermanentError },
  };
}

function createGrant(
  client: OAuthClient,
  { within, onProblem }: TokenPatience,
): () => Promise<{ token: string; lifetime: number }> {
  const url = new URL(client.tokenUrl);
  const configuration = new Configuration(
    // Only id_tokens are compared with the issuer's name, and none is read here.
    { issuer: url.origin, token_endpoint: client.tokenUrl },
    client.clientId,
    undefined,
    // RFC 6749 §2.3.1: the form that Microsoft and Google document.
    ClientSecretPost(client.clientSecret),
  );
  configuration.timeout = (within ?? 15_000) / 1000;
  configuration[customFetch] = boundedFetch;
  if (url.protocol === "http:" && isLoopback(url.hostname)) allowInsecureRequests(configuration);
  const parameters: Record<string, string> = client.scope === null ? {} : { scope: client.scope };
  let rotated: string | null = null;

  const once = async (refreshToken: string | null): Promise<{ token: string; lifetime: number }> => {
    const answer =
      refreshToken === null
        ? await clientCredentialsGrant(configuration, parameters)
        : await refreshTokenGrant(configuration, refreshToken, parameters);
    // RFC 6750 §2.1; a control character would end its field in the login.
    if (!/^[\x21-\x7e]+$/.test(answer.access_token))
      throw new PermanentError(
        `no access token: ${client.tokenUrl} gave one with characters that no login may carry`,
      );
    if (
      refreshToken !== null &&
      answer.refresh_token !== undefined &&
      answer.refresh_token !== refreshToken
    ) {
      rotated = answer.refresh_token;
      // The access token is good all the same; the next asking tries to keep the newest again.
      await client.kept
        ?.keep(rotated)
        .catch((error: unknown) => onProblem?.(`a new refresh token could not be kept: ${reasonOf(error)}`));
    }
    const { expires_in: lifetime } = answer;
    return {
      token: answer.access_token,
      lifetime: lifetime !== undefined && lifetime > 0 ? lifetime : USUAL_LIFETIME,
    };
  };
  const newest = async (): Promise<string | null> => {
    if (client.refreshToken === null) return null;
    const kept = await client.kept?.load().catch((cause: unknown) => {
      throw new TemporaryError("no access token: the kept refresh token cannot be read now", { cause });
    });
    return rotated ?? kept ?? client.refreshToken;
  };
  return async () => {
    try {
      const shown = await newest();
      try {
        return await once(shown);
      } catch (error) {
        // Another process of this desk may have exchanged it meanwhile.
        rotated = null;
        const current = shown === null ? null : await newest();
        if (current === shown) throw error;
        return await once(current);
      }
    } catch (error) {
      throw refusal(error, client);
    }
  };
}

/**
 * The answer, without what is not wanted: more bytes than a token has, an id_token (which would need the issuer's keys), and the
 * headers, whose challenges (RFC 6749 §5.2 asks for one with 401) would hide the error in the body.
 */
const boundedFetch: CustomFetch = async (url, options) => {
  const response = await fetch(url, options as RequestInit);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MOST_BYTES) break;
  }
  const type = response.headers.get("content-type") ?? "";
  let body = Buffer.concat(chunks).toString();
  try {
    const { id_token: _unread, ...rest } = JSON.parse(body) as Record<string, unknown>;
    body = JSON.stringify(rest);
  } catch {
    // Not JSON: the library says so.
  }
  const bodiless = response.status === 204 || response.status === 304;
  return new Response(bodiless ? null : body, {
    status: response.status,
    headers: { "content-type": type },
  });
};

/** Words of our own for every failure: an issuer's description, or a library's cause, may repeat what was sent. */
function refusal(error: unknown, { tokenUrl, refreshToken }: OAuthClient): Error {
  if (error instanceof TemporaryError || error instanceof PermanentError) return error;
  const no = `no access token: ${tokenUrl}`;
  if (error instanceof ResponseBodyError) {
    const description = error.error_description ?? "";
    const number = /AADSTS(\d{4,8})/.exec(description)?.[1];
    const code = /^[a-z_]{1,40}$/.test(error.error) ? error.error : "";
    const subtype = error.cause["error_subtype"];
    const said = `${no} answered ${error.status}${code === "" ? "" : ` ${code}`}${number === undefined ? "" : ` (AADSTS${number})`}`;
    if (
      error.status === 429 ||
      error.status === 408 ||
      code === "temporarily_unavailable" ||
      code === "slow_down"
    )
      return new TemporaryError(`${said}. The desk asks again by itself.`);
    return new PermanentError(
      `${said}. ${issuerAdvice({
        error: code,
        aadsts: number === undefined ? null : Number(number),
        subtype: typeof subtype === "string" ? subtype : "",
        refresh: refreshToken !== null,
      })}.`,
    );
  }
  const response = responseIn(error);
  if (response !== null) {
    const { status } = response;
    const said = `${no} answered ${status}`;
    if (status >= 500 || status === 429 || status === 408)
      return new TemporaryError(`${said}. The desk asks again by itself.`);
    return new PermanentError(
      `${said} without a token. Check that oauth2.token_url is the token endpoint, and that nothing on the way (a proxy, a sign-in page) answers in its place.`,
    );
  }
  if (isTimeout(error))
    return new TemporaryError(`${no} did not answer in time. The desk asks again by itself.`);
  if (error instanceof ClientError && error.code === "OAUTH_HTTP_REQUEST_FORBIDDEN")
    return new PermanentError(`${no} would be sent the secret in clear. Use https:// in oauth2.token_url.`);
  if (
    error instanceof ClientError &&
    error.code !== undefined &&
    /INVALID_RESPONSE|PARSE|NOT_JSON/.test(error.code)
  )
    return new PermanentError(
      `${no} answered without a token. Check that oauth2.token_url is the token endpoint, and that nothing on the way (a proxy, a sign-in page) answers in its place.`,
    );
  return new TemporaryError(`${no} cannot be reached${networkCode(error)}. The desk asks again by itself.`);
}

/** The library's cause of "not what a token endpoint says" is the response itself. */
function responseIn(error: unknown): Response | null {
  let one = error;
  while (one instanceof Error) one = one.cause;
  return one instanceof Response ? one : null;
}

function isTimeout(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause)
    if (one.name === "TimeoutError" || ("code" in one && one.code === "OAUTH_TIMEOUT")) return true;
  return false;
}

/** ` (ECONNREFUSED)`: the system's word, which names no secret. */
function networkCode(error: unknown): string {
  for (let one = error; one instanceof Error; one = one.cause)
    if ("code" in one && typeof one.code === "string" && /^E[A-Z_]{3,30}$/.test(one.code))
      return ` (${one.code})`;
  return "";
}
