import type { Example } from "./example.ts";
import { hashText } from "./feature-hash.ts";
import type { Grounds, Reading } from "./grounds.ts";
import { LinearModel, type LinearOptions } from "./linear-model.ts";
import type { Outcome } from "./record-fit.ts";

const PARTS = 5;
/** More outcomes tell nothing new. */
const MOST_OUTCOMES = 6000;

/**
 * What would have come true, had each fifth of a history been predicted by what the other four taught. Texts of the
 * same words stay in one fifth: else the answer would stand in the book.
 *
 * @param grounds have learned the whole history, and nothing else
 */
export function crossCheck(
  grounds: Grounds,
  rows: readonly { readonly example: Example; readonly label: string }[],
  readings: readonly Reading[],
  options: LinearOptions,
): readonly Outcome[] {
  const parts = rows.map(({ example }) => partOf(example));
  const asked = Math.min(1, MOST_OUTCOMES / rows.length);
  const outcomes: { readonly at: number; readonly outcome: Outcome }[] = [];
  for (let part = 0; part < PARTS; part += 1) {
    const linear = LinearModel.create(options);
    linear.fit(
      rows.flatMap(({ label }, at) => (parts[at] === part ? [] : [{ vector: readings[at]!.vector, label }])),
    );
    if (linear.labelCount < 2) continue;
    const made = grounds.making?.unlearned() ?? null;
    made?.fitLabels(
      rows.flatMap(({ label }, at) => {
        const { making } = readings[at]!;
        return parts[at] === part || making === null ? [] : [{ making, label }];
      }),
    );
    const places = linear.labels.map((label) => grounds.numberOf(label));
    rows.forEach(({ label }, at) => {
      if (parts[at] !== part || Math.floor(at * asked) === Math.floor((at + 1) * asked)) return;
      const scores = new Float64Array(grounds.labels.length).fill(-1.2);
      linear.scores(readings[at]!.vector).forEach((score, place) => {
        scores[places[place]!] = score;
      });
      const { labels, signs, familiarity } = grounds.candidates(
        readings[at]!,
        scores,
        made,
        (number) => parts[number] !== part,
      );
      const number = grounds.numberOf(label);
      const right = labels.indexOf(number);
      outcomes.push({ at, outcome: { signs, right, familiarity, label: number } });
    });
  }
  return outcomes.sort((a, b) => a.at - b.at).map(({ outcome }) => outcome);
}

function partOf(example: Example): number {
  const text = `${example.subject} ${example.body}`.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return hashText(text.join(" "), 9) % PARTS;
}
