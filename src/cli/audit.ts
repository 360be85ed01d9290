import { Command, InvalidArgumentError } from "commander";
import { UsageError } from "../errors.ts";
import { verifyChains } from "../store/events.ts";
import { caseFile } from "../steps/admin/case-file.ts";
import { missingFromWitness } from "../steps/upkeep/freeze.ts";
import { takesConfig, withDesk, type ConfigOption } from "./with-desk.ts";

export function auditCommand(): Command {
  const audit = new Command("audit").description("the audit log");
  audit.addCommand(
    takesConfig(new Command("verify"))
      .description("check every hash chain: what was edited, deleted or cut off is named")
      .action((options: ConfigOption) => verify(options)),
  );
  audit.addCommand(
    takesConfig(new Command("export"))
      .description("write the case file of a ticket, as JSON, to standard output")
      .requiredOption("--ticket <number>", "the ticket's number", numberIn)
      .action((options: ConfigOption & { ticket: number }) => exportTicket(options)),
  );
  return audit;
}

function numberIn(text: string): number {
  const number = Number(text.replace(/^#/, ""));
  if (!Number.isInteger(number) || number < 1)
    throw new InvalidArgumentError("a ticket's number is wanted, such as 1042.");
  return number;
}

async function verify(options: ConfigOption): Promise<void> {
  const result = await withDesk(options, async ({ desk }) => {
    const verified = await verifyChains(desk.database.reader);
    return { ...verified, faults: [...verified.faults, ...(await missingFromWitness(desk))] };
  });
  for (const fault of result.faults)
    process.stderr.write(`${fault.stream} event ${fault.seq}: ${fault.what}\n`);
  const counted = `${result.events} events in ${result.streams} chains, ${result.seals} seals`;
  if (result.faults.length === 0) process.stdout.write(`The audit log is whole: ${counted}.\n`);
  else {
    process.stderr.write(
      `The audit log is not whole: ${result.faults.length} faults in ${counted}. Compare with a backup, and with the heads in the log and in digests.\n`,
    );
    process.exitCode = 1;
  }
}

async function exportTicket(options: ConfigOption & { ticket: number }): Promise<void> {
  const file = await withDesk(options, ({ desk }) => caseFile(desk.database.reader, options.ticket));
  if (file === null) throw new UsageError(`There is no ticket #${options.ticket}.`);
  process.stdout.write(`${JSON.stringify(file, null, 2)}\n`);
}
