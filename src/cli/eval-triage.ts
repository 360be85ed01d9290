import { closeSync, openSync, writeSync } from "node:fs";
import { Command } from "commander";
import { FieldModel } from "../assistant/learning/field-model.ts";
import {
  accuracy,
  calibrationError,
  coverage,
  macroF1,
  type Answered,
} from "../assistant/learning/measure.ts";
import { PermanentError } from "../errors.ts";
import { readEvalRows, type EvalRow } from "./eval-rows.ts";

interface TriageOptions {
  readonly train: string;
  readonly test: string;
  readonly predictions?: string;
}

/** Limits of expected error at which it is told how much the desk would do alone. */
const LIMITS = [0.01, 0.02, 0.05];

export function evalTriageCommand(): Command {
  return new Command("triage")
    .description("learn from labelled mails, predict others, and tell how good the predictions are")
    .requiredOption("--train <file>", "labelled mails to learn from (.jsonl, .jsonl.gz)")
    .requiredOption("--test <file>", "mails to predict; those with labels are measured")
    .option("--predictions <file>", "where to write the predictions, one JSON line each")
    .action(evalTriage);
}

function evalTriage(options: TriageOptions): void {
  const train = readEvalRows(options.train);
  const test = readEvalRows(options.test);
  const fields = [...new Set(train.flatMap((row) => [...row.labels.keys()]))].sort();
  if (fields.length === 0)
    throw new PermanentError(`${options.train} holds no labels: a row needs "labels": {"queue": …}.`);
  const out = options.predictions === undefined ? null : openSync(options.predictions, "w");
  try {
    for (const field of fields) evalField(field, train, test, out);
  } finally {
    if (out !== null) closeSync(out);
  }
}

function evalField(
  field: string,
  train: readonly EvalRow[],
  test: readonly EvalRow[],
  out: number | null,
): void {
  const history = train.flatMap(({ example, labels }) => {
    const label = labels.get(field);
    return label === undefined ? [] : [{ example, label }];
  });
  progress(`${field}: learning from ${history.length} mails`);
  const started = performance.now();
  const model = FieldModel.create();
  model.fit(history);
  progress(
    `${field}: learned in ${((performance.now() - started) / 1000).toFixed(1)} s, predicting ${test.length}`,
  );
  const answers: Answered[] = [];
  for (const { id, example, labels } of test) {
    const found = model.predict(example);
    if (!found) continue;
    if (out !== null)
      writeSync(
        out,
        `${JSON.stringify({ id, label: field, value: found.label, confidence: Number(found.confidence.toFixed(6)), expectedError: Number(found.expectedError.toFixed(6)) })}\n`,
      );
    const right = labels.get(field);
    if (right !== undefined)
      answers.push({
        predicted: found.label,
        right,
        confidence: found.confidence,
        expectedError: found.expectedError,
      });
  }
  process.stdout.write(reportOf(field, model.labels.length, history.length, answers));
}

function reportOf(field: string, labels: number, learned: number, answers: readonly Answered[]): string {
  const head = `${field}: ${labels} labels, ${learned} mails learned, ${answers.length} measured\n`;
  if (answers.length === 0) return `${head}  no test row has this label: predicted only\n`;
  const lines = [
    ["accuracy", accuracy(answers).toFixed(4)],
    ["macro-F1", macroF1(answers).toFixed(4)],
    ["calibration error (ECE, 15 bins)", calibrationError(answers).toFixed(4)],
    ...LIMITS.map((limit) => {
      const { share, error } = coverage(answers, limit);
      return [
        `alone at ${limit * 100} % error`,
        `${share.toFixed(4)} of mails, ${error.toFixed(4)} of these wrong`,
      ];
    }),
  ];
  return `${head}${lines.map(([name, value]) => `  ${name!.padEnd(34)}${value!}\n`).join("")}`;
}

function progress(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}
