import { readFile, readdir, stat, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { Command } from "commander";
import { isRecord } from "../desk/problem.ts";
import { UsageError, reasonOf } from "../errors.ts";
import type { ParsedMessage } from "../mail/message.ts";
import { parseMessage } from "../mail/parse/parse.ts";
import type { Desk } from "../steps/desk.ts";
import { tryDraft, type TriedDraft } from "../steps/triage/try-draft.ts";
import { takesConfig, withDesk, type ConfigOption } from "./with-desk.ts";

interface Options extends ConfigOption {
  readonly mails: string;
  readonly predictions?: string;
}

/** `eval drafts`: what the assistant would answer, mail by mail, and how much of it a reviewer would have to look at. */
export function evalDraftsCommand(): Command {
  return takesConfig(new Command("drafts"))
    .description(
      "draft a reply to each mail, with this desk's people, articles and templates; nothing is sent or stored",
    )
    .requiredOption("--mails <path>", "a folder of .eml files, or a .jsonl file of {id, subject, body, from}")
    .option("--predictions <file>", "write one JSON line a mail: the draft with its findings")
    .action((options: Options) => evalDrafts(options));
}

interface Mail {
  readonly id: string;
  readonly message: ParsedMessage;
}

/** One line of the predictions file. */
export interface DraftPrediction {
  readonly id: string;
  readonly subject: string;
  /** Why there is no draft: `automatic`, `spam`; "" where there is one. */
  readonly left: string;
  readonly category: string;
  readonly type: string;
  /** ISO 639-1, of the mail. */
  readonly language: string;
  readonly template: string;
  readonly questions: readonly { readonly question: string; readonly answeredBy: string }[];
  readonly warnings: readonly string[];
  readonly unsourced: readonly string[];
  readonly sources: readonly { readonly sentence: string; readonly kind: string; readonly name: string }[];
  readonly body: string;
}

async function evalDrafts(options: Options): Promise<void> {
  const predictions = await withDesk(options, ({ desk }) => draftsFor(desk, options.mails));
  if (options.predictions !== undefined)
    await writeFile(options.predictions, predictions.map((one) => `${JSON.stringify(one)}\n`).join(""));
  process.stdout.write(`${draftsReport(predictions)}\n`);
}

/** What this desk would answer to each of the mails, in their order. @throws UsageError where there are none. */
export async function draftsFor(desk: Desk, mails: string): Promise<readonly DraftPrediction[]> {
  const predictions: DraftPrediction[] = [];
  for await (const { id, message } of mailsIn(mails)) {
    const automatic = message.automatic.verdict !== "no" && message.automatic.verdict !== "list";
    predictions.push(predictionOf(id, message, automatic ? null : await tryDraft(desk, message)));
  }
  return predictions;
}

function predictionOf(id: string, message: ParsedMessage, tried: TriedDraft | null): DraftPrediction {
  const draft = tried?.draft ?? null;
  return {
    id,
    subject: message.subject,
    left: tried === null ? "automatic" : draft === null ? "spam" : "",
    category: tried?.triage.category.value ?? "",
    type: tried?.triage.type.value ?? "",
    language: tried?.triage.language.value ?? "",
    template: draft?.template ?? "",
    questions: draft?.questions ?? [],
    warnings: draft?.warnings ?? [],
    unsourced: draft?.unsourced ?? [],
    sources: draft?.sources ?? [],
    body: draft?.body ?? "",
  };
}

const share = (part: number, whole: number): string =>
  whole === 0 ? "none" : `${part} of ${whole} (${Math.round((100 * part) / whole)} %)`;

/** How the drafter says that it did not write in the client's language. */
const OTHER_LANGUAGE = /^(?:There is no template in|The client's language could not be told)/;

/** Counts and shares, as a table of two columns. */
function draftsReport(predictions: readonly DraftPrediction[]): string {
  const drafts = predictions.filter((one) => one.left === "");
  const left = (why: string): number => predictions.filter((one) => one.left === why).length;
  const questions = drafts.flatMap((one) => one.questions);
  const open = questions.filter((one) => one.answeredBy === "open").length;
  const own = drafts.filter((one) => !one.warnings.some((text) => OTHER_LANGUAGE.test(text)));
  const warned = drafts.filter((one) => one.warnings.length > 0);
  const unsourced = drafts.filter((one) => one.unsourced.length > 0);
  const cited = drafts.filter((one) => one.sources.some((source) => source.kind === "article"));
  return [
    ["mails", `${predictions.length}, of them ${left("automatic")} automatic and ${left("spam")} spam`],
    ["drafts in the client's language", share(own.length, drafts.length)],
    ["drafts that use an article", share(cited.length, drafts.length)],
    ["questions answered", share(questions.length - open, questions.length)],
    ["questions left to a technician, and said so", share(open, questions.length)],
    ["drafts with a warning", share(warned.length, drafts.length)],
    ["drafts with a sentence without source", share(unsourced.length, drafts.length)],
  ]
    .map(([what = "", figure = ""]) => `${what.padEnd(45)}${figure}`)
    .join("\n");
}

async function* mailsIn(path: string): AsyncGenerator<Mail> {
  const info = await stat(path).catch(() => null);
  if (info === null) throw new UsageError(`--mails ${path}: there is no such file or folder`);
  if (!info.isDirectory()) return yield* rowsOf(path);
  const files = (await readdir(path)).filter((name) => extname(name).toLowerCase() === ".eml").toSorted();
  if (files.length === 0) throw new UsageError(`--mails ${path}: there is no .eml file in this folder`);
  for (const name of files) {
    const bytes = await readFile(join(path, name));
    yield { id: name, message: await parseMessage({ bytes }) };
  }
}

async function* rowsOf(path: string): AsyncGenerator<Mail> {
  const lines = (await readFile(path, "utf8")).split("\n");
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const at = `${path}:${index + 1}`;
    let row: unknown;
    try {
      row = JSON.parse(line);
    } catch (error) {
      throw new UsageError(`${at}: no JSON: ${reasonOf(error)}`, { cause: error });
    }
    if (!isRecord(row) || typeof row["body"] !== "string")
      throw new UsageError(`${at}: a map with "subject" and "body" is wanted`);
    const text = (key: string, otherwise: string): string =>
      typeof row[key] === "string" ? row[key].replaceAll(/[\r\n]+/g, " ") : otherwise;
    // A mail without these would be judged as one that no mail program wrote.
    const head = [
      `From: ${text("from", "somebody@client.example")}`,
      "To: support@desk.example",
      `Subject: ${text("subject", "")}`,
      "Date: Tue, 12 May 2026 09:00:00 +0200",
      `Message-ID: <row-${index + 1}@client.example>`,
      "MIME-Version: 1.0",
      "Content-Type: text/plain; charset=utf-8",
      "\n",
    ].join("\n");
    yield {
      id: text("id", String(index + 1)),
      message: await parseMessage({ bytes: Buffer.from(head + row["body"]) }),
    };
  }
}
