import { readFile } from "node:fs/promises";
import { dirname, isAbsolute, resolve } from "node:path";
import { DEFAULT_MAX_SIZE, configSchema, crossCheck, isExchange } from "./config-schema.ts";
import type { AuthFile, ConfigFile, ImapFile, LogLevel, RelayFile, SmtpIntakeFile } from "./config-schema.ts";
import type { Synonyms } from "./review/reading/command-words.ts";
import { describeProblem, isRecord, problemAt, problemsOf, readYaml } from "./desk/problem.ts";
import type { Path, Problem, YamlFile } from "./desk/problem.ts";
import { UsageError } from "./errors.ts";

/** countersign.yaml, read and checked. Times are milliseconds, sizes bytes, paths absolute. A plain frozen object. */
export interface Config {
  /** The file it came from; `null` for the embedded defaults. */
  readonly file: string | null;
  /** Folder from which relative paths start: the file's, or the working directory without one. */
  readonly directory: string;
  /** What the start should say aloud: settings that work but protect little. Sentences. */
  readonly warnings: readonly string[];
  readonly desk: {
    readonly name: string;
    readonly address: string;
    readonly reviewAddress: string;
    readonly timeZone: string;
  };
  readonly intake: readonly IntakeConfig[];
  readonly relay: RelayConfig;
  readonly database: DatabaseConfig;
  readonly web: {
    readonly host: string;
    readonly port: number;
    /** Without a slash at the end. */
    readonly url: string;
    /** `null`: derive it from the desk's key. */
    readonly secret: string | null;
  };
  readonly assistant: {
    readonly engine: "local" | "openai";
    /** Set whenever the file has it; needed for `engine: openai`. */
    readonly openai: OpenAiConfig | null;
    /** Runs beside the engine, to be compared with it; decides nothing. */
    readonly shadow: "local" | "openai" | null;
  };
  readonly review: {
    readonly digestEveryMs: number;
    readonly holdMs: number;
    readonly expiresMs: number;
    readonly identity: readonly IdentityProof[];
    readonly authservId: string | null;
    /** Where that mail server writes its Authentication-Results, seen from its own Received. */
    readonly authservResults: "above" | "below";
    /** Further signing domains of a technicians' domain, both in lower case. */
    readonly signingDomains: Readonly<Record<string, readonly string[]>>;
    /** Further words for the commands of a reply, by language and verb. */
    readonly synonyms: Synonyms;
  };
  readonly alerts: AlertsConfig;
  /** `key` is secret; `null`: the desk makes `keyFile`. See `desk-key.ts`. */
  readonly security: { readonly key: string | null; readonly keyFile: string };
  /** `null`: the system's. */
  readonly dns: { readonly servers: readonly string[] | null };
  readonly log: { readonly level: LogLevel; readonly format: "pretty" | "json" };
}

interface AlertsConfig {
  /** How long a mailbox may be unreadable, or the relay out of reach, before somebody is told. */
  readonly afterMs: number;
  /** Called beside the mail to the admins; `null`: nowhere. */
  readonly webhook: {
    readonly url: string;
    readonly secret: string;
    /** Addresses of private networks and of this machine are called too. */
    readonly allowPrivate: boolean;
  } | null;
}

type IdentityProof = "dkim" | "exchange" | "authentication-results" | "token";

export type IntakeConfig = ImapConfig | SmtpIntakeConfig;

export interface ImapConfig {
  readonly kind: "imap";
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte; otherwise STARTTLS where the server offers it. */
  readonly secure: boolean;
  readonly auth: MailAuth;
  readonly folder: string;
  readonly archive: string | null;
  readonly sentFolder: string | null;
  /** The mailbox is Exchange's: Exchange's headers in it can be believed. Left out: it is not. */
  readonly exchange?: boolean;
  /** ISO 8601 date: older mail is left alone. `null`: from the first contact on. */
  readonly since: string | null;
}

export interface SmtpIntakeConfig {
  readonly kind: "smtp";
  readonly host: string;
  readonly port: number;
  readonly maxSizeBytes: number;
}

/** `capture` keeps and shows what would be sent, and sends nothing. */
export type RelayConfig =
  | { readonly kind: "capture" }
  | {
      readonly kind: "smtp";
      readonly host: string;
      readonly port: number;
      readonly secure: boolean;
      /** `null`: the relay knows the desk by its address. */
      readonly auth: MailAuth | null;
    };

export type MailAuth =
  | { readonly kind: "password"; readonly user: string; readonly pass: string }
  | { readonly kind: "oauth2"; readonly user: string; readonly oauth2: OAuth2Config };

/** RFC 6749 client credentials (Microsoft 365), or a refresh token (Google). */
export interface OAuth2Config {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope: string | null;
  readonly refreshToken: string | null;
}

type DatabaseConfig =
  { readonly kind: "sqlite"; readonly path: string } | { readonly kind: "postgres"; readonly url: string };

export interface OpenAiConfig {
  readonly baseUrl: string;
  readonly model: string;
  /** "" for a local server that wants none. */
  readonly apiKey: string;
  /** One question, with all its attempts. */
  readonly timeoutMs: number;
  /** In the currency of the prices; `null`: no cap. */
  readonly maxCostPerDay: number | null;
  /** For a million tokens. */
  readonly priceInput: number;
  readonly priceOutput: number;
  readonly priceEmbeddings: number;
  /** Questions at once, in each process. */
  readonly concurrency: number;
  readonly embeddingsModel: string | null;
}

interface LoadOptions {
  /** countersign.yaml; left out: the embedded defaults. */
  readonly file?: string;
  /** Default: the process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where relative paths start without a file. Default: the working directory. */
  readonly directory?: string;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * Reads countersign.yaml. Throws UsageError with every problem found, each with its line, the key's path, what it holds
 * and what it accepts. A secret's value is never shown.
 */
export async function loadConfig(options: LoadOptions): Promise<Config> {
  if (options.file === undefined) return embeddedDefaults(options.directory ?? process.cwd());
  const file = resolve(options.file);
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    const code = isRecord(cause) ? String(cause["code"]) : "unknown";
    const hint = code === "ENOENT" ? "there is no such file" : `it cannot be read (${code})`;
    throw new UsageError(`The configuration ${options.file}: ${hint}. Name an existing file with --config.`, {
      cause,
    });
  }
  return parseConfig(text, { name: options.file, file, env: options.env ?? process.env });
}

/** The same, from text: `name` is what messages call the file, `file` its absolute path. */
export function parseConfig(
  text: string,
  source: { readonly name: string; readonly file: string; readonly env: NonNullable<LoadOptions["env"]> },
): Config {
  const yaml = readYaml(text, source.name);
  if (yaml.problems.length > 0) throw usageError(yaml.problems);

  const substituted = substitute(yaml, source.env);
  const parsed = configSchema.safeParse(substituted.value);
  const missing = new Set(substituted.problems.map((problem) => problem.path));
  const problems = [...substituted.problems];
  if (!parsed.success)
    problems.push(...problemsOf(yaml, parsed.error.issues).filter((problem) => !missing.has(problem.path)));
  else problems.push(...crossCheck(yaml, parsed.data));
  if (problems.length > 0 || !parsed.success) throw usageError(problems);
  return freeze(normalise(parsed.data, source.file));
}

/** A desk that needs nothing and reaches nobody: for a first look, and for the demo. */
export function embeddedDefaults(directory: string): Config {
  return freeze({
    file: null,
    directory,
    warnings: [RELAY_CAPTURES, TOKEN_PROVES_NOTHING],
    desk: {
      name: "Support",
      address: "support@desk.example",
      reviewAddress: "review@desk.example",
      timeZone: "UTC",
    },
    intake: [{ kind: "smtp", host: "127.0.0.1", port: 2525, maxSizeBytes: DEFAULT_MAX_SIZE }],
    relay: { kind: "capture" },
    database: { kind: "sqlite", path: resolve(directory, "data/countersign.sqlite") },
    web: { host: "127.0.0.1", port: 3000, url: "http://127.0.0.1:3000", secret: null },
    assistant: { engine: "local", openai: null, shadow: null },
    review: {
      // Somebody who tries it waits for nothing: each review at once, and an undo window that one can sit out.
      digestEveryMs: 0,
      holdMs: 30 * SECOND,
      expiresMs: 72 * HOUR,
      identity: ["token"],
      authservId: null,
      authservResults: "above",
      signingDomains: {},
      synonyms: {},
    },
    alerts: { afterMs: 5 * MINUTE, webhook: null },
    security: { key: null, keyFile: resolve(directory, "data/desk.key") },
    dns: { servers: null },
    log: { level: "info", format: "pretty" },
  });
}

const TOKEN_PROVES_NOTHING =
  "review.identity accepts a token alone: whoever holds a digest can release its replies. Use dkim, exchange or authentication-results outside a demo.";
const RESULTS_ARE_FORGEABLE =
  "review.identity accepts authentication-results, and the SMTP intake listens beyond this machine: whoever reaches it can write those headers. Let only your mail server reach it.";
const RELAY_CAPTURES =
  "relay.capture is on: nothing is sent. Replies and review mails are kept, and admins read and answer them in the console under Captured.";
const MODEL_IN_THE_CLEAR =
  "assistant.openai.base_url is http:// to another machine: clients' words and the key cross the network in the clear. Use https://.";

// ---- from the file's names to the program's ---------------------------------------------------------------------

function normalise(config: ConfigFile, file: string): Config {
  const directory = dirname(file);
  const { web, assistant, review } = config;
  const relay = toRelay(config.relay);
  const warnings: string[] = [];
  if (relay.kind === "capture") warnings.push(RELAY_CAPTURES);
  if (review.identity.includes("token")) warnings.push(TOKEN_PROVES_NOTHING);
  if (review.identity.includes("authentication-results"))
    for (const { smtp } of config.intake)
      if (smtp !== undefined && !["127.0.0.1", "::1", "localhost"].includes(smtp.host))
        warnings.push(RESULTS_ARE_FORGEABLE);
  if (assistant.openai !== undefined && crossesNetworkInTheClear(assistant.openai.base_url))
    warnings.push(MODEL_IN_THE_CLEAR);
  return {
    file,
    directory,
    warnings,
    desk: {
      name: config.desk.name,
      address: config.desk.address,
      reviewAddress: config.desk.review_address,
      timeZone: config.desk.timezone,
    },
    intake: config.intake.flatMap((item) => [
      ...(item.imap ? [toImap(item.imap)] : []),
      ...(item.smtp ? [toSmtpIntake(item.smtp)] : []),
    ]),
    relay,
    database: toDatabase(config.database.url, directory),
    web: {
      host: web.host,
      port: web.port,
      url: withoutSlash(
        web.url ?? `http://${web.host.includes(":") ? `[${web.host}]` : web.host}:${web.port}`,
      ),
      secret: web.secret ?? null,
    },
    assistant: {
      engine: assistant.engine,
      openai:
        assistant.openai === undefined
          ? null
          : {
              baseUrl: withoutSlash(assistant.openai.base_url),
              model: assistant.openai.model,
              apiKey: assistant.openai.api_key,
              timeoutMs: assistant.openai.timeout,
              maxCostPerDay: assistant.openai.max_cost_per_day ?? null,
              priceInput: assistant.openai.price_input ?? 0,
              priceOutput: assistant.openai.price_output ?? 0,
              priceEmbeddings: assistant.openai.price_embeddings ?? assistant.openai.price_input ?? 0,
              concurrency: assistant.openai.concurrency,
              embeddingsModel: assistant.openai.embeddings_model ?? null,
            },
      shadow: assistant.shadow ?? null,
    },
    review: {
      digestEveryMs: review.digest_every,
      holdMs: review.hold,
      expiresMs: review.expires,
      identity: review.identity,
      authservId: review.authserv_id ?? null,
      authservResults: review.authserv_results,
      synonyms: review.synonyms,
      signingDomains: Object.fromEntries(
        Object.entries(review.signing_domains).map(([domain, signers]) => [domain.toLowerCase(), signers]),
      ),
    },
    alerts: toAlerts(config.alerts),
    security: { key: config.security.key ?? null, keyFile: resolve(directory, "data/desk.key") },
    dns: { servers: config.dns.servers ?? null },
    log: config.log,
  };
}

function toImap(imap: ImapFile): ImapConfig {
  const secure = imap.secure ?? (imap.port === undefined || imap.port === 993);
  return {
    kind: "imap",
    host: imap.host,
    port: imap.port ?? (secure ? 993 : 143),
    secure,
    auth: toAuth(imap) ?? { kind: "password", user: imap.user, pass: "" },
    folder: imap.folder,
    archive: imap.archive ?? null,
    sentFolder: imap.sent_folder ?? null,
    ...(isExchange(imap) ? { exchange: true } : {}),
    since: imap.since ?? null,
  };
}

function toSmtpIntake(smtp: SmtpIntakeFile): SmtpIntakeConfig {
  return { kind: "smtp", host: smtp.host, port: smtp.port, maxSizeBytes: smtp.max_size };
}

function toRelay(relay: RelayFile): RelayConfig {
  if (!("host" in relay)) return { kind: "capture" };
  const secure = relay.secure ?? relay.port === 465;
  return {
    kind: "smtp",
    host: relay.host,
    port: relay.port ?? (secure ? 465 : 587),
    secure,
    auth: toAuth(relay),
  };
}

function toAuth(auth: AuthFile): MailAuth | null {
  if (auth.user === undefined) return null;
  if (auth.oauth2 === undefined)
    return auth.pass === undefined ? null : { kind: "password", user: auth.user, pass: auth.pass };
  const {
    tenant,
    token_url: tokenUrl,
    client_id: clientId,
    client_secret: clientSecret,
    scope,
    refresh_token: refreshToken,
  } = auth.oauth2;
  return {
    kind: "oauth2",
    user: auth.user,
    oauth2: {
      tokenUrl:
        tokenUrl ?? `https://login.microsoftonline.com/${encodeURIComponent(tenant ?? "")}/oauth2/v2.0/token`,
      clientId,
      clientSecret,
      // A refresh token brings what its consent was for.
      scope:
        scope ??
        (tenant === undefined || refreshToken !== undefined
          ? null
          : "https://outlook.office365.com/.default"),
      refreshToken: refreshToken ?? null,
    },
  };
}

function toAlerts({ intake_after, webhook, secret, allow_private }: ConfigFile["alerts"]): AlertsConfig {
  return {
    afterMs: intake_after,
    webhook:
      webhook === undefined || secret === undefined
        ? null
        : { url: webhook, secret, allowPrivate: allow_private },
  };
}

function toDatabase(url: string, directory: string): DatabaseConfig {
  if (!url.startsWith("sqlite:")) return { kind: "postgres", url };
  const path = url.slice("sqlite:".length);
  return { kind: "sqlite", path: path === ":memory:" || isAbsolute(path) ? path : resolve(directory, path) };
}

function crossesNetworkInTheClear(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "http:" && !/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

function withoutSlash(url: string): string {
  return url.endsWith("/") ? url.slice(0, -1) : url;
}

// ---- variables ----------------------------------------------------------------------------------------------

/**
 * Puts environment variables in place of `${NAME}`, after YAML was read, so that a value can never add keys.
 * `$${` stands for `${` itself.
 */
function substitute(
  yaml: YamlFile,
  env: NonNullable<LoadOptions["env"]>,
): { readonly value: unknown; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const walk = (value: unknown, path: Path): unknown => {
    if (typeof value === "string") return expand(value, path);
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]));
    if (!isRecord(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])]));
  };
  const expand = (text: string, path: Path): string =>
    text.replaceAll(/\$\$\{|\$\{([^{}]*)\}/g, (found, name: string | undefined) => {
      if (name === undefined) return "${";
      const value = Object.hasOwn(env, name) ? env[name] : undefined;
      if (value !== undefined) return value;
      problems.push({
        ...problemAt(yaml, path, `\${NAME} of a variable that is set; ${name} is not in the environment`),
        holds: `"${found}"`,
      });
      return "";
    });
  return { value: walk(yaml.value, []), problems };
}

function usageError(problems: readonly Problem[]): UsageError {
  const lines = problems.map(describeProblem);
  const [only] = lines;
  if (lines.length === 1 && only !== undefined) return new UsageError(only);
  return new UsageError([`The configuration has ${lines.length} problems:`, ...lines].join("\n"));
}

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const item of Object.values(value)) freeze(item);
    Object.freeze(value);
  }
  return value;
}
