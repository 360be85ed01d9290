import { readFile } from "node:fs/promises";
import { Resolver as DnsResolver } from "node:dns/promises";
import { Command } from "commander";
import { fileMessage } from "../desk/threading.ts";
import type { Filing } from "../desk/filing.ts";
import { UsageError, reasonOf } from "../errors.ts";
import { sameAddress } from "../mail/address.ts";
import { authenticate, type Authentication } from "../mail/authentication.ts";
import type { ParsedMessage } from "../mail/message.ts";
import { parseMessage } from "../mail/parse/parse.ts";
import { tokenIn } from "../review/token.ts";
import type { Config } from "../config.ts";
import { readConfig, takesConfig, type ConfigOption } from "./with-desk.ts";

export function inspectCommand(): Command {
  return takesConfig(new Command("inspect"))
    .description(
      "how the desk reads a message: parts, new and quoted text, automatic or not, bounce, authentication, filing",
    )
    .argument("<file...>", "raw messages (.eml)")
    .option("--json", "one line of JSON a file")
    .action((files: string[], options: ConfigOption & { json?: boolean }) => inspect(files, options));
}

async function inspect(files: readonly string[], options: ConfigOption & { json?: boolean }): Promise<void> {
  const config = await readConfig(options);
  let failed = 0;
  for (const file of files) {
    try {
      const report = await reportOn(file, config);
      process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : `${describe(report)}\n`);
    } catch (error) {
      failed += 1;
      process.stderr.write(`${file}: ${reasonOf(error)}\n`);
    }
  }
  if (failed > 0) process.exitCode = 1;
}

/** The contract of `inspect --json`. */
async function reportOn(file: string, config: Config) {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new UsageError("it cannot be read", { cause });
  });
  const message = await parseMessage({ bytes });
  const authentication = await check(bytes, message, config);
  const filing = filingOf(message, config, authentication);
  return {
    file,
    messageId: message.messageId,
    from: message.from[0]?.address ?? null,
    to: message.to.map((mailbox) => mailbox.address),
    subject: message.subject,
    date: message.date?.toISOString() ?? null,
    newText: message.newText,
    quotedText: message.quotedText,
    filing: { kind: filing.kind, reason: filing.reason },
    automatic: message.automatic,
    deliveryStatus:
      message.deliveryStatus === null
        ? null
        : {
            status: message.deliveryStatus.status,
            action: message.deliveryStatus.action,
            diagnostic: message.deliveryStatus.diagnostic,
            kind: message.deliveryStatus.kind,
            reason: message.deliveryStatus.reason,
            finalRecipient: message.deliveryStatus.finalRecipient,
          },
    authentication: {
      spf: authentication?.spf ?? "none",
      dkim: authentication?.dkim ?? "none",
      dmarc: authentication?.dmarc ?? "none",
    },
    attachments: message.attachments.map(({ filename, contentType, size, inline }) => ({
      filename,
      contentType,
      size,
      inline,
    })),
    text: message.text,
  };
}

type Report = Awaited<ReturnType<typeof reportOn>>;

/** A file has no envelope, so SPF is `none`; an unsigned mail needs no look into DNS. */
async function check(bytes: Buffer, message: ParsedMessage, config: Config): Promise<Authentication | null> {
  if (!message.headers.some((field) => field.name === "dkim-signature")) return null;
  const dns = new DnsResolver({ timeout: 2000, tries: 1 });
  if (config.dns.servers !== null) dns.setServers([...config.dns.servers]);
  return authenticate(bytes, {
    envelope: null,
    receivedAt: new Date(),
    authservId: config.review.authservId ?? "",
    resolver: (name, rrtype) => dns.resolve(name, rrtype) as Promise<string[]>,
  });
}

/** As an empty desk would file it: nobody is known yet, so no message joins a ticket. */
function filingOf(message: ParsedMessage, config: Config, authentication: Authentication | null): Filing {
  const { address, reviewAddress } = config.desk;
  const recipients = [...message.to, ...message.cc].map((mailbox) => mailbox.address);
  const fromDesk = message.from.some((mailbox) =>
    [address, reviewAddress].some((own) => sameAddress(own, mailbox.address)),
  );
  return fileMessage(message, {
    deskAddresses: [address, reviewAddress],
    reviewTokenPresent: tokenIn(recipients, reviewAddress) !== null,
    knownReferences: [],
    referencedTicket: null,
    alert: null,
    sender: { technician: null, client: null, contact: null },
    forward: null,
    releaseForBounce: null,
    insideMailForBounce: null,
    ownMessage: fromDesk ? { ticketId: null } : null,
    authenticationFailed: authentication?.dmarc === "fail",
    now: new Date(),
  });
}

function describe(report: Report): string {
  const lines = [
    report.file,
    `  from        ${report.from ?? "(nobody readable)"}`,
    `  to          ${report.to.join(", ") || "(nobody)"}`,
    `  subject     ${report.subject}`,
    `  date        ${report.date ?? "(none)"}`,
    `  message-id  ${report.messageId ?? "(none)"}`,
    `  filing      ${report.filing.kind}: ${report.filing.reason} (As a desk without tickets; yours also knows its threads.)`,
    `  automatic   ${report.automatic.verdict}${report.automatic.reasons.length === 0 ? "" : ` (${report.automatic.reasons.join("; ")})`}`,
  ];
  if (report.deliveryStatus !== null)
    lines.push(
      `  bounce      ${report.deliveryStatus.kind} ${report.deliveryStatus.status} ${report.deliveryStatus.finalRecipient}: ${report.deliveryStatus.reason}`,
    );
  lines.push(
    `  proofs      spf=${report.authentication.spf} dkim=${report.authentication.dkim} dmarc=${report.authentication.dmarc}`,
  );
  for (const attachment of report.attachments)
    lines.push(
      `  attachment  ${attachment.filename} (${attachment.contentType}, ${attachment.size} bytes${attachment.inline ? ", inline" : ""})`,
    );
  lines.push("  new text", ...indent(report.newText), "  quoted text", ...indent(report.quotedText));
  return lines.join("\n");
}

function indent(text: string): readonly string[] {
  if (text.trim() === "") return ["    (none)"];
  return text.split("\n").map((line) => `    ${line}`);
}
