import { auditCommand } from "./audit.ts";
import { deliveryCommand } from "./delivery.ts";
import { demoCommand } from "./demo.ts";
import { doctorCommand } from "./doctor.ts";
import { evalCommand } from "./eval.ts";
import { importCommand } from "./import.ts";
import { inspectCommand } from "./inspect.ts";
import { lookupCommand } from "./lookup.ts";
import { modelCommand } from "./model.ts";
import { policyCommand } from "./policy.ts";
import { quarantineCommand } from "./quarantine.ts";
import { startCommand } from "./start.ts";
import { accessCommands } from "./access.ts";
import { runCommands } from "./run-commands.ts";

/** Parse the command line and run it. Answers the exit code: 0, 1 (failed) or 2 (wrong usage). */
export async function runProgram(argv: readonly string[]): Promise<number> {
  return runCommands(argv, [
    startCommand(),
    demoCommand(),
    importCommand(),
    doctorCommand(),
    inspectCommand(),
    lookupCommand(),
    auditCommand(),
    policyCommand(),
    evalCommand(),
    modelCommand(),
    quarantineCommand(),
    deliveryCommand(),
    ...accessCommands(),
  ]);
}
