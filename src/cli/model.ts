import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { rebuildModels } from "../steps/learning/rebuild-models.ts";
import { rollBackModels } from "../steps/learning/roll-back-models.ts";
import { countLabelsIn, lastLabelId } from "../store/labels.ts";
import { headVersion, keptVersions, modelVersions } from "../store/models.ts";
import { leadNamed } from "./lead.ts";
import { TEMPLATES } from "./open-desk.ts";
import { starterOf } from "./starter.ts";
import { takesConfig, withDesk, type ConfigOption } from "./with-desk.ts";

type As = ConfigOption & { readonly as: string };

export function modelCommand(): Command {
  const model = new Command("model").description(
    "what the assistant has learned from decisions, by versions",
  );
  model.addCommand(
    takesConfig(new Command("list"))
      .description("print the versions, oldest first, and how much has been learned since")
      .action((options: ConfigOption) => list(options)),
  );
  model.addCommand(
    takesConfig(new Command("rollback"))
      .description(
        "go back to a version: what was learned after it no longer counts, and can be brought back",
      )
      .argument("<version>", "as list prints it; 0 is the shipped starter set alone", versionIn)
      .requiredOption("--as <email>", "who answers for it: a lead's or an admin's registered address")
      .action((version: number, options: As) => rollBack(version, options)),
  );
  model.addCommand(
    takesConfig(new Command("rebuild"))
      .description("learn everything anew from the decisions that count, and put that in use")
      .requiredOption("--as <email>", "who answers for it: a lead's or an admin's registered address")
      .action((options: As) => rebuild(options)),
  );
  return model;
}

function versionIn(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("a version's number is wanted, such as 3.");
  return Number(text);
}

async function list(options: ConfigOption): Promise<void> {
  await withDesk(options, async ({ desk }) => {
    const db = desk.database.reader;
    const versions = await modelVersions(db);
    const head = await headVersion(db);
    const kept = new Set(await keptVersions(db));
    if (versions.length === 0)
      process.stdout.write("No version has been kept yet: the first comes after 500 labels.\n");
    for (const one of versions) {
      const marks = [
        ...(one.version === head ? ["in use"] : []),
        ...(kept.has(one.version) ? [] : ["learned anew from its labels when it is gone back to"]),
      ];
      const made = one.kind === "rollback" ? `back to version ${one.parent ?? 0}` : one.kind;
      process.stdout.write(
        `${one.version}  ${one.createdAt}  ${one.labels} labels  ${made}, by ${one.author}${marks.length === 0 ? "" : `  (${marks.join("; ")})`}\n`,
      );
    }
    const through = versions.find((one) => one.version === head)?.throughLabelId ?? 0;
    const since = await countLabelsIn(db, { from: through, through: await lastLabelId(db) });
    process.stdout.write(`${since} ${since === 1 ? "label" : "labels"} since.\n`);
  });
}

const shippedStarter = async (): Promise<ReturnType<typeof starterOf>> =>
  starterOf(await readFile(join(TEMPLATES, "rules.yaml"), "utf8"));

async function rollBack(version: number, options: As): Promise<void> {
  const { base } = await shippedStarter();
  const done = await withDesk(options, async ({ desk }) =>
    rollBackModels(desk, version, await leadNamed(desk, options.as), base),
  );
  process.stdout.write(
    `Version ${done.version} is in use now: what was known in version ${version}. ${done.withdrawn > 0 ? `${done.withdrawn} labels no longer count. ` : ""}To take this back: countersign model rollback ${done.before} --as ${options.as}\n`,
  );
}

async function rebuild(options: As): Promise<void> {
  const starter = await shippedStarter();
  const done = await withDesk(options, async ({ desk }) => {
    const author = await leadNamed(desk, options.as);
    return rebuildModels(desk, starter, author, (labels) => {
      if (process.stderr.isTTY) process.stderr.write(`\r${labels} labels learned`);
    });
  });
  if (process.stderr.isTTY) process.stderr.write("\n");
  process.stdout.write(`Version ${done.version} is in use now, learned anew from ${done.labels} labels.\n`);
}
