import { Command } from "commander";
import { evalDraftsCommand } from "./eval-drafts.ts";
import { evalSpamCommand } from "./eval-spam.ts";
import { evalTriageCommand } from "./eval-triage.ts";

/** Measures the assistant on files, without a desk: no configuration, no database. */
export function evalCommand(): Command {
  return new Command("eval")
    .description("measure the assistant on labelled mails")
    .addCommand(evalTriageCommand())
    .addCommand(evalSpamCommand())
    .addCommand(evalDraftsCommand());
}
