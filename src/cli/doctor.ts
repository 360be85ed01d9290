import { Resolver as DnsResolver } from "node:dns/promises";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { domainOf } from "../mail/address.ts";
import type { Config } from "../config.ts";
import { reasonOf, UsageError } from "../errors.ts";
import { checkTemplate, CLIENT_VARIABLES, loadTemplateFiles } from "../templates.ts";
import { createLog } from "./log.ts";
import { probeMailbox } from "../transport/imap-connection.ts";
import { probeRelay } from "../transport/relay-probe.ts";
import { credentials, openDesk, relayConfig, TEMPLATES, type OpenDesk } from "./open-desk.ts";
import { CAPTURED } from "./readiness.ts";
import { createTokens } from "./tokens.ts";
import { examineModel, examineVectors } from "./doctor-model.ts";
import { probe } from "./doctor-probe.ts";
import { readConfig, takesConfig, withDesk, type ConfigOption } from "./with-desk.ts";

export function doctorCommand(): Command {
  return takesConfig(new Command("doctor"))
    .description(
      "check configuration, database, mailbox, relay, model, DNS and people, each with what to do about it",
    )
    .option(
      "--probe <technician>",
      "instead: mail a test to this technician (address or name), wait for the reply, and say by which proof it counts",
    )
    .option("--wait <minutes>", "with --probe: how long to wait for the reply", minutesIn, 15)
    .action((options: DoctorOptions) =>
      options.probe === undefined ? doctor(options) : probeReplies(options, options.probe),
    );
}

/** For a mail server to answer. */
const PATIENCE_MS = 10_000;

interface Finding {
  readonly name: string;
  readonly verdict: "ok" | "look" | "wrong";
  readonly detail: string;
}

interface DoctorOptions extends ConfigOption {
  readonly probe?: string;
  readonly wait: number;
}

function minutesIn(text: string): number {
  const minutes = Number(text);
  if (!(minutes > 0 && minutes <= 24 * 60))
    throw new InvalidArgumentError("A number of minutes is needed, such as 15.");
  return minutes;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function probeReplies(options: DoctorOptions, technician: string): Promise<void> {
  return withDesk(options, async (open) => {
    if (!(await probe(open, { technician, waitMs: options.wait * 60_000, say }))) process.exitCode = 1;
  });
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
  findings.push(await examineTemplates());
  findings.push(await examineDns(config));
  for (const { name, verdict, detail } of findings)
    process.stdout.write(`${verdict.padEnd(6)} ${name.padEnd(16)} ${detail}\n`);
  if (findings.some((finding) => finding.verdict === "wrong")) process.exitCode = 1;
}

async function examine(name: string, look: () => Promise<string>, todo = ""): Promise<Finding> {
  try {
    return { name, verdict: "ok", detail: await look() };
  } catch (error) {
    return { name, verdict: "wrong", detail: todo === "" ? reasonOf(error) : `${reasonOf(error)}. ${todo}` };
  }
}

const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? "" : "s"}`;

/** The texts beside the program: what the console saves is checked there, a file that was edited on the disk only here. */
async function examineTemplates(): Promise<Finding> {
  const name = "templates";
  const texts = [...(await loadTemplateFiles(TEMPLATES))].filter(([file]) => file.startsWith("client/"));
  const problems = texts.flatMap(([file, source]) =>
    checkTemplate(file, source, CLIENT_VARIABLES).map(
      ({ line, message }) => `${join(TEMPLATES, file)}.hbs:${line}: ${message}`,
    ),
  );
  return problems.length === 0
    ? { name, verdict: "ok", detail: `${counted(texts.length, "text")} to clients` }
    : {
        name,
        verdict: "wrong",
        detail: `${problems.join("; ")}. Until it is mended, a review that takes it comes without a draft.`,
      };
}

async function examineDesk(config: Config): Promise<readonly Finding[]> {
  let open: OpenDesk;
  try {
    open = await openDesk(config, createLog({ level: "fatal", format: "json" }));
  } catch (error) {
    // A file beside the program that cannot be read stops the desk as well, and is no matter of the database.
    const name = error instanceof UsageError ? "files" : "database";
    const wrong: Finding = { name, verdict: "wrong", detail: reasonOf(error) };
    return [wrong, ...(await examineMail(config, null))];
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
            detail: `${counted(technicians.length, "technician")}, ${counted(queues.length, "queue")}`,
          },
    );
    findings.push({
      name: "policies",
      verdict: "ok",
      detail:
        policies.version === 0
          ? "none: a person decides everything"
          : `version ${policies.version} by ${policies.author}, ${counted(policies.rules.length, "rule")}`,
    });
    findings.push(...(await examineMail(config, open)));
    findings.push({ name: "model", ...(await examineModel(config, open)) });
    const vectors = await examineVectors(config, open);
    if (vectors !== null) findings.push({ name: "vectors", ...vectors });
    return findings;
  } finally {
    await open.desk.queue.stop();
    await open.close();
  }
}

/** The login that the intakes and the sender use, also by OAuth 2.0; each finding says who must do what where. */
async function examineMail(config: Config, open: OpenDesk | null): Promise<readonly Finding[]> {
  const tokens = open?.tokens ?? createTokens(null, createLog({ level: "silent", format: "json" }));
  const findings: Finding[] = [];
  for (const intake of config.intake) {
    if (intake.kind !== "imap") continue;
    const { host, port, secure, folder } = intake;
    const auth = credentials(intake.auth, tokens);
    const login = {
      host,
      port,
      secure,
      user: auth.user,
      connectWithin: PATIENCE_MS,
      ...("pass" in auth ? { pass: auth.pass } : { accessToken: auth.oauth2 }),
    };
    findings.push(await examine(`mailbox ${auth.user}`, () => probeMailbox(login, folder)));
  }
  const { relay } = config;
  findings.push(
    relay.kind === "capture"
      ? { name: "relay", verdict: "ok", detail: CAPTURED }
      : await examine("relay", () => probeRelay(relayConfig(relay, tokens), PATIENCE_MS)),
  );
  return findings;
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
