import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { startIntakes, type ImapPatience, type RunningIntakes } from "../../src/cli/intakes.ts";
import { openDesk, type OpenDesk, type OpenOptions } from "../../src/cli/open-desk.ts";
import { embeddedDefaults, type Config, type IntakeConfig } from "../../src/config.ts";
import { parseDeskFile } from "../../src/desk/desk-file.ts";
import { importArticles, importDeskFile } from "../../src/steps/admin/import-desk.ts";
import type { Desk } from "../../src/steps/desk.ts";
import { startWorker, type Worker } from "../../src/worker.ts";
import { NO_STARTER } from "./no-starter.ts";
import { startRelay, type Relay, type RelayedMail } from "./relay.ts";

/** The people of the stories: an MSP with two technicians and an admin, and two clients. */
export const DESK_YAML = `
queues:
  - { name: Service Desk, default: true }
  - { name: Network, skills: [vpn, network, outage] }
technicians:
  - { name: Dana Wu, email: dana@msp.example, role: technician, queues: [Network, Service Desk], skills: [vpn] }
  - { name: Kim Sato, email: kim@msp.example, role: lead, queues: [Service Desk] }
  - { name: Alex Admin, email: alex@msp.example, role: admin, queues: [] }
clients:
  - { name: Contoso, domains: [contoso.example], vip: true, contacts: [{ name: Ana Ruiz, email: ana@contoso.example }] }
  - { name: Fabrikam, domains: [fabrikam.example], contacts: [{ name: Li Chen, email: li@fabrikam.example }] }
`;

export interface TestDeskOptions {
  /** Database URL; a SQLite file of its own by default. */
  readonly databaseUrl?: string;
  readonly intake?: readonly IntakeConfig[];
  /** For IMAP: how soon a lost connection is tried again, and the like. */
  readonly patience?: ImapPatience;
  readonly holdMs?: number;
  readonly digestEveryMs?: number;
  readonly identity?: Config["review"]["identity"];
  /** Further settings of `review`. */
  readonly review?: Partial<Config["review"]>;
  /** `dns.servers` */
  readonly nameServers?: readonly string[];
  /** Added to DESK_YAML: `policies:` and the like. */
  readonly yaml?: string;
  readonly open?: OpenOptions;
  readonly alerts?: Config["alerts"];
  readonly assistant?: Config["assistant"];
  /** How the desk logs in at the relay. */
  readonly relayAuth?: Extract<Config["relay"], { kind: "smtp" }>["auth"];
  /** Gets each line of the log, JSON. */
  readonly onLog?: (line: string) => void;
  readonly relay?: Relay;
  /** Keep the database of an earlier desk: the folder that `directory` named. */
  readonly directory?: string;
  readonly worker?: boolean;
  /** The domain of the support and the review address. Default `desk.example`. */
  readonly domain?: string;
}

export interface TestDesk {
  readonly desk: Desk;
  readonly open: OpenDesk;
  readonly intakes: RunningIntakes;
  /** SMTP intake. */
  readonly port: number;
  readonly relay: Relay;
  readonly directory: string;
  /** Mails at the relay for one recipient, oldest first. */
  mailsFor(address: string): readonly RelayedMail[];
  /** The `count`-th mail for a recipient (from 1), when it is there. */
  mailFor(address: string, count?: number, withinMs?: number): Promise<RelayedMail>;
  /** Waits until no job waits or runs. */
  idle(withinMs?: number): Promise<void>;
  close(): Promise<void>;
}

/** A whole desk in this process, with real SMTP on both sides. */
export async function startTestDesk(options: TestDeskOptions = {}): Promise<TestDesk> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), "countersign-test-")));
  const relay = options.relay ?? (await startRelay());
  const defaults = embeddedDefaults(directory);
  const config: Config = {
    ...defaults,
    desk: {
      ...defaults.desk,
      name: "Northwind Support",
      ...(options.domain === undefined
        ? {}
        : { address: `support@${options.domain}`, reviewAddress: `review@${options.domain}` }),
    },
    intake: options.intake ?? [{ kind: "smtp", host: "127.0.0.1", port: 0, maxSizeBytes: 52_428_800 }],
    relay: {
      kind: "smtp",
      host: "127.0.0.1",
      port: relay.port,
      secure: false,
      auth: options.relayAuth ?? null,
    },
    database: options.databaseUrl?.startsWith("postgres")
      ? { kind: "postgres", url: options.databaseUrl }
      : defaults.database,
    alerts: options.alerts ?? defaults.alerts,
    assistant: options.assistant ?? defaults.assistant,
    review: {
      ...defaults.review,
      holdMs: options.holdMs ?? 0,
      digestEveryMs: options.digestEveryMs ?? 0,
      identity: options.identity ?? ["token"],
      ...options.review,
    },
    dns: { servers: options.nameServers ?? null },
  };
  const log =
    options.onLog === undefined
      ? pino({ level: process.env["TEST_LOG"] ?? "silent" })
      : pino({ level: "trace" }, { write: options.onLog });
  const open = await openDesk(config, log, { starter: NO_STARTER, ...options.open });
  const { desk } = open;
  if (options.directory === undefined) {
    const { desk: file, problems } = parseDeskFile(DESK_YAML + (options.yaml ?? ""), "desk.yaml");
    if (problems.length > 0) throw new Error(JSON.stringify(problems));
    await importDeskFile(desk, file, "alex@msp.example");
    await importArticles(
      desk,
      [
        {
          title: "VPN client 7.2 drops every hour",
          source: "vpn-7-2.md",
          body: "Known fault of the VPN client 7.2.\n\n1. Open the VPN client.\n2. Choose Settings, Connection.\n3. Switch Fast rekey off.",
          clientId: null,
        },
      ],
      "alex@msp.example",
    );
  }
  const worker: Worker | null = options.worker === false ? null : await startWorker(desk);
  const intakes = await startIntakes(open, options.patience);
  const mailsFor = (address: string): readonly RelayedMail[] =>
    relay.mails.filter((mail) => mail.to.includes(address));
  return {
    desk,
    open,
    intakes,
    port: intakes.smtpPorts[0] ?? 0,
    relay,
    directory,
    mailsFor,
    async mailFor(address, count = 1, withinMs = 25_000) {
      const mail = await eventually(() => mailsFor(address)[count - 1], withinMs);
      if (mail === undefined)
        throw new Error(
          `mail ${count} for ${address} did not come within ${withinMs} ms; there are ${mailsFor(address).length}`,
        );
      return mail;
    },
    async idle(withinMs = 25_000) {
      const quiet = await eventually(
        async () => ((await desk.queue.counts()).every((row) => row.state === "failed") ? true : undefined),
        withinMs,
      );
      if (quiet === undefined)
        throw new Error(
          `jobs are still there after ${withinMs} ms: ${JSON.stringify(await desk.queue.counts())}`,
        );
    },
    async close() {
      await intakes.close();
      if (worker !== null) await worker.stop();
      else await desk.queue.stop();
      await open.close();
      if (options.relay === undefined) await relay.close();
      if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Look until there is something, or the time is up. */
export async function eventually<T>(
  look: () => T | undefined | Promise<T | undefined>,
  withinMs: number,
): Promise<T | undefined> {
  const end = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined || Date.now() > end) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
