import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { embeddedDefaults, loadConfig, parseConfig } from "../src/config.ts";
import { loadDeskKey } from "../src/desk-key.ts";
import { UsageError } from "../src/errors.ts";

const FIXTURES = join(import.meta.dirname, "fixtures/config");
const ENV = {
  IMAP_PASS: "imap-secret",
  CLIENT_SECRET: "client-secret",
  SMTP_PORT: "0",
  SMTP_PASS: "smtp-secret",
  DB_PASS: "db-secret",
  WEB_SECRET: "web-secret-of-some-length",
  OPENAI_API_KEY: "api-secret",
  ALERTS_SECRET: "alerts-secret-of-some-length",
  COUNTERSIGN_KEY: "0123456789abcdef0123456789abcdef",
};
const source = (env: Record<string, string | undefined> = ENV) => ({
  name: "countersign.yaml",
  file: "/srv/desk/countersign.yaml",
  env,
});

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
}

describe("a whole file", () => {
  test("is read into normal units", async () => {
    const file = join(FIXTURES, "full.yaml");
    const config = await loadConfig({ file, env: ENV });
    expect(config).toEqual({
      file,
      directory: FIXTURES,
      warnings: [],
      desk: {
        name: "Northwind Support",
        address: "support@desk.example",
        reviewAddress: "review@desk.example",
        timeZone: "Europe/Berlin",
      },
      intake: [
        {
          kind: "imap",
          host: "mail.desk.example",
          port: 993,
          secure: true,
          auth: { kind: "password", user: "support", pass: "imap-secret" },
          folder: "INBOX",
          archive: "Archive",
          sentFolder: "Sent",
          since: "2026-01-31",
        },
        {
          kind: "imap",
          host: "outlook.office365.com",
          port: 993,
          secure: true,
          auth: {
            kind: "oauth2",
            user: "support@desk.example",
            oauth2: {
              tokenUrl: "https://login.microsoftonline.com/desk.example/oauth2/v2.0/token",
              clientId: "abc",
              clientSecret: "client-secret",
              scope: "https://outlook.office365.com/.default",
              refreshToken: null,
            },
          },
          folder: "INBOX",
          archive: null,
          sentFolder: null,
          exchange: true,
          since: null,
        },
        { kind: "smtp", host: "127.0.0.1", port: 0, maxSizeBytes: 25 * 1024 * 1024 },
      ],
      relay: {
        kind: "smtp",
        host: "smtp.desk.example",
        port: 587,
        secure: false,
        auth: { kind: "password", user: "support", pass: "smtp-secret" },
      },
      database: { kind: "postgres", url: "postgres://desk:db-secret@db.desk.example/desk" },
      web: {
        host: "127.0.0.1",
        port: 3000,
        url: "https://desk.example",
        secret: "web-secret-of-some-length",
      },
      assistant: {
        engine: "openai",
        openai: {
          baseUrl: "https://model.example/v1",
          model: "small",
          apiKey: "api-secret",
          timeoutMs: 20_000,
          maxCostPerDay: 5,
          priceInput: 0.15,
          priceOutput: 0.6,
          priceEmbeddings: 0.02,
          concurrency: 2,
          embeddingsModel: "small-vectors",
        },
        shadow: "local",
      },
      review: {
        digestEveryMs: 0,
        holdMs: 90_000,
        expiresMs: 259_200_000,
        identity: ["dkim", "authentication-results"],
        authservId: "mx.desk.example",
        authservResults: "below",
        synonyms: { pl: { approve: ["zatwierdź"] } },
        signingDomains: { "msp.example": ["msp.onmicrosoft.example"] },
      },
      alerts: {
        afterMs: 600_000,
        webhook: {
          url: "https://hooks.desk.example/countersign",
          secret: "alerts-secret-of-some-length",
          allowPrivate: true,
        },
      },
      security: { key: ENV.COUNTERSIGN_KEY, keyFile: join(FIXTURES, "data/desk.key") },
      dns: { servers: ["127.0.0.1:5353", "[::1]:53"] },
      log: { level: "debug", format: "json" },
    });
    expect(Object.isFrozen(config.review.identity)).toBe(true);
  });

  test("may leave out what has a default", async () => {
    const config = await loadConfig({ file: join(FIXTURES, "small.yaml"), env: {} });
    const defaults = embeddedDefaults(FIXTURES);
    expect(config).toEqual({
      ...defaults,
      file: join(FIXTURES, "small.yaml"),
      warnings: [expect.stringContaining("relay.capture is on")],
      // With a file somebody means it: the proof is a real one, mail is gathered, and there is time to think again.
      review: { ...defaults.review, identity: ["dkim"], digestEveryMs: 15 * 60_000, holdMs: 2 * 60_000 },
    });
  });

  test("without a file there are embedded defaults, which reach nobody", async () => {
    const config = await loadConfig({ env: {}, directory: "/srv/desk" });
    expect(config.relay).toEqual({ kind: "capture" });
    expect(config.intake).toEqual([
      { kind: "smtp", host: "127.0.0.1", port: 2525, maxSizeBytes: 52_428_800 },
    ]);
    expect(config.database).toEqual({ kind: "sqlite", path: "/srv/desk/data/countersign.sqlite" });
    expect(config.review.identity).toEqual(["token"]);
    expect(config.warnings).toHaveLength(2);
  });

  test("that is not there says so", async () => {
    await expect(loadConfig({ file: "/nowhere/countersign.yaml", env: {} })).rejects.toThrow(
      "/nowhere/countersign.yaml: there is no such file. Name an existing file with --config.",
    );
  });
});

const FULL = await readFile(join(FIXTURES, "full.yaml"), "utf8");
const valid = (): Record<string, unknown> => parse(FULL) as Record<string, unknown>;

/** The full file with one place changed; `undefined` takes the key away. */
function changed(path: readonly (string | number)[], value: unknown): string {
  const root = valid();
  let place = root as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) place = place[key] as Record<string | number, unknown>;
  const last = path.at(-1) ?? "";
  if (value === undefined) Reflect.deleteProperty(place, last);
  else place[last] = value;
  return stringify(root);
}

const IMAP = ["intake", 0, "imap"] as const;
const OAUTH = ["intake", 1, "imap", "oauth2"] as const;
const SMTP = ["intake", 2, "smtp"] as const;

type Row = readonly [path: readonly (string | number)[], value: unknown, message: string];

const WRONG: readonly Row[] = [
  [
    ["desk"],
    undefined,
    "desk is missing; it accepts a map with the keys name, address, review_address, timezone.",
  ],
  [["desk"], "x", 'desk holds "x"; it accepts a map with the keys'],
  [["desk", "name"], 7, "desk.name holds 7; it accepts a text, in quotes where it is a number."],
  [
    ["desk", "address"],
    undefined,
    "desk.address is missing; it accepts a mail address such as ana@contoso.example.",
  ],
  [["desk", "address"], "support", 'desk.address holds "support"; it accepts a mail address'],
  [["desk", "review_address"], "review desk@x.example", "it accepts a mail address"],
  [["desk", "review_address"], "SUPPORT@desk.example", "desk.review_address holds"],
  [["desk", "review_address"], "review+x@desk.example", "it accepts an address without +"],
  [
    ["desk", "timezone"],
    "Berlin",
    'desk.timezone holds "Berlin"; it accepts a time zone such as Europe/Berlin or UTC.',
  ],
  [["intake"], [], "intake holds an empty list; it accepts one intake or more"],
  [["intake"], {}, "intake holds a map; it accepts a list of intakes"],
  [["intake"], undefined, "intake is missing; it accepts a list of intakes"],
  [["intake", 0], {}, "intake[0] holds a map; it accepts exactly one of imap and smtp."],
  [["intake", 0], { pop3: {} }, "intake[0].pop3 holds an unknown key; it accepts imap, smtp."],
  [
    [...IMAP, "host"],
    "mail.desk.example:993",
    'intake[0].imap.host holds "mail.desk.example:993"; it accepts a host name or an IP address, without a port.',
  ],
  [[...IMAP, "port"], 70_000, "intake[0].imap.port holds 70000; it accepts a port number from 0 to 65535."],
  [[...IMAP, "secure"], "yes", 'intake[0].imap.secure holds "yes"; it accepts true or false.'],
  [[...IMAP, "user"], "", 'intake[0].imap.user holds ""; it accepts a text'],
  [
    [...IMAP, "pass"],
    undefined,
    "intake[0].imap.pass is missing; it accepts a password, or oauth2 in its place.",
  ],
  [
    [...IMAP, "pass"],
    123_456,
    "intake[0].imap.pass holds a secret of 6 characters; it accepts a secret text, in quotes",
  ],
  [[...IMAP, "folder"], ["INBOX"], "intake[0].imap.folder holds a list; it accepts a text"],
  [[...IMAP, "archive"], 1, "intake[0].imap.archive holds 1; it accepts a text"],
  [[...IMAP, "sent_folder"], true, "intake[0].imap.sent_folder holds true; it accepts a text"],
  [
    [...IMAP, "sentFolder"],
    "Sent",
    'intake[0].imap.sentFolder holds an unknown key; it accepts host, port, secure, user, pass, oauth2, folder, archive, sent_folder, exchange, since (did you mean "sent_folder"?).',
  ],
  [
    [...IMAP, "since"],
    "2026-02-30",
    'intake[0].imap.since holds "2026-02-30"; it accepts a date such as 2026-01-31.',
  ],
  [[...IMAP, "since"], "2026-13-01", "it accepts a date"],
  [
    [...IMAP, "oauth2"],
    { tenant: "t", client_id: "a", client_secret: "b" },
    "intake[0].imap.oauth2 holds a map; it accepts either pass or oauth2, not both.",
  ],
  [
    [...OAUTH],
    "hunter2",
    "intake[1].imap.oauth2 holds a secret of 7 characters; it accepts a map with the keys tenant",
  ],
  [
    [...OAUTH, "tenant"],
    undefined,
    "intake[1].imap.oauth2.token_url is missing; it accepts exactly one of tenant (Microsoft 365) and token_url.",
  ],
  [[...OAUTH, "tenant"], 5, "the directory (tenant) id or domain"],
  [[...OAUTH, "token_url"], "ftp://x.example", "it accepts a URL that begins with https:// or http://."],
  [[...OAUTH, "client_id"], undefined, "intake[1].imap.oauth2.client_id is missing"],
  [
    [...OAUTH, "client_secret"],
    undefined,
    "intake[1].imap.oauth2.client_secret is missing; it accepts a secret text",
  ],
  [[...OAUTH, "scope"], [], "intake[1].imap.oauth2.scope holds an empty list"],
  [[...OAUTH, "refresh_token"], 99, "intake[1].imap.oauth2.refresh_token holds a secret of 2 characters"],
  [[...SMTP, "host"], "not a host", "intake[2].smtp.host holds"],
  [[...SMTP, "port"], "smtp", 'intake[2].smtp.port holds "smtp"; it accepts a port number'],
  [
    [...SMTP, "max_size"],
    50_000_000,
    'intake[2].smtp.max_size holds 50000000; it accepts a size such as "512KB", "50MB" or "1GB".',
  ],
  [["relay"], undefined, "relay is missing; it accepts a map with the keys host"],
  [
    ["relay"],
    { capture: false },
    "relay.capture holds false; it accepts true, alone; or leave it out and name a host.",
  ],
  [["relay"], { capture: true, host: "x.example" }, "relay.capture holds true; it accepts true, alone"],
  [["relay"], "smtp://desk:hunter2@x.example", 'relay holds "smtp://…@x.example"; it accepts a map'],
  [["relay", "host"], undefined, "relay.host is missing"],
  [["relay", "port"], -1, "relay.port holds -1"],
  [["relay", "secure"], 1, "relay.secure holds 1"],
  [
    ["relay", "user"],
    undefined,
    "relay.user is missing; it accepts the user that pass or oauth2 belongs to.",
  ],
  [["relay", "pass"], undefined, "relay.pass is missing; it accepts a password, or oauth2 in its place."],
  [["relay", "oauth2"], { tenant: "t", client_secret: "s" }, "relay.oauth2.client_id is missing"],
  [
    ["relay", "prot"],
    25,
    'relay.prot holds an unknown key; it accepts host, port, secure, user, pass, oauth2, capture (did you mean "port"?).',
  ],
  [
    ["database", "url"],
    "mysql://root:hunter2@db",
    'database.url holds "mysql://…@db"; it accepts "sqlite:PATH" or "postgres://user:pass@host/name".',
  ],
  [["database", "url"], "sqlite:", 'it accepts "sqlite:PATH"'],
  [["web", "host"], 1, "web.host holds 1"],
  [["web", "port"], 3000.5, "web.port holds 3000.5"],
  [
    ["web", "url"],
    "desk.example",
    'web.url holds "desk.example"; it accepts a URL that begins with http:// or https://.',
  ],
  [
    ["web", "secret"],
    "short",
    "web.secret holds a secret of 5 characters; it accepts a secret of 16 characters or more.",
  ],
  [
    ["assistant", "engine"],
    "open-ai",
    'assistant.engine holds "open-ai"; it accepts local, openai (did you mean "openai"?).',
  ],
  [
    ["assistant", "openai"],
    undefined,
    "assistant.openai is missing; it accepts a map with base_url and model, since assistant.engine is openai.",
  ],
  [["assistant", "openai", "base_url"], "model.example", "assistant.openai.base_url holds"],
  [["assistant", "openai", "model"], undefined, "assistant.openai.model is missing"],
  [["assistant", "openai", "api_key"], 12, "assistant.openai.api_key holds a secret of 2 characters"],
  [
    ["assistant", "openai", "timeout"],
    "20",
    'assistant.openai.timeout holds "20"; it accepts a time such as "30s", "15m"',
  ],
  [
    ["assistant", "openai", "timeout"],
    "200ms",
    'assistant.openai.timeout holds "200ms"; it accepts a time of a second or more.',
  ],
  [
    ["assistant", "openai", "max_cost_per_day"],
    "5 $",
    'assistant.openai.max_cost_per_day holds "5 $"; it accepts a number of 0 or more, such as 2.5.',
  ],
  [
    ["assistant", "openai", "price_input"],
    undefined,
    "assistant.openai.price_input is missing; it accepts the price of a million tokens, since max_cost_per_day cannot be held without.",
  ],
  [
    ["assistant", "openai", "price_output"],
    -1,
    "assistant.openai.price_output holds -1; it accepts a number",
  ],
  [
    ["assistant", "openai", "price_embeddings"],
    -1,
    "assistant.openai.price_embeddings holds -1; it accepts a number",
  ],
  [
    ["assistant", "openai", "concurrency"],
    0,
    "assistant.openai.concurrency holds 0; it accepts a whole number",
  ],
  [["assistant", "openai", "embeddings_model"], "", "assistant.openai.embeddings_model holds"],
  [
    ["assistant", "shadow"],
    "openai",
    'assistant.shadow holds "openai"; it accepts the other engine than assistant.engine, which is openai.',
  ],
  [["review", "digest_every"], "15 minutes", 'review.digest_every holds "15 minutes"; it accepts a time'],
  [["review", "hold"], -1, "review.hold holds -1; it accepts a time"],
  [["review", "expires"], "0s", 'review.expires holds "0s"; it accepts a time of a minute or more.'],
  [["review", "identity"], [], "review.identity holds an empty list; it accepts at least one of"],
  [["review", "identity"], "dkim", 'review.identity holds "dkim"; it accepts a list of dkim, exchange'],
  [
    ["review", "identity"],
    ["dkin"],
    'review.identity[0] holds "dkin"; it accepts dkim, exchange, authentication-results, token (did you mean "dkim"?).',
  ],
  [
    ["review", "authserv_id"],
    undefined,
    "review.authserv_id is missing; it accepts the authserv-id of your mail server",
  ],
  [["review", "authserv_id"], 4, "review.authserv_id holds 4"],
  [["review", "authserv_results"], "under", 'review.authserv_results holds "under"; it accepts above, below'],
  [
    ["review", "synonyms"],
    "freigeben",
    'review.synonyms holds "freigeben"; it accepts a map from a language',
  ],
  [
    ["review", "synonyms", "de"],
    { approve: ["ja"] },
    'it accepts other words. "ja" is a plain yes, which people say to anything. It can never be a command.',
  ],
  [
    ["review", "synonyms", "de"],
    { approve: ["ablehnen"] },
    'it accepts other words. "ablehnen" is "reject" already.',
  ],
  [["review", "synonyms", "de"], { release: ["los"] }, 'There is no command "release".'],
  [
    ["review", "signing_domains"],
    ["msp.example"],
    "review.signing_domains holds a list; it accepts a map from",
  ],
  [
    ["review", "signing_domains", "MSP.example"],
    ["no domain"],
    'review.signing_domains.MSP.example[0] holds "no domain"; it accepts a domain',
  ],
  [["alerts", "intake_after"], "5", 'alerts.intake_after holds "5"; it accepts a time such as "30s"'],
  [["alerts", "intake_after"], "10s", "it accepts a time of a minute or more, or 0s for at once."],
  [["alerts", "webhook"], "hooks.desk.example", "alerts.webhook holds"],
  [
    ["alerts", "webhook"],
    "https://user:hunter2@hooks.desk.example/",
    "it accepts an address without user and password; each call is signed with alerts.secret.",
  ],
  [["alerts", "secret"], "hunter2", "alerts.secret holds a secret of 7 characters"],
  [["alerts", "secret"], undefined, "alerts.secret is missing; it accepts both webhook and secret"],
  [["alerts", "allow_private"], "maybe", "alerts.allow_private holds"],
  [
    ["alerts"],
    { webhook: "http://hooks.desk.example/", secret: "a-secret-of-some-length" },
    "it accepts an https:// address, or http:// together with alerts.allow_private: true.",
  ],
  [
    [...OAUTH],
    { token_url: "http://issuer.example/token", client_id: "a", client_secret: "hunter2" },
    "it accepts an https:// address, since the secret is sent there.",
  ],
  [
    ["security", "key"],
    "short",
    "security.key holds a secret of 5 characters; it accepts a secret of 32 characters or more.",
  ],
  [
    ["security"],
    "a-key-in-the-wrong-place",
    "security holds a secret of 24 characters; it accepts a map with the keys key.",
  ],
  [
    ["dns", "servers"],
    ["ns.example"],
    'dns.servers[0] holds "ns.example"; it accepts an IP address, with a port',
  ],
  [["dns", "servers"], ["::1:5353x"], "dns.servers[0] holds"],
  [["dns", "servers"], "127.0.0.1", 'dns.servers holds "127.0.0.1"; it accepts a list of name servers.'],
  [["log", "level"], "verbose", 'log.level holds "verbose"; it accepts trace, debug'],
  [["log", "format"], "text", 'log.format holds "text"; it accepts pretty, json.'],
  [
    ["logs"],
    {},
    'logs holds an unknown key; it accepts desk, intake, relay, database, web, assistant, review, alerts, security, dns, log (did you mean "log"?).',
  ],
];

describe("one thing wrong", () => {
  test.each(WRONG)("%j = %j", (path, value, expected) => {
    const message = messageOf(() => parseConfig(changed(path, value), source()));
    expect(message).toContain(expected);
    expect(message.split("\n")).toHaveLength(1);
    expect(message).toMatch(/^countersign\.yaml:\d+: /);
    for (const secret of ["hunter2", "a-key-in", ...Object.values(ENV).filter((one) => one.length > 1)])
      expect(message).not.toContain(secret);
  });

  test("every key of the full file stands in the table", () => {
    const keys = new Set<string>();
    const walk = (value: unknown, path: string): void => {
      if (Array.isArray(value)) for (const item of value) walk(item, path);
      else if (typeof value === "object" && value !== null) {
        for (const [key, item] of Object.entries(value)) {
          if (path !== "review.signing_domains" && !path.startsWith("review.synonyms"))
            keys.add(`${path}.${key}`.replace(/^\./, ""));
          walk(item, `${path}.${key}`.replace(/^\./, ""));
        }
      }
    };
    walk(valid(), "");
    const tried = new Set(WRONG.map(([path]) => path.filter((key) => typeof key === "string").join(".")));
    expect(
      [...keys].filter(
        (key) =>
          !tried.has(key) &&
          !["intake.imap", "intake.smtp", "database", "web", "assistant", "review", "dns", "log"].includes(
            key,
          ),
      ),
    ).toEqual([]);
  });
});

describe("variables", () => {
  test("a missing one is named, with its place and without a second complaint", () => {
    const message = messageOf(() => parseConfig(FULL, source({ ...ENV, IMAP_PASS: undefined })));
    expect(message).toBe(
      'countersign.yaml:7: intake[0].imap.pass holds "${IMAP_PASS}"; it accepts ${NAME} of a variable that is set; IMAP_PASS is not in the environment.',
    );
  });
  test("a wrong value in one is never shown", () => {
    const message = messageOf(() =>
      parseConfig(FULL, source({ ...ENV, SMTP_PORT: "hunter2", WEB_SECRET: "hunter2" })),
    );
    expect(message).toContain('intake[2].smtp.port holds "${SMTP_PORT}"; it accepts a port number');
    expect(message).toContain(
      'web.secret holds "${WEB_SECRET}"; it accepts a secret of 16 characters or more',
    );
    expect(message).not.toContain("hunter2");
  });
  test("a value can add no keys, and $${ stands for itself", () => {
    const small =
      'desk: { name: "$${A} ${B}", address: a@desk.example, review_address: r@desk.example }\nintake: [{ smtp: {} }]\nrelay: { capture: true }\n';
    const config = parseConfig(small, source({ B: "x, address: evil@evil.example }" }));
    expect(config.desk.name).toBe("${A} x, address: evil@evil.example }");
    expect(config.desk.address).toBe("a@desk.example");
  });
  test("what every object has is no variable", () => {
    expect(messageOf(() => parseConfig('desk: { name: "${constructor}" }', source()))).toContain(
      "constructor is not in the environment",
    );
  });
});

describe("a file that cannot be read", () => {
  test("all problems come at once", () => {
    const message = messageOf(() =>
      parseConfig("desk: { adress: x@desk.example }\nintake: []\nrelay: { capture: maybe }\n", source()),
    );
    expect(message.split("\n")).toEqual([
      "The configuration has 4 problems:",
      "countersign.yaml:1: desk.address is missing; it accepts a mail address such as ana@contoso.example.",
      "countersign.yaml:1: desk.review_address is missing; it accepts a mail address such as ana@contoso.example.",
      'countersign.yaml:1: desk.adress holds an unknown key; it accepts name, address, review_address, timezone (did you mean "address"?).',
      'countersign.yaml:3: relay.capture holds "maybe"; it accepts true, alone; or leave it out and name a host.',
    ]);
  });
  test.each([
    ["", "countersign.yaml: the file is empty; it accepts a map with the keys desk"],
    ["- a\n", "countersign.yaml:1: the file holds a list; it accepts a map with the keys desk"],
    ["desk: {\n", "the file holds something that is not YAML"],
    [
      "desk: {}\ndesk: {}\n",
      "countersign.yaml:2: the file holds something that is not YAML; it accepts YAML (Map keys must be unique).",
    ],
  ])("%j", (text, expected) => {
    expect(messageOf(() => parseConfig(text, source()))).toContain(expected);
  });
  test("aliases that multiply are refused", () => {
    const bomb = [
      "a: &a [x, x, x, x, x, x, x, x, x]",
      ...["b", "c", "d", "e", "f"].map(
        (name, index) =>
          `${name}: &${name} [${Array(9)
            .fill(`*${"abcdef"[index] ?? "a"}`)
            .join(", ")}]`,
      ),
    ].join("\n");
    expect(messageOf(() => parseConfig(bomb, source()))).toContain("aliases that multiply");
  });
});

describe("the desk's key", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "countersign-key-"));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });
  const at = () => ({ security: { key: null, keyFile: join(folder, "data/desk.key") } });

  test("is made once, for its owner alone, and is the same afterwards", async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => loadDeskKey(at())));
    expect(new Set(keys.map((key) => key.toString("hex"))).size).toBe(1);
    expect(keys[0]).toHaveLength(32);
    expect((await stat(at().security.keyFile)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, "data"))).toEqual(["desk.key"]);
  });
  test("is the same when the file's text moves into the configuration", async () => {
    const key = await loadDeskKey(at());
    const text = (await readFile(at().security.keyFile, "utf8")).trim();
    expect(await loadDeskKey({ security: { key: text, keyFile: "/nowhere" } })).toEqual(key);
    expect(key.toString("hex")).not.toBe(text);
  });
  test("is refused where others can read it, where it is cut, and where it cannot be made", async () => {
    const file = join(folder, "desk.key");
    const security = { key: null, keyFile: file };
    await writeFile(file, "0".repeat(64), { mode: 0o644 });
    await expect(loadDeskKey({ security })).rejects.toThrow(
      "can be read by other users (mode 644). Run: chmod 600",
    );
    await rm(file);
    await writeFile(file, "short", { mode: 0o600 });
    await expect(loadDeskKey({ security })).rejects.toThrow("fewer than 32 characters");
    await expect(loadDeskKey({ security: { key: null, keyFile: join(file, "desk.key") } })).rejects.toThrow(
      UsageError,
    );
  });
});

const withMailbox = (imap: string): string =>
  `desk: { address: support@desk.example, review_address: review@desk.example }
intake: [{ imap: { ${imap}, user: support, pass: x } }]
relay: { capture: true }
review: { identity: [exchange] }
`;

const warningsOf = (host: string): readonly string[] =>
  parseConfig(
    `desk: { address: support@desk.example, review_address: review@desk.example }
intake: [{ smtp: { host: ${host} } }]
relay: { capture: true }
review: { identity: [authentication-results], authserv_id: mx.desk.example }
`,
    source(),
  ).warnings.filter((warning) => warning.includes("authentication-results"));

describe("Exchange's word", () => {
  test("is believed in its own mailboxes alone", () => {
    expect(messageOf(() => parseConfig(withMailbox("host: mail.desk.example"), source()))).toContain(
      "it accepts exchange only beside an imap intake of outlook.office365.com",
    );
    for (const imap of ["host: Outlook.Office365.com", "host: ex01.desk.example, exchange: true"])
      expect(parseConfig(withMailbox(imap), source()).intake[0]).toMatchObject({ exchange: true });
    expect(() => parseConfig(withMailbox("host: outlook.office365.com, exchange: false"), source())).toThrow(
      /exchange only beside/,
    );
  });
  test("the border's is doubtful where others reach the SMTP intake, and the start says so", () => {
    expect(warningsOf("127.0.0.1")).toEqual([]);
    expect(warningsOf("0.0.0.0")).toHaveLength(1);
  });
});
