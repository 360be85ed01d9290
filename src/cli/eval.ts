import { Command } from "commander";
import { takesUnusedConfig } from "./config-option.ts";
import { evalDraftsCommand } from "./eval-drafts.ts";
import { evalLookupCommand } from "./eval-lookup.ts";
import { evalRelatedCommand } from "./eval-related.ts";
import { evalSpamCommand } from "./eval-spam.ts";
import { evalCompareCommand } from "./eval-compare.ts";
import { evalTriageCommand } from "./eval-triage.ts";

/** Measures the assistant on files, without a desk; `compare` on the decisions of one. */
export function evalCommand(): Command {
  return new Command("eval")
    .description("measure the assistant on labelled mails")
    .addCommand(takesUnusedConfig(evalTriageCommand()))
    .addCommand(takesUnusedConfig(evalSpamCommand()))
    .addCommand(takesUnusedConfig(evalLookupCommand()))
    .addCommand(takesUnusedConfig(evalRelatedCommand()))
    .addCommand(evalDraftsCommand())
    .addCommand(evalCompareCommand());
}
