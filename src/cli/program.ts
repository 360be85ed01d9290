import type { Command } from "commander";
import { runCommands } from "./run-commands.ts";

/** Each is read when it is asked for: reading the whole program takes longer than most of what they do. */
export const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ["start", async () => (await import("./start.ts")).startCommand()],
  ["demo", async () => (await import("./demo.ts")).demoCommand()],
  ["import", async () => (await import("./import.ts")).importCommand()],
  ["doctor", async () => (await import("./doctor.ts")).doctorCommand()],
  ["inspect", async () => (await import("./inspect.ts")).inspectCommand()],
  ["lookup", async () => (await import("./lookup.ts")).lookupCommand()],
  ["audit", async () => (await import("./audit.ts")).auditCommand()],
  ["policy", async () => (await import("./policy.ts")).policyCommand()],
  ["eval", async () => (await import("./eval.ts")).evalCommand()],
  ["model", async () => (await import("./model.ts")).modelCommand()],
  ["quarantine", async () => (await import("./quarantine.ts")).quarantineCommand()],
  ["delivery", async () => (await import("./delivery.ts")).deliveryCommand()],
  ["token", async () => (await import("./access.ts")).tokenCommand()],
  ["login-link", async () => (await import("./access.ts")).loginLinkCommand()],
]);

/** Parse the command line and run it. Answers the exit code: 0, 1 (failed) or 2 (wrong usage). */
export async function runProgram(argv: readonly string[]): Promise<number> {
  const asked = COMMANDS.get(argv[2] ?? "");
  // For `--help`, and a word that is no command, all are told.
  const readers = asked === undefined ? [...COMMANDS.values()] : [asked];
  return runCommands(argv, await Promise.all(readers.map((read) => read())));
}
