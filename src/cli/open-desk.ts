import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Resolver as DnsResolver } from "node:dns/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Logger } from "pino";
import { createLocalEngine } from "../assistant/local/engine.ts";
import { parseRules } from "../assistant/local/rules.ts";
import type { Config, MailAuth, RelayConfig as RelaySettings } from "../config.ts";
import { loadDeskKey } from "../desk-key.ts";
import { UsageError } from "../errors.ts";
import { authenticate, type Resolver } from "../mail/authentication.ts";
import { createParserPool } from "../mail/parse/parser-pool.ts";
import { openPostgresQueue } from "../queue/postgres.ts";
import type { Queue } from "../queue/queue.ts";
import { openSqliteQueue } from "../queue/sqlite.ts";
import { createDirectory } from "../steps/directory.ts";
import type { Desk, MailSender } from "../steps/desk.ts";
import { openDatabase, type Database } from "../store/database.ts";
import { createSealing } from "../store/sealing.ts";
import { loadTemplateFiles } from "../templates.ts";
import { clientCredentials, type AccessToken } from "../transport/access-token.ts";
import { attemptDelivery, createInsideSender, type RelayConfig } from "../transport/smtp-client.ts";

export const TEMPLATES = fileURLToPath(new URL("../../templates", import.meta.url));

/** Microsoft 365's scope for IMAP and SMTP; other issuers name their own in oauth2.scope. */
const DEFAULT_SCOPE = "https://outlook.office365.com/.default";

/** Parsing takes a thread of its own; a message that takes longer than this is put aside (threats 38, 40). */
const PARSE_DEADLINE_MS = 10_000;

export interface OpenDesk {
  readonly desk: Desk;
  readonly config: Config;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Named places where a test may end the process. */
  readonly failPoint?: (name: string) => void;
  readonly clock?: () => Date;
  /** In place of DNS, for the keys and records of tests. */
  readonly resolver?: Resolver;
}

/** Put a desk together from its configuration. Opens the database and starts nothing that runs by itself. */
export async function openDesk(config: Config, log: Logger, options: OpenOptions = {}): Promise<OpenDesk> {
  refuseUnbuilt(config);
  const clock = options.clock ?? (() => new Date());
  const key = await loadDeskKey(config);
  const database = await openDatabase(databaseUrl(config));
  try {
    const queue = await openQueue(config, database, log, clock);
    const defaults = await loadTemplateFiles(TEMPLATES);
    const defaultRules = await readFile(join(TEMPLATES, "rules.yaml"), "utf8");
    const directory = createDirectory({
      db: database.reader,
      defaults,
      defaultRules,
      clock,
      onProblem: (sentence) => log.error({}, sentence),
      buildEngine: (rules, templates) => createLocalEngine({ rules: parseRules(rules), templates }),
    });
    const parser = createParserPool({ threads: 1, deadlineMs: PARSE_DEADLINE_MS });
    const mail = createSender(config.relay);
    const desk: Desk = {
      settings: settingsOf(config),
      database,
      queue,
      directory,
      parser,
      key,
      sealing: createSealing(key),
      mail,
      authenticate: createAuthenticator(config, options.resolver),
      spoolDir: join(dirname(config.security.keyFile), "spool"),
      log,
      clock,
      random: (bytes) => randomBytes(bytes),
      failPoint: options.failPoint ?? (() => {}),
    };
    return {
      desk,
      config,
      async close() {
        await mail.close();
        await parser.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** A setting that this version knows and cannot honour stops the start: a desk that quietly does something else is worse. */
function refuseUnbuilt(config: Config): void {
  const proof = config.review.identity.find((one) => one === "exchange" || one === "authentication-results");
  if (proof !== undefined) {
    throw new UsageError(
      `review.identity: "${proof}" cannot be checked by this version. Use dkim, or token for a trial.`,
    );
  }
  if (config.assistant.engine === "openai") {
    throw new UsageError(
      'assistant.engine: "openai" is not part of this version. Use local, which needs no key and no network.',
    );
  }
}

export function databaseUrl(config: Config): string {
  return config.database.kind === "sqlite" ? `sqlite:${config.database.path}` : config.database.url;
}

function openQueue(
  config: Config,
  database: Database,
  log: Logger,
  clock: () => Date,
): Promise<Queue> | Queue {
  if (config.database.kind === "sqlite") return openSqliteQueue(database.db, { now: clock });
  return openPostgresQueue({
    connectionString: config.database.url,
    db: database.db,
    onError: (error) => log.warn({ error }, "the job queue lost its database for now"),
  });
}

function settingsOf(config: Config): Desk["settings"] {
  const { review } = config;
  return {
    ...config.desk,
    review: {
      digestEveryMs: review.digestEveryMs,
      holdMs: review.holdMs,
      expiresMs: review.expiresMs,
      identity: review.identity,
      authservId: review.authservId ?? "",
      signingDomains: review.signingDomains,
    },
    webUrl: config.web.url,
  };
}

/** `capture`: the relay's part is played by the desk itself; what would leave is kept and shown. */
function createSender(relay: RelaySettings): MailSender & { close(): Promise<void> } {
  if (relay.kind === "capture") {
    const captured = {
      state: "accepted",
      code: 250,
      enhancedCode: "2.0.0",
      text: "captured: relay.capture is on, so it was kept here",
      relayMessageId: null,
    } as const;
    return {
      async attempt(mail) {
        await mail.onStarted();
        return captured;
      },
      inside: async () => captured,
      close: async () => {},
    };
  }
  const target = relayConfig(relay);
  const inside = createInsideSender(target);
  return {
    attempt: (mail) => attemptDelivery({ relay: target, ...mail }),
    inside: (mail) => inside.sendInside({ from: mail.from, to: [mail.to], mime: mail.mime }),
    close: () => inside.close(),
  };
}

function relayConfig(relay: Extract<RelaySettings, { kind: "smtp" }>): RelayConfig {
  const { host, port, secure, auth } = relay;
  return { host, port, secure, ...(auth === null ? {} : credentials(auth)) };
}

export function credentials(
  auth: MailAuth,
): { user: string; pass: string } | { user: string; oauth2: AccessToken } {
  if (auth.kind === "password") return { user: auth.user, pass: auth.pass };
  return { user: auth.user, oauth2: accessToken(auth) };
}

export function accessToken(auth: Extract<MailAuth, { kind: "oauth2" }>): AccessToken {
  const { tokenUrl, clientId, clientSecret, scope, refreshToken } = auth.oauth2;
  if (refreshToken !== null)
    throw new UsageError(
      "oauth2.refresh_token cannot be used yet: use client credentials, or a password for this account.",
    );
  return clientCredentials({ tokenUrl, clientId, clientSecret, scope: scope ?? DEFAULT_SCOPE });
}

/** SPF, DKIM and DMARC cost a millisecond and a look into DNS: they run where a proof is asked for. */
function createAuthenticator(config: Config, given?: Resolver): Desk["authenticate"] {
  if (!config.review.identity.includes("dkim") && !config.review.identity.includes("authentication-results"))
    return null;
  const dns = new DnsResolver({ timeout: 3000, tries: 2 });
  if (config.dns.servers !== null) dns.setServers([...config.dns.servers]);
  const resolver: Resolver = given ?? ((name, rrtype) => dns.resolve(name, rrtype) as Promise<string[]>);
  return (bytes, envelope) =>
    authenticate(bytes, { envelope, resolver, authservId: config.review.authservId ?? "" });
}
