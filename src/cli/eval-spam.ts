import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import type { TriageContext } from "../assistant/engine.ts";
import type { Example } from "../assistant/learning/example.ts";
import { see, sightOf } from "../assistant/local/sight.ts";
import { parseRules, type RuleTable } from "../assistant/local/rules.ts";
import type { SpamJudgement } from "../assistant/spam/find-spam.ts";
import { figuresOf, type Judged, type SpamFigures } from "../assistant/spam/measure.ts";
import { groupsOf, placeOf, type Written } from "../assistant/spam/near-duplicates.ts";
import { starterModel } from "../assistant/starter/starter-models.ts";
import { UsageError } from "../errors.ts";
import type { ParsedMessage } from "../mail/message.ts";
import { parseMessage } from "../mail/parse/parse.ts";
import { TEMPLATES } from "./open-desk.ts";
import { readSortedMail } from "./sorted-mail.ts";
import { withoutCollector } from "./without-collector.ts";

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
      ? await bySplits(await readMails(data), options.splits)
      : data === undefined && train !== undefined && test !== undefined
        ? await byTest(await readMails(train), await readMails(test))
        : null;
  if (judged === null) throw new UsageError("Name --train and --test, or --data alone.");
  if (options.predictions !== undefined) await writeFile(options.predictions, predictionLines(judged));
  const sorted = judged.filter((one): one is JudgedMail & { spam: boolean } => one.spam !== null);
  if (sorted.length > 0) process.stdout.write(`${reportOn(figuresOf(sorted))}\n`);
}

/** A mail that was read, as the desk would see it from a stranger. */
interface EvalMail extends Written {
  readonly id: string;
  readonly spam: boolean | null;
  readonly message: ParsedMessage;
  readonly example: Example;
}

interface JudgedMail {
  readonly id: string;
  readonly spam: boolean | null;
  readonly chance: number;
  readonly verdict: SpamJudgement["verdict"];
}

export async function readMails(place: string): Promise<readonly EvalMail[]> {
  const sorted = await readSortedMail(place);
  const sight = sightOf(await shippedRules(), new Map());
  const mails: EvalMail[] = [];
  for (const { id, spam, bytes } of sorted) {
    const message = withoutCollector(await parseMessage({ bytes }));
    const { example } = see(sight, message, STRANGER);
    mails.push({ id, spam, subject: message.subject, text: message.text, message, example });
    if (mails.length % 500 === 0) progress(`${place}: ${mails.length} of ${sorted.length} read`);
  }
  progress(`${place}: ${mails.length} read`);
  return mails;
}

const shippedRules = async (): Promise<RuleTable> =>
  parseRules(await readFile(join(TEMPLATES, "rules.yaml"), "utf8"));

/** What the desk knows of who sent it: nothing. */
const STRANGER: TriageContext = {
  client: null,
  contact: null,
  requester: { name: "", address: "" },
  queues: [],
  earlier: [],
  answered: false,
  searchArticles: () => Promise.resolve([]),
  devices: () => Promise.resolve([]),
  searchTickets: () => Promise.resolve([]),
};

/** Several splits, near-duplicates on one side; what each split's model judged, together. */
export async function bySplits(
  mails: readonly EvalMail[],
  splits: number,
  first = 0,
): Promise<readonly JudgedMail[]> {
  const groups = groupsOf(mails);
  const all: JudgedMail[] = [];
  for (let seed = first; seed < first + splits; seed += 1) {
    const held = mails.map((_, at) => placeOf(groups[at]!, seed) < 0.2);
    const judged = await judgeAll(
      mails.filter((_, at) => !held[at]),
      mails.filter((_, at) => held[at]),
      seed,
    );
    const figures = figuresOf(judged.filter((one): one is JudgedMail & Judged => one.spam !== null));
    progress(
      `split ${seed + 1}: ${percent(figures.flagged.share)} of ham flagged, ${percent(figures.caught.share)} of spam caught`,
    );
    all.push(...judged);
  }
  return all;
}

/** Mails of the test that were learned from, or nearly, are judged all the same: whoever names both knows why. */
const byTest = (train: readonly EvalMail[], test: readonly EvalMail[]): Promise<readonly JudgedMail[]> =>
  judgeAll(train, test, 0);

/**
 * What a desk would say that had learned these mails as decisions, one after the other, on top of its starter set: the same
 * models, and the same judgement. Their order is by chance, as mail comes.
 */
async function judgeAll(
  train: readonly EvalMail[],
  test: readonly EvalMail[],
  seed: number,
): Promise<readonly JudgedMail[]> {
  const rows = train.filter((one) => one.spam !== null);
  if (!rows.some((row) => row.spam) || rows.every((row) => row.spam))
    throw new UsageError(
      "Both kinds of mail are needed to learn from; a folder named spam or ham says which is which.",
    );
  const rules = await shippedRules();
  const model = starterModel(rules, "spam");
  const shuffled = rows.toSorted((left, right) => placeOf(left.id, seed) - placeOf(right.id, seed));
  for (const [at, { example, spam }] of shuffled.entries()) {
    model.learn(example, String(spam));
    if ((at + 1) % 500 === 0) progress(`learning: ${at + 1} of ${shuffled.length}`);
  }
  const sight = sightOf(rules, new Map([["spam", model]]));
  return test.map(({ id, spam, message }) => {
    const { chance, verdict } = see(sight, message, STRANGER).spam;
    return { id, spam, chance, verdict };
  });
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
