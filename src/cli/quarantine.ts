import { Command, InvalidArgumentError } from "commander";
import { UsageError } from "../errors.ts";
import { person } from "../desk/event.ts";
import { RETRY_SENTENCES, retryQuarantined } from "../steps/filing/retry-quarantined.ts";
import { putAsideAfter } from "../store/quarantine.ts";
import { leadNamed } from "./lead.ts";
import { takesConfig, withDesk, type ConfigOption } from "./with-desk.ts";

/** Most that `list` prints; the rest follows with `--after`. */
const LISTED = 200;

export function quarantineCommand(): Command {
  const quarantine = new Command("quarantine").description("messages that the desk could not read or place");
  quarantine.addCommand(
    takesConfig(new Command("list"))
      .description("print them, oldest first, with the reason of each")
      .option("--after <id>", "only messages after this one", idIn, 0)
      .action((options: ConfigOption & { after: number }) => list(options)),
  );
  quarantine.addCommand(
    takesConfig(new Command("retry"))
      .description("read a message once more, as if it had just come")
      .argument("<id>", "the message's id, as list prints it", idIn)
      .requiredOption("--as <email>", "who answers for it: a lead's or an admin's registered address")
      .action((id: number, options: ConfigOption & { as: string }) => retry(id, options)),
  );
  return quarantine;
}

function idIn(text: string): number {
  const id = Number(text);
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("a message's id is wanted, such as 42.");
  return id;
}

async function list(options: ConfigOption & { after: number }): Promise<void> {
  const found = await withDesk(options, ({ desk }) =>
    putAsideAfter(desk.database.reader, options.after, LISTED + 1),
  );
  if (found.length === 0) process.stdout.write("Nothing is in quarantine.\n");
  for (const one of found.slice(0, LISTED))
    process.stdout.write(
      `${one.id}  ${one.receivedAt}  ${one.fromAddress === "" ? "no sender" : one.fromAddress}  ${one.subject === "" ? "(no subject)" : one.subject.slice(0, 80)}\n    ${one.code}: ${one.reason}\n`,
    );
  const last = found[LISTED - 1];
  if (found.length > LISTED && last !== undefined)
    process.stdout.write(`There are more: countersign quarantine list --after ${last.id}\n`);
}

async function retry(id: number, options: ConfigOption & { as: string }): Promise<void> {
  const outcome = await withDesk(options, async ({ desk }) => {
    return retryQuarantined(desk, id, person(await leadNamed(desk, options.as)));
  });
  if (outcome !== "retried") throw new UsageError(`Message ${id}: ${RETRY_SENTENCES[outcome]}`);
  process.stdout.write(`Message ${id}: ${RETRY_SENTENCES[outcome]}\n`);
}
