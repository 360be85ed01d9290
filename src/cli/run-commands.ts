import { Command, CommanderError } from "commander";
import { UsageError, reasonOf } from "../errors.ts";
import { VERSION } from "./version.ts";

/** Parse the command line and run one of these. Answers the exit code: 0, 1 (failed) or 2 (wrong usage). */
export async function runCommands(argv: readonly string[], commands: readonly Command[]): Promise<number> {
  const program = new Command("countersign")
    .description("An email-centric helpdesk gateway: it drafts, a person countersigns.")
    .version(VERSION)
    .showHelpAfterError("Run the command with --help to see what it takes.")
    .exitOverride();
  for (const command of commands) program.addCommand(withOwnExit(command));
  try {
    await program.parseAsync([...argv]);
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`${portTaken(error) ?? reasonOf(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

/** Also for `audit export` and the like: a wrong usage answers 2 and says where help is, however deep the command. */
function withOwnExit(command: Command): Command {
  for (const inner of command.commands) withOwnExit(inner);
  return command.showHelpAfterError("Run the command with --help to see what it takes.").exitOverride();
}

/** What to do about a port that another program holds; `null` for any other error. */
function portTaken(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error) || error.code !== "EADDRINUSE") return null;
  const port = "port" in error ? String(error.port) : "";
  return `Port ${port} is taken by another program, perhaps another desk. Stop that one, or name another port in countersign.yaml (intake smtp port, web port).`;
}
