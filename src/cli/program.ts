import { Command, CommanderError } from "commander";
import { UsageError, reasonOf } from "../errors.ts";
import { auditCommand } from "./audit.ts";
import { demoCommand } from "./demo.ts";
import { doctorCommand } from "./doctor.ts";
import { importCommand } from "./import.ts";
import { inspectCommand } from "./inspect.ts";
import { lookupCommand } from "./lookup.ts";
import { policyCommand } from "./policy.ts";
import { startCommand } from "./start.ts";
import { accessCommands } from "./access.ts";
import { VERSION } from "./version.ts";

/** Parse the command line and run it. Answers the exit code: 0, 1 (failed) or 2 (wrong usage). */
export async function runProgram(argv: readonly string[]): Promise<number> {
  const program = new Command("countersign")
    .description("An email-centric helpdesk gateway: it drafts, a person countersigns.")
    .version(VERSION)
    .showHelpAfterError("Run the command with --help to see what it takes.")
    .exitOverride();
  for (const command of [
    startCommand(),
    demoCommand(),
    importCommand(),
    doctorCommand(),
    inspectCommand(),
    lookupCommand(),
    auditCommand(),
    policyCommand(),
    ...accessCommands(),
  ]) {
    program.addCommand(command.exitOverride());
  }
  try {
    await program.parseAsync([...argv]);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`${reasonOf(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}
