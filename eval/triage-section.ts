import { FieldModel } from "../src/assistant/learning/field-model.ts";
import {
  accuracy,
  calibrationError,
  coverage,
  macroF1,
  type Answered,
} from "../src/assistant/learning/measure.ts";
import { percent, type Figure, type Section } from "./section.ts";
import { cleanTickets, rawTickets, type Split } from "./tickets.ts";

const SEEDS = [0, 1, 2];

export const rawSection: Section = {
  name: "triage-raw",
  files: ["tickets-it-raw.jsonl"],
  run(data, say) {
    const answers = SEEDS.map((seed) => {
      say(`raw tickets, split ${seed + 1} of ${SEEDS.length}`);
      return answered(rawTickets(data, seed));
    });
    const mean = (measure: (each: readonly Answered[]) => number): number =>
      answers.reduce((sum, each) => sum + measure(each), 0) / answers.length;
    const at5 = (part: "share" | "error") => mean((each) => coverage(each, 0.05)[part]);
    const figures: Figure[] = [
      {
        what: "raw tickets, 74 groups: accuracy, macro-F1",
        reference: "linear SVM 0.731, 0.325",
        aim: "0.76, 0.42",
        measured: `${mean(accuracy).toFixed(3)}, ${mean(macroF1).toFixed(3)}`,
      },
      {
        what: "calibration there (ECE, 15 bins)",
        reference: "calibrated SVM 0.055",
        aim: "0.035",
        measured: mean(calibrationError).toFixed(3),
      },
      {
        what: "acting alone at a 5 % limit there",
        reference: "31 % at 5.3 % real error",
        aim: "38 % at 5.5 % at most",
        measured: `${percent(at5("share"))} at ${percent(at5("error"))} real error`,
      },
    ];
    return figures;
  },
};

export const cleanSection: Section = {
  name: "triage-clean",
  files: ["tickets-it-clean.jsonl.gz"],
  run(data, say) {
    say("clean tickets");
    const answers = answered(cleanTickets(data));
    return [
      {
        what: "clean tickets, 8 categories: accuracy, ECE",
        reference: "linear SVM 0.867, transformer 0.8725",
        aim: "0.875, 0.015",
        measured: `${accuracy(answers).toFixed(4)}, ${calibrationError(answers).toFixed(3)}`,
      },
    ];
  },
};

function answered({ train, test }: Split): readonly Answered[] {
  const model = FieldModel.create();
  model.fit(train);
  return test.flatMap(({ example, label }) => {
    const found = model.predict(example);
    return found ? [{ ...found, predicted: found.label, right: label }] : [];
  });
}
