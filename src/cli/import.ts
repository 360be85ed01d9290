import { readFile, stat } from "node:fs/promises";
import { basename, extname } from "node:path";
import { Command } from "commander";
import { parseRules } from "../assistant/local/rules.ts";
import { parseDeviceFile } from "../desk/device-file.ts";
import { parseDeskFile } from "../desk/desk-file.ts";
import { parseHistoryFile } from "../desk/history-file.ts";
import { describeProblem } from "../desk/problem.ts";
import type { Technician } from "../desk/ticket.ts";
import { UsageError, reasonOf } from "../errors.ts";
import { normaliseAddress, sameAddress } from "../mail/address.ts";
import type { Desk } from "../steps/desk.ts";
import { importHistory } from "../steps/learning/import-history.ts";
import {
  importArticles,
  importDeskFile,
  importDevices,
  importRules,
  type ImportedRow,
} from "../steps/admin/import-desk.ts";
import { allClients } from "../store/people.ts";
import { articleFrom, importFolder } from "./import-articles.ts";
import { takesConfig, withDesk, type ConfigOption } from "./with-desk.ts";

export function importCommand(): Command {
  return takesConfig(new Command("import"))
    .description(
      "bring in a desk file (.yaml), articles (.md, or a folder of them), devices (.csv), a history of labelled mails (.jsonl) or the assistant's rules (rules.yaml); running it again changes nothing",
    )
    .argument("<file...>", "files or folders")
    .requiredOption("--as <email>", "who imports: the author of what is versioned")
    .action((files: string[], options: ConfigOption & { as: string }) => runImport(files, options));
}

async function runImport(files: readonly string[], options: ConfigOption & { as: string }): Promise<void> {
  const author = normaliseAddress(options.as);
  if (author === null)
    throw new UsageError(
      `--as "${options.as}" is no address: name the person who imports, such as kim@msp.example.`,
    );
  const problems: string[] = [];
  const rows: ImportedRow[] = [];
  await withDesk(options, async ({ desk }) => {
    for (const file of files) {
      try {
        const one = await importFile(desk, file, author);
        rows.push(...one.rows);
        problems.push(...one.problems);
      } catch (error) {
        problems.push(`${file}: ${reasonOf(error)}`);
      }
    }
  });
  report(rows, problems);
}

interface Imported {
  readonly rows: readonly ImportedRow[];
  readonly problems: readonly string[];
}

async function importFile(desk: Desk, file: string, author: string): Promise<Imported> {
  const info = await stat(file).catch(() => null);
  if (info === null) throw new UsageError("there is no such file");
  const extension = extname(file).toLowerCase();
  const isDeskFile = (extension === ".yaml" || extension === ".yml") && basename(file) !== "rules.yaml";
  if (!info.isDirectory() && isDeskFile) return importDesk(desk, file, author);
  const { technicians } = await desk.directory.current();
  answerable(author, technicians);
  if (info.isDirectory()) return { rows: await importFolder(desk, file, author, tell), problems: [] };
  if (extension === ".md")
    return {
      rows: await importArticles(desk, [articleFrom(file, await readFile(file, "utf8"), file)], author),
      problems: [],
    };
  if (extension === ".csv") return importDeviceFile(desk, file, author);
  if (extension === ".jsonl") return importHistoryFile(desk, file, author);
  if (basename(file) === "rules.yaml") {
    const yaml = await readFile(file, "utf8");
    // Throws with the rule, line and key that cannot be read: then nothing is saved.
    parseRules(yaml);
    return { rows: await importRules(desk, yaml, author), problems: [] };
  }
  throw new UsageError(
    `"${extension}" cannot be imported yet. It takes .yaml (desk file, rules.yaml), .md, folders of .md, .csv (devices) and .jsonl (labelled mails)`,
  );
}

async function importDesk(desk: Desk, file: string, author: string): Promise<Imported> {
  const directory = await desk.directory.current();
  const clients = await allClients(desk.database.reader);
  const { desk: parsed, problems } = parseDeskFile(await readFile(file, "utf8"), file, {
    queues: directory.queues.map((queue) => queue.name),
    slas: [],
    clients: clients.map((client) => client.name),
  });
  // The first import brings its own author in.
  answerable(author, [...directory.technicians, ...(parsed.technicians ?? [])]);
  return { rows: await importDeskFile(desk, parsed, author), problems: problems.map(describeProblem) };
}

async function importHistoryFile(desk: Desk, file: string, author: string): Promise<Imported> {
  const { queues } = await desk.directory.current();
  const { rows, problems } = parseHistoryFile(
    await readFile(file, "utf8"),
    file,
    queues.map((queue) => queue.name),
  );
  return { rows: await importHistory(desk, rows, author), problems: problems.map(describeProblem) };
}

async function importDeviceFile(desk: Desk, file: string, author: string): Promise<Imported> {
  const clients = await allClients(desk.database.reader);
  const { devices, problems } = parseDeviceFile(
    await readFile(file, "utf8"),
    file,
    clients.map((client) => client.name),
  );
  return { rows: await importDevices(desk, devices, author), problems: problems.map(describeProblem) };
}

/** A policy is somebody's word: an author whom the desk does not know answers for nothing. */
function answerable(author: string, technicians: readonly Pick<Technician, "email" | "active">[]): void {
  const known = technicians.filter((one) => one.active).map((one) => one.email);
  if (known.some((email) => sameAddress(email, author))) return;
  throw new UsageError(
    known.length === 0
      ? "there is no technician yet: import the desk file with your people first"
      : `--as ${author} is no active technician here. There are: ${[...new Set(known)].join(", ")}`,
  );
}

const tell = (sentence: string): void => void process.stderr.write(sentence);

/** A history has thousands of rows; whoever has so many to look at needs no more of them. */
const PRINTED = 200;

function report(rows: readonly ImportedRow[], problems: readonly string[]): void {
  const told = rows.filter((row) => row.change !== "same");
  for (const row of told.slice(0, PRINTED))
    process.stdout.write(
      `${row.change.padEnd(8)} ${row.what}${row.reason === "" ? "" : `: ${row.reason}`}\n`,
    );
  if (told.length > PRINTED) process.stdout.write(`… and ${told.length - PRINTED} more\n`);
  const count = (change: ImportedRow["change"]): number => rows.filter((row) => row.change === change).length;
  const refused = count("refused") + problems.length;
  process.stdout.write(
    `${count("added")} added, ${count("changed")} changed, ${count("same")} as they were, ${refused} refused.\n`,
  );
  for (const problem of problems.slice(0, PRINTED)) process.stderr.write(`refused  ${problem}\n`);
  if (problems.length > PRINTED) process.stderr.write(`… and ${problems.length - PRINTED} more\n`);
  if (refused > 0) process.exitCode = 1;
}
