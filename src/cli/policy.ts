import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { parseDeskFile } from "../desk/desk-file.ts";
import { describeProblem } from "../desk/problem.ts";
import { UsageError } from "../errors.ts";
import { simulatePolicies } from "../steps/admin/simulate.ts";
import { allClients } from "../store/people.ts";
import { takesConfig, withDesk, type ConfigOption } from "./with-desk.ts";

export function policyCommand(): Command {
  const policy = new Command("policy").description("what the desk may do alone");
  policy.addCommand(
    takesConfig(new Command("simulate"))
      .description(
        "replay a policy over the desk's own past reviews: what it would have done alone, and how often a person disagreed",
      )
      .argument("<file>", "a desk file with policies")
      .action((file: string, options: ConfigOption) => simulate(file, options)),
  );
  return policy;
}

async function simulate(file: string, options: ConfigOption): Promise<void> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new UsageError(`${file} cannot be read.`, { cause });
  });
  const result = await withDesk(options, async ({ desk }) => {
    const { queues } = await desk.directory.current();
    const clients = await allClients(desk.database.reader);
    const { desk: parsed, problems } = parseDeskFile(text, file, {
      queues: queues.map((queue) => queue.name),
      slas: [],
      clients: clients.map((client) => client.name),
    });
    if (parsed.policies === null)
      throw new UsageError(
        problems.length === 0 ? `${file} holds no policies.` : problems.map(describeProblem).join("\n"),
      );
    return simulatePolicies(desk.database.reader, parsed.policies);
  });
  if (result.length === 0)
    process.stdout.write("No review has been decided yet, so there is nothing to replay.\n");
  for (const row of result) {
    const share = row.alone === 0 ? "" : `; a person disagreed with ${row.disagreed} of these ${row.alone}`;
    process.stdout.write(`${row.action.padEnd(14)} ${row.alone} of ${row.seen} alone${share}\n`);
  }
}
