import { writeFile } from "node:fs/promises";
import { Command, InvalidArgumentError } from "commander";
import { figuresOf, type Judged, type SpamFigures } from "../assistant/spam/measure.ts";
import { groupsOf, placeOf, type Written } from "../assistant/spam/near-duplicates.ts";
import { spamFeaturesOf, type SpamFeatures } from "../assistant/spam/spam-features.ts";
import { SpamModel, type SpamJudgement, type SpamRow } from "../assistant/spam/spam-model.ts";
import { UsageError } from "../errors.ts";
import type { ParsedMessage } from "../mail/message.ts";
import { parseMessage } from "../mail/parse/parse.ts";
import { readSortedMail } from "./sorted-mail.ts";

interface Options {
  readonly train?: string;
  readonly test?: string;
  readonly data?: string;
  readonly predictions?: string;
  readonly splits: number;
}

export function evalSpamCommand(): Command {
  return new Command("spam")
    .description("learn from sorted mail, judge other mail, and say how much of it was right")
    .option("--train <place>", "sorted mail to learn from: a folder with spam/ and ham/, or JSON lines")
    .option("--test <place>", "sorted mail to judge")
    .option("--data <place>", "in place of both: sorted mail that is split, four fifths to learn from")
    .option("--splits <number>", "with --data: how many different splits", wholeNumber, 5)
    .option("--predictions <file>", 'write a line a judged mail: {"id","spam","confidence","chance","edge"}')
    .action((options: Options) => evalSpam(options));
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 100)
    throw new InvalidArgumentError("a number from 1 to 100 is wanted.");
  return number;
}

async function evalSpam(options: Options): Promise<void> {
  const { train, test, data } = options;
  const judged =
    data !== undefined && train === undefined && test === undefined
      ? bySplits(await readMails(data), options.splits)
      : data === undefined && train !== undefined && test !== undefined
        ? byTest(await readMails(train), await readMails(test))
        : null;
  if (judged === null) throw new UsageError("Name --train and --test, or --data alone.");
  if (options.predictions !== undefined) await writeFile(options.predictions, predictionLines(judged));
  const sorted = judged.filter((one): one is JudgedMail & { spam: boolean } => one.spam !== null);
  if (sorted.length > 0) process.stdout.write(`${reportOn(figuresOf(sorted))}\n`);
}

/** A mail that was read, as far as it is learned from. */
export interface EvalMail extends Written {
  readonly id: string;
  readonly spam: boolean | null;
  readonly features: SpamFeatures;
}

interface JudgedMail extends SpamJudgement {
  readonly id: string;
  readonly spam: boolean | null;
}

/**
 * Fields that tell who collected a mail, or through which list it came: in a collection they stand for the label. A desk
 * may read them; a measurement that did would flatter itself.
 */
const COLLECTORS =
  /^(?:list-|x-spam|x-mailman|x-beenthere|x-list|x-loop|x-egroups|x-yahoogroups|x-original-date|x-mailscanner|x-pyzor|x-bogosity|x-status|x-keywords|x-uid|x-imap|x-mozilla|x-evolution|x-sieve|x-delivery|x-apparently-to|delivered-to|delivery-date|envelope-to|errors-to|precedence|sender$|mailing-list|mail-followup-to|status$|old-return-path|resent-)/;

export async function readMails(place: string): Promise<readonly EvalMail[]> {
  const sorted = await readSortedMail(place);
  const mails: EvalMail[] = [];
  for (const { id, spam, bytes } of sorted) {
    const message = withoutCollectors(await parseMessage({ bytes }));
    mails.push({
      id,
      spam,
      subject: message.subject,
      text: message.text,
      features: spamFeaturesOf(message, null),
    });
    if (mails.length % 500 === 0) progress(`${place}: ${mails.length} of ${sorted.length} read`);
  }
  progress(`${place}: ${mails.length} read`);
  return mails;
}

function withoutCollectors(message: ParsedMessage): ParsedMessage {
  return { ...message, headers: message.headers.filter(({ name }) => !COLLECTORS.test(name)) };
}

/** Several splits, near-duplicates on one side; what each split's model judged, together. */
export function bySplits(mails: readonly EvalMail[], splits: number): readonly JudgedMail[] {
  const groups = groupsOf(mails);
  return Array.from({ length: splits }, (_, seed) => {
    const held = mails.map((_, at) => placeOf(groups[at]!, seed) < 0.2);
    const judged = judgeAll(
      mails.filter((_, at) => !held[at]),
      mails.filter((_, at) => held[at]),
    );
    const figures = figuresOf(judged.filter((one): one is JudgedMail & Judged => one.spam !== null));
    progress(
      `split ${seed + 1}: ${percent(figures.flagged.share)} of ham flagged, ${percent(figures.caught.share)} of spam caught`,
    );
    return judged;
  }).flat();
}

/** Mails of the test that were learned from, or nearly, are judged all the same: whoever names both knows why. */
const byTest = (train: readonly EvalMail[], test: readonly EvalMail[]): readonly JudgedMail[] =>
  judgeAll(train, test);

function judgeAll(train: readonly EvalMail[], test: readonly EvalMail[]): readonly JudgedMail[] {
  const groups = groupsOf(train);
  const rows = train.flatMap(({ features, spam }, at): SpamRow[] =>
    spam === null ? [] : [{ features, spam, group: groups[at]! }],
  );
  if (!rows.some((row) => row.spam) || rows.every((row) => row.spam))
    throw new UsageError(
      "Both kinds of mail are needed to learn from; a folder named spam or ham says which is which.",
    );
  const model = SpamModel.train(rows, (done, of) => progress(`learning: ${done} of ${of}`));
  return test.map(({ id, spam, features }) => ({ id, spam, ...model.judge(features) }));
}

function predictionLines(judged: readonly JudgedMail[]): string {
  return judged
    .map(({ id, chance, verdict }) => {
      const spam = verdict === "spam";
      return `${JSON.stringify({ id, spam, confidence: spam ? chance : 1 - chance, chance, edge: verdict === "edge" })}\n`;
    })
    .join("");
}

export function reportOn(figures: SpamFigures): string {
  const { messages, spam, flagged, caught, edge } = figures;
  const ham = messages - spam;
  return [
    `${messages} mails, of which ${spam} spam`,
    `ham flagged    ${percent(flagged.share)} (${flagged.count} of ${ham}; at most ${percent(flagged.bound)} with 90 % certainty)`,
    `spam caught    ${percent(caught.share)} (${caught.count} of ${spam}; ${figures.missed} neither caught nor asked about)`,
    `asked a person ${percent(edge.share)} (${edge.count}, of which ${edge.spam} spam)`,
    `AUC            ${figures.auc.toFixed(5)}`,
    `calibration    ${figures.ece.toFixed(4)} (expected error of the chance, 15 bins)`,
  ].join("\n");
}

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

function progress(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}
