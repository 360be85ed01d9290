import { z } from "zod";
import { isRecord, problemAt } from "./desk/problem.ts";
import type { Path, Problem, YamlFile } from "./desk/problem.ts";
import * as s from "./desk/schema.ts";
import { isDay } from "./desk/zoned-time.ts";
import { vocabularyOf } from "./review/reading/vocabulary.ts";

/** countersign.yaml in its own names: what each key accepts, and what only several keys together can say. */

export const DEFAULT_MAX_SIZE = 50 * 1024 ** 2;
const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
const SECOND = 1000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const oauth2 = s.section({
  tenant: s.text("the directory (tenant) id or domain of Microsoft 365").optional(),
  token_url: s.webUrl("https", "http").optional(),
  client_id: s.text(),
  client_secret: s.secret(),
  scope: s.text().optional(),
  refresh_token: s.secret().optional(),
});

const imap = s.section({
  host: s.host(),
  port: s.port().optional(),
  secure: s.flag().optional(),
  user: s.text(),
  pass: s.secret().optional(),
  oauth2: oauth2.optional(),
  folder: s.text().default("INBOX"),
  archive: s.text().optional(),
  sent_folder: s.text().optional(),
  exchange: s.flag().optional(),
  since: s
    .leaf("a date such as 2026-01-31", (raw) => (typeof raw === "string" && isDay(raw) ? raw : undefined))
    .optional(),
});

export type ImapFile = z.output<typeof imap>;

const smtpIntake = s.section({
  host: s.host().default("127.0.0.1"),
  port: s.port().default(2525),
  max_size: s.size().default(DEFAULT_MAX_SIZE),
});

export type SmtpIntakeFile = z.output<typeof smtpIntake>;

const intakeItem = s.section({ imap: imap.optional(), smtp: smtpIntake.optional() });

const captureRelay = s.section({
  capture: s.leaf("true, alone; or leave it out and name a host", (raw) =>
    raw === true || raw === "true" ? true : undefined,
  ),
});
const smtpRelay = s.section({
  host: s.host(),
  port: s.port().optional(),
  secure: s.flag().optional(),
  user: s.text().optional(),
  pass: s.secret().optional(),
  oauth2: oauth2.optional(),
  capture: s
    .leaf("true, alone; or leave it out and name a host", (raw) =>
      raw === false || raw === "false" ? false : undefined,
    )
    .optional(),
});
export type RelayFile = z.output<typeof captureRelay> | z.output<typeof smtpRelay>;

export const configSchema = s.section({
  desk: s.section({
    name: s.text().default("Support"),
    address: s.address(),
    review_address: s.address(),
    timezone: s.timeZone().default("UTC"),
  }),
  intake: s.listOf(intakeItem, "intakes, each { imap: … } or { smtp: … }"),
  relay: s.choose<RelayFile>((raw) =>
    isRecord(raw) && "capture" in raw && !("host" in raw) ? captureRelay : smtpRelay,
  ),
  database: s
    .section({
      url: s.leaf('"sqlite:PATH" or "postgres://user:pass@host/name"', (raw) =>
        isDatabaseUrl(raw) ? raw : undefined,
      ),
    })
    .default({ url: "sqlite:data/countersign.sqlite" }),
  web: s
    .section({
      host: s.host().default("127.0.0.1"),
      port: s.port().default(3000),
      url: s.webUrl("http", "https").optional(),
      secret: s.secret(16).optional(),
    })
    .prefault({}),
  assistant: s
    .section({
      engine: s.oneOf("local", "openai").default("local"),
      openai: s
        .section({
          base_url: s.webUrl("https", "http"),
          model: s.text(),
          api_key: s.leaf("a secret text", (raw) => (typeof raw === "string" ? raw : undefined)).default(""),
          timeout: s.duration().default(30_000),
          max_cost_per_day: s.amount().optional(),
          price_input: s.amount().optional(),
          price_output: s.amount().optional(),
          price_embeddings: s.amount().optional(),
          concurrency: s.wholeNumber(1, 64).default(4),
          embeddings_model: s.text().optional(),
        })
        .optional(),
      shadow: s.oneOf("local", "openai").optional(),
    })
    .prefault({}),
  review: s
    .section({
      digest_every: s.duration().default(15 * MINUTE),
      hold: s.duration().default(2 * MINUTE),
      expires: s.duration().default(72 * HOUR),
      identity: s
        .listOf(
          s.oneOf("dkim", "exchange", "authentication-results", "token"),
          "dkim, exchange, authentication-results, token",
        )
        .default(["dkim"]),
      authserv_id: s
        .text("the authserv-id that your mail server writes into Authentication-Results")
        .optional(),
      authserv_results: s.oneOf("above", "below").default("above"),
      synonyms: z
        .record(z.string(), z.record(z.string(), s.listOf(s.text(), "words")), {
          error: "a map from a language to commands, each with its words: { de: { approve: [freigeben] } }",
        })
        .default({}),
      signing_domains: z
        .record(z.string(), s.listOf(s.domain(), "domains"), {
          error: "a map from a technicians' domain to the further domains that sign for it",
        })
        .default({}),
    })
    .prefault({}),
  alerts: s
    .section({
      intake_after: s.duration().default(5 * MINUTE),
      webhook: s.webUrl("https", "http").optional(),
      secret: s.secret(16).optional(),
      allow_private: s.flag().default(false),
    })
    .prefault({}),
  security: s.section({ key: s.secret(32).optional() }).prefault({}),
  dns: s.section({ servers: s.listOf(s.nameServer(), "name servers").optional() }).prefault({}),
  log: s
    .section({
      level: s.oneOf(...LOG_LEVELS).default("info"),
      format: s.oneOf("pretty", "json").default("pretty"),
    })
    .prefault({}),
});
export type ConfigFile = z.output<typeof configSchema>;

export function crossCheck(yaml: YamlFile, config: ConfigFile): readonly Problem[] {
  const problems: Problem[] = [];
  const say = (path: Path, accepts: string): void => {
    problems.push(problemAt(yaml, path, accepts));
  };
  if (config.intake.length === 0) say(["intake"], "one intake or more, each { imap: … } or { smtp: … }");
  for (const [index, item] of config.intake.entries()) {
    if ((item.imap === undefined) === (item.smtp === undefined))
      say(["intake", index], "exactly one of imap and smtp");
    if (item.imap !== undefined) checkAuth(item.imap, ["intake", index, "imap"], true, say);
  }
  if ("host" in config.relay) checkAuth(config.relay, ["relay"], false, say);
  if (config.desk.review_address.toLowerCase() === config.desk.address.toLowerCase()) {
    say(
      ["desk", "review_address"],
      "another address than desk.address, so that a review reply is never taken for a client's mail",
    );
  }
  if (config.desk.review_address.includes("+"))
    say(["desk", "review_address"], "an address without +, since the token goes behind one");
  checkAssistant(config.assistant, say);
  const { review } = config;
  if (review.identity.length === 0)
    say(["review", "identity"], "at least one of dkim, exchange, authentication-results, token");
  if (review.identity.includes("authentication-results") && review.authserv_id === undefined) {
    say(
      ["review", "authserv_id"],
      "the authserv-id of your mail server, since review.identity has authentication-results",
    );
  }
  checkAlerts(config.alerts, say);
  if (review.identity.includes("exchange") && !config.intake.some(({ imap }) => imap && isExchange(imap))) {
    say(
      ["review", "identity"],
      "exchange only beside an imap intake of outlook.office365.com, or one with exchange: true for an Exchange server of your own",
    );
  }
  for (const { language, verb, sentence } of vocabularyOf(review.synonyms).faults)
    say(["review", "synonyms", language, verb], `other words. ${sentence}`);
  if (review.expires < MINUTE) say(["review", "expires"], "a time of a minute or more");
  return problems;
}

/** Whether the mailbox is Exchange's, so that Exchange's headers in it can be believed. */
export function isExchange(imap: Pick<ImapFile, "host" | "exchange">): boolean {
  return imap.exchange ?? EXCHANGE_ONLINE.includes(imap.host.toLowerCase());
}

const EXCHANGE_ONLINE: readonly string[] = [
  "outlook.office365.com",
  "outlook.office.com",
  "partner.outlook.cn",
  "outlook.office365.us",
];

export interface AuthFile {
  readonly user?: string | undefined;
  readonly pass?: string | undefined;
  readonly oauth2?: z.output<typeof oauth2> | undefined;
}

function checkAuth(
  auth: AuthFile,
  path: Path,
  required: boolean,
  say: (path: Path, accepts: string) => void,
): void {
  if (auth.pass !== undefined && auth.oauth2 !== undefined)
    say([...path, "oauth2"], "either pass or oauth2, not both");
  const proof = auth.pass !== undefined || auth.oauth2 !== undefined;
  if (proof && auth.user === undefined) say([...path, "user"], "the user that pass or oauth2 belongs to");
  if (!proof && (required || auth.user !== undefined))
    say([...path, "pass"], "a password, or oauth2 in its place");
  if (auth.oauth2 === undefined) return;
  if ((auth.oauth2.tenant === undefined) === (auth.oauth2.token_url === undefined)) {
    say([...path, "oauth2", "token_url"], "exactly one of tenant (Microsoft 365) and token_url");
  }
  const url = auth.oauth2.token_url === undefined ? null : new URL(auth.oauth2.token_url);
  if (url?.protocol === "http:" && !/^(localhost|127\.\d+\.\d+\.\d+)$/.test(url.hostname))
    say([...path, "oauth2", "token_url"], "an https:// address, since the secret is sent there");
}

function checkAssistant(
  { engine, shadow, openai }: ConfigFile["assistant"],
  say: (path: Path, accepts: string) => void,
): void {
  if (shadow === engine)
    say(["assistant", "shadow"], `the other engine than assistant.engine, which is ${engine}`);
  if (openai === undefined) {
    if (engine === "openai")
      say(["assistant", "openai"], "a map with base_url and model, since assistant.engine is openai");
    else if (shadow === "openai")
      say(["assistant", "openai"], "a map with base_url and model, since assistant.shadow is openai");
    return;
  }
  if (openai.timeout < SECOND) say(["assistant", "openai", "timeout"], "a time of a second or more");
  if (openai.max_cost_per_day === undefined) return;
  for (const price of ["price_input", "price_output"] as const)
    if (openai[price] === undefined)
      say(
        ["assistant", "openai", price],
        "the price of a million tokens, since max_cost_per_day cannot be held without",
      );
}

function checkAlerts(alerts: ConfigFile["alerts"], say: (path: Path, accepts: string) => void): void {
  if (alerts.intake_after < MINUTE && alerts.intake_after !== 0)
    say(["alerts", "intake_after"], "a time of a minute or more, or 0s for at once");
  if ((alerts.webhook === undefined) !== (alerts.secret === undefined))
    say(
      ["alerts", alerts.webhook === undefined ? "webhook" : "secret"],
      "both webhook and secret, since each call is signed",
    );
  if (alerts.webhook === undefined) return;
  const url = new URL(alerts.webhook);
  if (url.username !== "" || url.password !== "")
    say(
      ["alerts", "webhook"],
      "an address without user and password; each call is signed with alerts.secret",
    );
  if (url.protocol === "http:" && !alerts.allow_private)
    say(["alerts", "webhook"], "an https:// address, or http:// together with alerts.allow_private: true");
}

function isDatabaseUrl(raw: unknown): raw is string {
  if (typeof raw !== "string") return false;
  if (raw.startsWith("sqlite:")) return raw.length > "sqlite:".length && !raw.startsWith("sqlite://");
  return (raw.startsWith("postgres://") || raw.startsWith("postgresql://")) && URL.canParse(raw);
}
