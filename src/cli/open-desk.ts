import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Resolver as DnsResolver } from "node:dns/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Logger } from "pino";
import { createLocalEngine } from "../assistant/local/engine.ts";
import { parseLanguages } from "../assistant/local/languages.ts";
import { GENERAL, parseRules } from "../assistant/local/rules.ts";
import type { Model } from "../assistant/hosted/model.ts";
import type { Config, ImapConfig, MailAuth, RelayConfig as RelaySettings } from "../config.ts";
import { loadDeskKey } from "../desk-key.ts";
import { authenticate, type Resolver } from "../mail/authentication.ts";
import { createParserPool } from "../mail/parse/parser-pool.ts";
import type { Queue } from "../queue/queue.ts";
import { openSqliteQueue } from "../queue/sqlite.ts";
import { createLearner } from "../steps/learning/learner.ts";
import type { Starter } from "../steps/learning/restore-models.ts";
import { createDirectory } from "../steps/directory.ts";
import type { Desk, MailSender } from "../steps/desk.ts";
import { vocabularyOf } from "../review/reading/vocabulary.ts";
import type { Database } from "../store/database.ts";
import { openDatabase } from "../store/open-database.ts";
import { createSealing } from "../store/sealing.ts";
import { openWitness } from "../store/witness.ts";
import { loadLanguageFiles, loadTemplateFiles } from "../templates.ts";
import type { AccessToken, TokenPatience } from "../transport/access-token.ts";
import { attemptDelivery, createInsideSender, type RelayConfig } from "../transport/smtp-client.ts";
import { createAssistant, type WatchedModel } from "./assistant.ts";
import { databaseUrl } from "./config-option.ts";
import { starterOf } from "./starter.ts";
import { createTokens, type Tokens } from "./tokens.ts";

export const TEMPLATES = fileURLToPath(new URL("../../templates", import.meta.url));

/** Parsing takes a thread of its own; a message that takes longer than this is put aside (threats 38, 40). */
const PARSE_DEADLINE_MS = 10_000;

export interface OpenDesk {
  readonly desk: Desk;
  readonly config: Config;
  readonly tokens: Tokens;
  /** The relay as the sender has it; `null` where mail is captured. */
  readonly relay: RelayConfig | null;
  /** The hosted model; `null` where there is none. */
  readonly model: WatchedModel | null;
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Named places where a test may end the process. */
  readonly failPoint?: (name: string) => void;
  readonly clock?: () => Date;
  /** A model that somebody else runs, in place of the configured one. */
  readonly model?: Model;
  /** A client's mail waits this long for a model, then the local engine answers (threat 58). */
  readonly modelDeadlineMs?: number;
  /** In place of DNS, for the keys and records of tests. */
  readonly resolver?: Resolver;
  /** What the models know before the first decision; the shipped starter set where left out. */
  readonly starter?: Starter;
  /** How patient the desk is with issuers of tokens. */
  readonly tokens?: TokenPatience;
}

/** Put a desk together from its configuration. Opens the database and starts nothing that runs by itself. */
export async function openDesk(config: Config, log: Logger, options: OpenOptions = {}): Promise<OpenDesk> {
  const clock = options.clock ?? (() => new Date());
  const key = await loadDeskKey(config);
  const database = await openDatabase(databaseUrl(config));
  try {
    const queue = await openQueue(config, database, log, clock);
    const defaults = await loadTemplateFiles(TEMPLATES);
    const languages = parseLanguages(await loadLanguageFiles(TEMPLATES));
    for (const language of languages.lackingIn(defaults.keys()))
      log.warn(
        { language },
        `templates in "${language}" stay unused: there is no languages/${language}.yaml`,
      );
    const defaultRules = await readFile(join(TEMPLATES, "rules.yaml"), "utf8");
    const assistant = await createAssistant({
      settings: config.assistant,
      database,
      templates: defaults,
      log,
      clock,
      random: (bytes) => randomBytes(bytes),
      model: options.model,
      deadlineMs: options.modelDeadlineMs,
    });
    const failPoint = options.failPoint ?? (() => {});
    const learner = createLearner(
      { database, queue, clock, failPoint, log },
      options.starter ?? starterOf(defaultRules),
    );
    const directory = createDirectory({
      db: database.reader,
      learner,
      defaults,
      languages,
      defaultRules,
      clock,
      onProblem: (sentence) => log.error({}, sentence),
      buildEngine: (rules, templates) => {
        const table = parseRules(rules);
        const categories = [...new Set([...table.rules.map((rule) => rule.category), GENERAL])];
        return assistant.enginesOver(
          createLocalEngine({ rules: table, templates, languages, models: learner.models }),
          categories,
        );
      },
    });
    const parser = createParserPool({ threads: 1, deadlineMs: PARSE_DEADLINE_MS });
    const sealing = createSealing(key);
    const tokens = createTokens({ db: database.db, reader: database.reader, sealing }, log, options.tokens);
    const relay = config.relay.kind === "capture" ? null : relayConfig(config.relay, tokens);
    const mail = createSender(relay);
    const folder = dirname(config.security.keyFile);
    const desk: Desk = {
      settings: settingsOf(config),
      database,
      queue,
      directory,
      parser,
      key,
      sealing,
      mail,
      learner,
      witness: await openWitness(folder, (sentence) => log.error({}, sentence)),
      sentCopy: createSentCopy(config, tokens),
      authenticate: createAuthenticator(config, options.resolver),
      spoolDir: join(folder, "spool"),
      log,
      clock,
      random: (bytes) => randomBytes(bytes),
      failPoint,
    };
    return {
      desk,
      config,
      tokens,
      relay,
      model: assistant.model,
      async close() {
        await learner.stop();
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

/** What only some desks need (a server's queue, IMAP, a hosted model) is loaded by those: its code is a third of a desk's memory. */
async function openQueue(config: Config, database: Database, log: Logger, clock: () => Date): Promise<Queue> {
  if (config.database.kind === "sqlite") return openSqliteQueue(database.db, { now: clock });
  const { openPostgresQueue } = await import("../queue/postgres.ts");
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
      authservResults: review.authservResults,
      exchangeMailboxes: exchangeMailboxes(config),
      signingDomains: review.signingDomains,
      vocabulary: vocabularyOf(review.synonyms).vocabulary,
    },
    webUrl: config.web.url,
  };
}

/** Names a mailbox in cursors, states and alarms. */
export function mailboxAccount(intake: ImapConfig): string {
  return `${intake.auth.user}@${intake.host}`;
}

/** By account, as intakes name it: the tenant's id where the login tells it. */
function exchangeMailboxes(config: Config): Desk["settings"]["review"]["exchangeMailboxes"] {
  return new Map(
    config.intake.flatMap((intake) => {
      if (intake.kind !== "imap" || intake.exchange !== true) return [];
      const tenant = intake.auth.kind === "oauth2" ? tenantIn(intake.auth.oauth2.tokenUrl) : null;
      return [[mailboxAccount(intake), { tenant }] as const];
    }),
  );
}

/** `https://login.microsoftonline.com/TENANT/oauth2/v2.0/token`, where the tenant is named by its id; else `null`. */
function tenantIn(tokenUrl: string): string | null {
  const [tenant = ""] = new URL(tokenUrl).pathname.split("/").filter((part) => part !== "");
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(tenant) ? tenant.toLowerCase() : null;
}

/** `capture`: the relay's part is played by the desk itself; what would leave is kept and shown. */
function createSender(relay: RelayConfig | null): MailSender & { close(): Promise<void> } {
  if (relay === null) {
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
  const inside = createInsideSender(relay);
  return {
    attempt: (mail) => attemptDelivery({ relay, ...mail }),
    inside: (mail) => inside.sendInside({ from: mail.from, to: [mail.to], mime: mail.mime }),
    close: () => inside.close(),
  };
}

/** Looks through the Sent folders that the configuration names. */
function createSentCopy(config: Config, tokens: Tokens): Desk["sentCopy"] {
  const folders = config.intake.flatMap((intake) =>
    intake.kind === "imap" && intake.sentFolder !== null ? [{ ...intake, folder: intake.sentFolder }] : [],
  );
  if (folders.length === 0) return null;
  return async (messageId) => {
    const { isInSentFolder } = await import("../transport/imap-sent.ts");
    for (const { host, port, secure, auth, folder } of folders) {
      const login = credentials(auth, tokens);
      const found = await isInSentFolder(
        {
          host,
          port,
          secure,
          folder,
          user: login.user,
          ...("pass" in login ? { pass: login.pass } : { accessToken: login.oauth2 }),
        },
        messageId,
      );
      if (found) return true;
    }
    return false;
  };
}

export function relayConfig(relay: Extract<RelaySettings, { kind: "smtp" }>, tokens: Tokens): RelayConfig {
  const { host, port, secure, auth } = relay;
  return { host, port, secure, ...(auth === null ? {} : credentials(auth, tokens)) };
}

export function credentials(
  auth: MailAuth,
  tokens: Tokens,
): { user: string; pass: string } | { user: string; oauth2: AccessToken } {
  if (auth.kind === "password") return { user: auth.user, pass: auth.pass };
  return { user: auth.user, oauth2: tokens(auth).token };
}

/** SPF, DKIM and DMARC cost a millisecond and a look into DNS: they run where a proof is asked for. */
function createAuthenticator(config: Config, given?: Resolver): Desk["authenticate"] {
  if (!config.review.identity.includes("dkim") && !config.review.identity.includes("authentication-results"))
    return null;
  const dns = new DnsResolver({ timeout: 3000, tries: 2 });
  if (config.dns.servers !== null) dns.setServers([...config.dns.servers]);
  const resolver: Resolver = given ?? ((name, rrtype) => dns.resolve(name, rrtype) as Promise<string[]>);
  return (bytes, envelope, receivedAt) =>
    authenticate(bytes, { envelope, receivedAt, resolver, authservId: config.review.authservId ?? "" });
}
