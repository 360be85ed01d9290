import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What an issuer does in place of giving a token. */
export interface IssuerFault {
  readonly status?: number;
  /** JSON, or text with `type`. */
  readonly body?: unknown;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Accepts the request and says nothing. */
  readonly hang?: boolean;
  /** How often. Default: always, until `heal`. */
  readonly times?: number;
}

export interface TokenServer {
  readonly port: number;
  /** For `oauth2.token_url`. */
  readonly tokenUrl: string;
  /** For Dovecot's `introspection_url` (RFC 7662, mode post). */
  readonly introspectionUrl: string;
  /** The form of each request for a token, in order. */
  readonly asked: readonly Readonly<Record<string, string>>[];
  /** Every token given, oldest first. */
  readonly given: readonly string[];
  /** The refresh token that counts now. */
  refreshToken: string;
  /** Seconds, for the tokens given from now on. */
  lifetime: number;
  /** Whether each refresh answers with a new refresh token, and makes the old one void. */
  rotates: boolean;
  /** The scope that introspection tells. */
  scope: string;
  /** The user that introspection tells. */
  user: string;
  /** How often a mail server asked what a token is worth. */
  readonly introspections: number;
  fail(fault: IssuerFault): void;
  heal(): void;
  /** Makes every access token given so far worth nothing. */
  revokeAccess(): void;
  /** As when a user takes the consent back: no token counts, and the refresh token is refused as Google does. */
  revokeConsent(): void;
  close(): Promise<void>;
}

export const CLIENT = { clientId: "desk-client", clientSecret: "cl1ent-s3cret&=" } as const;

/** An issuer of our own: a token endpoint for client credentials and refresh tokens (RFC 6749), and introspection (RFC 7662). */
export async function startTokenServer(): Promise<TokenServer> {
  const asked: Record<string, string>[] = [];
  const given: string[] = [];
  const valid = new Map<string, number>();
  const faults: { fault: IssuerFault; left: number }[] = [];
  let introspections = 0;
  let rotations = 0;

  const answer = (response: ServerResponse, status: number, body: unknown, more: IssuerFault = {}): void => {
    const isText = typeof body === "string";
    response.writeHead(status, {
      "content-type": more.type ?? (isText ? "text/html" : "application/json"),
      connection: "close",
      ...more.headers,
    });
    response.end(isText ? body : JSON.stringify(body));
  };
  const giveToken = (response: ServerResponse, form: Readonly<Record<string, string>>): void => {
    const next = faults.find(({ left }) => left > 0);
    if (next !== undefined) {
      next.left--;
      const { fault } = next;
      if (fault.hang !== true) answer(response, fault.status ?? 500, fault.body ?? {}, fault);
      return;
    }
    if (form["client_id"] !== CLIENT.clientId || form["client_secret"] !== CLIENT.clientSecret) {
      answer(response, 401, {
        error: "invalid_client",
        error_description: `${form["client_secret"]} is wrong`,
      });
      return;
    }
    if (form["grant_type"] === "refresh_token" && form["refresh_token"] !== server.refreshToken) {
      answer(response, 400, {
        error: "invalid_grant",
        error_description: `Token has been expired or revoked. ${form["refresh_token"]}`,
      });
      return;
    }
    const token = `token-${given.length + 1}-of-the-issuer`;
    given.push(token);
    valid.set(token, Date.now() + server.lifetime * 1000);
    if (server.rotates && form["grant_type"] === "refresh_token")
      server.refreshToken = `refresh-rotated-${++rotations}`;
    answer(response, 200, {
      access_token: token,
      token_type: "Bearer",
      expires_in: server.lifetime,
      ...(server.rotates ? { refresh_token: server.refreshToken } : {}),
    });
  };
  const introspect = (response: ServerResponse, token: string): void => {
    introspections++;
    const active = (valid.get(token) ?? 0) > Date.now();
    answer(response, 200, active ? { active, username: server.user, scope: server.scope } : { active });
  };

  const listener = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const form = Object.fromEntries(new URLSearchParams(body));
      if (request.url === "/introspect") introspect(response, form["token"] ?? "");
      else {
        asked.push(form);
        giveToken(response, form);
      }
    });
  }).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  const server: TokenServer = {
    port,
    tokenUrl: `http://127.0.0.1:${port}/token`,
    introspectionUrl: `http://127.0.0.1:${port}/introspect`,
    asked,
    given,
    refreshToken: "refresh-as-configured",
    lifetime: 3600,
    rotates: false,
    scope: "mail",
    user: "support",
    get introspections() {
      return introspections;
    },
    fail: (fault) => void faults.push({ fault, left: fault.times ?? Infinity }),
    heal: () => void faults.splice(0),
    revokeAccess: () => valid.clear(),
    revokeConsent() {
      valid.clear();
      server.refreshToken = "none";
    },
    async close() {
      listener.closeAllConnections();
      listener.close();
      await once(listener, "close");
    },
  };
  return server;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
