/** `npm run eval -- --data FOLDER [--only a,b]`: measures the assistant and prints the table of ARCHITECTURE.md. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Figure } from "./section.ts";
import { SECTIONS } from "./sections.ts";

const { values } = parseArgs({
  options: { data: { type: "string", default: "../shared/data" }, only: { type: "string" } },
});

process.exitCode = await run(values.data, values.only?.split(","));

async function run(data: string, only: readonly string[] | undefined): Promise<number> {
  if (!existsSync(data)) {
    complain(
      `There is no folder ${data}. Name the one that holds the labelled mails: npm run eval -- --data FOLDER`,
    );
    return 2;
  }
  const names = SECTIONS.map(({ name }) => name);
  const unknown = only?.filter((name) => !names.includes(name)) ?? [];
  if (unknown.length > 0) {
    complain(`--only knows no ${unknown.join(", ")}. There is: ${names.join(", ")}`);
    return 2;
  }
  const figures: Figure[] = [];
  for (const section of SECTIONS.filter(({ name }) => only === undefined || only.includes(name))) {
    const missing = section.files.filter((file) => !existsSync(join(data, file)));
    if (missing.length > 0) {
      complain(`${section.name} is left out: ${data} holds no ${missing.join(", ")}`);
      continue;
    }
    figures.push(...(await section.run(data, (sentence) => complain(`${section.name}: ${sentence}`))));
  }
  process.stdout.write(tableOf(figures));
  return 0;
}

function tableOf(figures: readonly Figure[]): string {
  const lines = figures.map(
    (each) => `| ${each.what} | ${each.reference} | ${each.aim} | ${each.measured} |`,
  );
  return ["| what | reference | aim | measured |", "| --- | --- | --- | --- |", ...lines, ""].join("\n");
}

function complain(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}
