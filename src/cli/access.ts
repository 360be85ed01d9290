import { Command, Option } from "commander";
import { UsageError } from "../errors.ts";
import { person } from "../desk/event.ts";
import { sameAddress } from "../mail/address.ts";
import { transact } from "../steps/unit.ts";
import { createApiToken, createLoginLink, type ApiRole } from "../store/access.ts";
import { takesConfig, withDesk, type ConfigOption } from "./with-desk.ts";

const LINK_MINUTES = 15;

export function tokenCommand(): Command {
  return new Command("token").description("tokens for the API").addCommand(
    takesConfig(new Command("create"))
      .description("make a token for the API; it is printed once, alone on the last line")
      .requiredOption("--name <name>", "what it is for, shown in the audit log")
      .addOption(
        new Option("--role <role>", "what it may do")
          .choices(["viewer", "technician", "admin"])
          .default("viewer"),
      )
      .action((options: ConfigOption & { name: string; role: ApiRole }) => createToken(options)),
  );
}

export function loginLinkCommand(): Command {
  return takesConfig(new Command("login-link"))
    .description("print a single-use link that signs a technician in to the console")
    .argument("<email>", "the technician's registered address")
    .action((email: string, options: ConfigOption) => createLink(email, options));
}

async function createToken(options: ConfigOption & { name: string; role: ApiRole }): Promise<void> {
  const token = await withDesk(options, ({ desk }) =>
    transact(desk, "token", async (unit) => {
      unit.record({
        stream: "desk",
        actor: person("operator at the command line"),
        kind: "token.created",
        sentence: `An API token “${options.name}” (${options.role}) was made.`,
        evidence: { name: options.name, role: options.role },
      });
      return createApiToken(unit.db, options.name, options.role, unit.now);
    }),
  );
  process.stdout.write(
    `A token for ${options.name} (${options.role}). Keep it: it is not shown again.\n${token}\n`,
  );
}

async function createLink(email: string, options: ConfigOption): Promise<void> {
  const url = await withDesk(options, async ({ desk, config }) => {
    const { technicians } = await desk.directory.current();
    const technician = technicians.find((one) => one.active && sameAddress(one.email, email));
    if (technician === undefined)
      throw new UsageError(
        `${email} is no active technician here. There are: ${technicians.map((one) => one.email).join(", ") || "none; import one first"}.`,
      );
    const secret = await transact(desk, "login-link", async (unit) => {
      unit.record({
        stream: "desk",
        actor: person("operator at the command line"),
        kind: "login-link.created",
        sentence: `A sign-in link for ${technician.email} was made.`,
        evidence: { technicianId: technician.id },
      });
      return createLoginLink(
        unit.db,
        technician.id,
        new Date(unit.at.getTime() + LINK_MINUTES * 60_000).toISOString(),
      );
    });
    return `${config.web.url}/sign-in/${secret}`;
  });
  process.stdout.write(`It works once, within ${LINK_MINUTES} minutes:\n${url}\n`);
}
