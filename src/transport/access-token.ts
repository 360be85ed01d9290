import { PermanentError, TemporaryError } from "../errors.ts";

/** A bearer token that is valid now. Asked for once per connection; the giver caches and renews. */
export type AccessToken = () => Promise<string>;

export interface ClientCredentials {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** `https://outlook.office365.com/.default` for Microsoft 365. */
  readonly scope: string;
}

/** Renewed this long before its end, so that a token does not run out between the asking and the login. Milliseconds. */
const MARGIN = 60_000;

/** Where Microsoft gives tokens for a tenant (its id, or one of its domains). */
export function microsoftTokenUrl(tenant: string): string {
  return `https://login.microsoftonline.com/${encodeURIComponent(tenant)}/oauth2/v2.0/token`;
}

/**
 * OAuth 2.0 client credentials, RFC 6749 §4.4: the way in for a program that nobody signs in to.
 * Rejects with a TemporaryError when the issuer cannot be reached or answers 5xx or 429, a PermanentError when it refuses.
 */
export function clientCredentials(credentials: ClientCredentials): AccessToken {
  let held: { readonly token: string; readonly until: number } | null = null;
  let asking: Promise<string> | null = null;

  const ask = async (): Promise<string> => {
    const { token, lifetime } = await requestToken(credentials);
    held = { token, until: Date.now() + lifetime * 1000 - MARGIN };
    return token;
  };
  return async () => {
    if (held !== null && Date.now() < held.until) return held.token;
    asking ??= ask().finally(() => {
      asking = null;
    });
    return asking;
  };
}

async function requestToken(credentials: ClientCredentials): Promise<{ token: string; lifetime: number }> {
  const body = new URLSearchParams({
    grant_type: "client_credentials",
    client_id: credentials.clientId,
    client_secret: credentials.clientSecret,
    scope: credentials.scope,
  });
  let response: Response;
  let answer: unknown;
  try {
    response = await fetch(credentials.tokenUrl, {
      method: "POST",
      body,
      signal: AbortSignal.timeout(30_000),
      redirect: "error",
    });
    answer = await response.json().catch(() => null);
  } catch (cause) {
    throw new TemporaryError(`no access token: ${credentials.tokenUrl} cannot be reached`, { cause });
  }
  const fields = (typeof answer === "object" && answer !== null ? answer : {}) as Readonly<
    Record<string, unknown>
  >;
  if (!response.ok) {
    // RFC 6749 §5.2: `error` is a code. The description may repeat what was sent, so it is left out.
    const sentence =
      `no access token: ${credentials.tokenUrl} answered ${response.status} ${typeof fields["error"] === "string" ? fields["error"] : ""}`.trim();
    throw response.status >= 500 || response.status === 429
      ? new TemporaryError(sentence)
      : new PermanentError(`${sentence}; check client_id, client_secret and scope`);
  }
  if (typeof fields["access_token"] !== "string")
    throw new PermanentError(`no access token in the answer of ${credentials.tokenUrl}`);
  const lifetime = Number(fields["expires_in"] ?? 300);
  return { token: fields["access_token"], lifetime: Number.isFinite(lifetime) ? lifetime : 300 };
}
