import { LEARNED_FIELDS, type LearnedField } from "../../desk/learned-field.ts";
import type { SettledPrediction } from "../../store/predictions.ts";

/** How often an engine said what a person then said, for one field. */
interface Agreement {
  readonly field: LearnedField;
  readonly engine: string;
  readonly decided: number;
  readonly agreed: number;
  /** Where the share of a great many decisions would lie, at 95 % (Wilson 1927). */
  readonly low: number;
  readonly high: number;
  /** What the engine itself said: its confidence on average. */
  readonly confidence: number;
}

/** Two engines on the same messages. */
interface Duel {
  readonly field: LearnedField;
  readonly engines: readonly [string, string];
  /** Messages that both judged and a person decided. */
  readonly both: number;
  /** Of these, those that only the first, or only the second, had right. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
}

/** Agreement with people's decisions for each field and engine. */
export function agreements(settled: readonly SettledPrediction[]): readonly Agreement[] {
  return LEARNED_FIELDS.flatMap((field) =>
    [
      ...Map.groupBy(
        settled.filter((one) => one.field === field),
        (one) => one.engine,
      ),
    ]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([engine, all]) => {
        const agreed = all.filter((one) => one.agreed).length;
        const [low, high] = wilson(agreed, all.length);
        const confidence = all.reduce((sum, one) => sum + one.confidence, 0) / all.length;
        return { field, engine, decided: all.length, agreed, low, high, confidence };
      }),
  );
}

/** Each pair of engines, field by field, on the messages that both had said something of. */
export function duels(settled: readonly SettledPrediction[]): readonly Duel[] {
  const engines = [...new Set(settled.map((one) => one.engine))].sort();
  return LEARNED_FIELDS.flatMap((field) =>
    engines.flatMap((first, at) =>
      engines.slice(at + 1).flatMap((second) => {
        const right = (engine: string): ReadonlyMap<number, boolean> =>
          new Map(
            settled
              .filter((one) => one.field === field && one.engine === engine)
              .map((one) => [one.messageId, one.agreed]),
          );
        const [one, other] = [right(first), right(second)];
        const both = [...one.keys()].filter((id) => other.has(id));
        if (both.length === 0) return [];
        return {
          field,
          engines: [first, second] as const,
          both: both.length,
          onlyFirst: both.filter((id) => one.get(id) === true && other.get(id) === false).length,
          onlySecond: both.filter((id) => one.get(id) === false && other.get(id) === true).length,
        };
      }),
    ),
  );
}

const Z = 1.959964;

/** Bounds of a share by Wilson's score interval; all of it where nothing is known. */
export function wilson(successes: number, count: number): readonly [low: number, high: number] {
  if (count === 0) return [0, 1];
  const share = successes / count;
  const middle = share + (Z * Z) / (2 * count);
  const spread = Z * Math.sqrt((share * (1 - share)) / count + (Z * Z) / (4 * count * count));
  const whole = 1 + (Z * Z) / count;
  return [Math.max(0, (middle - spread) / whole), Math.min(1, (middle + spread) / whole)];
}
