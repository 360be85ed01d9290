import { Command } from "commander";
import { agreements, duels } from "../steps/learning/compare-engines.ts";
import { settledPredictions } from "../store/predictions.ts";
import { takesConfig, withDesk, type ConfigOption } from "./with-desk.ts";

/** Newest predictions that are looked at. */
const NEWEST = 100_000;

export function evalCompareCommand(): Command {
  return takesConfig(new Command("compare"))
    .description(
      "on a desk: how often each engine, and one in its shadow, said what your people then decided, field by field",
    )
    .action((options: ConfigOption) => compare(options));
}

async function compare(options: ConfigOption): Promise<void> {
  const settled = await withDesk(options, ({ desk }) =>
    settledPredictions(desk.database.reader, { limit: NEWEST }),
  );
  if (settled.length === 0) {
    process.stdout.write("Nobody has decided about a proposal yet, so there is nothing to compare.\n");
    return;
  }
  process.stdout.write("field     engine     decided  agreed   95 % interval     said itself\n");
  for (const one of agreements(settled))
    process.stdout.write(
      `${one.field.padEnd(9)} ${one.engine.padEnd(10)} ${String(one.decided).padStart(7)}  ${percent(one.agreed / one.decided)}  ${percent(one.low)} to ${percent(one.high)}  ${percent(one.confidence)}\n`,
    );
  for (const { field, engines, both, onlyFirst, onlySecond } of duels(settled))
    process.stdout.write(
      `${field}: of ${both} that both judged, ${onlyFirst} only ${engines[0]} had right, ${onlySecond} only ${engines[1]}.\n`,
    );
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`.padStart(7);
