import { Resolver as DnsResolver } from "node:dns/promises";
import { Command } from "commander";
import { ImapFlow } from "imapflow";
import { domainOf } from "../mail/address.ts";
import type { Config, ImapConfig } from "../config.ts";
import { reasonOf } from "../errors.ts";
import { createLog } from "./log.ts";
import { credentials, openDesk, type OpenDesk } from "./open-desk.ts";
import { relayAnswers } from "./readiness.ts";
import { readConfig, takesConfig, type ConfigOption } from "./with-desk.ts";

export function doctorCommand(): Command {
  return takesConfig(new Command("doctor"))
    .description(
      "check configuration, database, mailbox, relay, DNS and people, each with what to do about it",
    )
    .action((options: ConfigOption) => doctor(options));
}

interface Finding {
  readonly name: string;
  readonly verdict: "ok" | "look" | "wrong";
  readonly detail: string;
}

async function doctor(options: ConfigOption): Promise<void> {
  const config = await readConfig(options);
  const findings: Finding[] = [
    {
      name: "configuration",
      verdict: "ok",
      detail: config.file ?? "no countersign.yaml: the embedded defaults",
    },
  ];
  for (const warning of config.warnings)
    findings.push({ name: "configuration", verdict: "look", detail: warning });
  findings.push(...(await examineDesk(config)));
  for (const intake of config.intake) if (intake.kind === "imap") findings.push(await examineMailbox(intake));
  findings.push(
    await examine(
      "relay",
      () => relayAnswers({ config }),
      "Check relay.host and relay.port, and that this machine may connect.",
    ),
  );
  findings.push(await examineDns(config));
  for (const { name, verdict, detail } of findings)
    process.stdout.write(`${verdict.padEnd(6)} ${name.padEnd(16)} ${detail}\n`);
  if (findings.some((finding) => finding.verdict === "wrong")) process.exitCode = 1;
}

async function examine(name: string, look: () => Promise<string>, todo: string): Promise<Finding> {
  try {
    return { name, verdict: "ok", detail: await look() };
  } catch (error) {
    return { name, verdict: "wrong", detail: `${reasonOf(error)}. ${todo}` };
  }
}

async function examineDesk(config: Config): Promise<readonly Finding[]> {
  let open: OpenDesk;
  try {
    open = await openDesk(config, createLog({ level: "fatal", format: "json" }));
  } catch (error) {
    return [{ name: "database", verdict: "wrong", detail: reasonOf(error) }];
  }
  try {
    const { technicians, queues, policies } = await open.desk.directory.current();
    const findings: Finding[] = [
      { name: "database", verdict: "ok", detail: `${open.desk.database.dialect}, up to date` },
    ];
    findings.push(
      technicians.length === 0
        ? {
            name: "people",
            verdict: "wrong",
            detail:
              "there is no technician, so nobody can be asked: countersign import desk.yaml --as you@msp.example",
          }
        : {
            name: "people",
            verdict: "ok",
            detail: `${technicians.length} technicians, ${queues.length} queues`,
          },
    );
    findings.push({
      name: "policies",
      verdict: "ok",
      detail:
        policies.version === 0
          ? "none: a person decides everything"
          : `version ${policies.version} by ${policies.author}, ${policies.rules.length} ${policies.rules.length === 1 ? "rule" : "rules"}`,
    });
    return findings;
  } finally {
    await open.desk.queue.stop();
    await open.close();
  }
}

function examineMailbox(intake: ImapConfig): Promise<Finding> {
  return examine(
    `mailbox ${intake.auth.user}`,
    async () => {
      const auth = credentials(intake.auth);
      const client = new ImapFlow({
        host: intake.host,
        port: intake.port,
        secure: intake.secure,
        logger: false,
        connectionTimeout: 10_000,
        auth:
          "pass" in auth
            ? { user: auth.user, pass: auth.pass }
            : { user: auth.user, accessToken: await auth.oauth2() },
      });
      client.on("error", () => {});
      await client.connect();
      try {
        const status = await client.status(intake.folder, { messages: true, uidNext: true });
        if (status === false) throw new Error(`there is no folder ${intake.folder}`);
        return `${intake.folder} holds ${status.messages ?? 0} messages; new mail starts at UID ${status.uidNext ?? 1}`;
      } finally {
        await client.logout();
      }
    },
    "Check imap.host, port, user and password, and that the folder exists.",
  );
}

async function examineDns(config: Config): Promise<Finding> {
  if (!config.review.identity.includes("dkim"))
    return { name: "dns", verdict: "ok", detail: "not needed: no signature is checked" };
  const dns = new DnsResolver({ timeout: 3000, tries: 1 });
  if (config.dns.servers !== null) dns.setServers([...config.dns.servers]);
  const domain = domainOf(config.desk.address);
  return examine(
    "dns",
    async () => {
      try {
        await dns.resolve(domain, "MX");
      } catch (error) {
        const code = (error as { code?: string }).code;
        if (code !== "ENOTFOUND" && code !== "ENODATA") throw error;
        return `answers (${domain} has no MX)`;
      }
      return "answers";
    },
    "Without DNS no signature can be checked, and every approval waits. Check dns.servers.",
  );
}
