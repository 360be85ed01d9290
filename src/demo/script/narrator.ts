import { styleText } from "node:util";
import type { Letter } from "../../mail-program/letter.ts";

/** Tells the story on a terminal, or into a log: the same words, colours only where a terminal shows them. */
export interface Narrator {
  scene(title: string): void;
  line(text: string): void;
  /** Who wrote to whom, the subject, and the first lines; with `around`, the lines that hold it too. */
  mail(letter: Letter, to: string, lines?: number, around?: string): void;
  happened(text: string): void;
  failed(text: string): void;
  table(rows: readonly (readonly string[])[]): void;
}

const WIDTH = 96;

export function createNarrator(say: (text: string) => void): Narrator {
  return {
    scene: (title) => say(`\n${style("bold", title)}`),
    line: (text) => say(`  ${text}`),
    mail(letter, to, lines = 4, around) {
      say(
        `  ${style("cyan", `${letter.from.name || letter.from.address} → ${to}`)}  ${shortened(letter.subject, 72)}`,
      );
      const shown = firstLines(letter.text, lines);
      for (const line of shown) say(style("dim", `    │ ${line}`));
      if (around !== undefined && letter.text.includes(around) && !shown.includes(around))
        say(style("dim", `    │ … ${around}`));
    },
    happened: (text) => say(`  ${style("green", "✓")} ${text}`),
    failed: (text) => say(`  ${style("red", "✗")} ${text}`),
    table(rows) {
      const widths = (rows[0] ?? []).map((_, column) =>
        Math.max(...rows.map((row) => row[column]?.length ?? 0)),
      );
      for (const row of rows)
        say(
          `  ${row
            .map((cell, column) => cell.padEnd(widths[column] ?? 0))
            .join("  ")
            .trimEnd()}`,
        );
    },
  };
}

function firstLines(text: string, count: number): readonly string[] {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  return lines.slice(0, count).map((line) => shortened(line, WIDTH));
}

const shortened = (text: string, longest: number): string =>
  text.length > longest ? `${text.slice(0, longest - 1)}…` : text;

/** Colour where the terminal shows it; NO_COLOR and pipes get the words alone. */
function style(format: Parameters<typeof styleText>[0], text: string): string {
  return styleText(format, text, { stream: process.stdout });
}
