/** One line of the table: what was measured, beside what others reached and what we aim at. */
export interface Figure {
  readonly what: string;
  readonly reference: string;
  readonly aim: string;
  readonly measured: string;
}

/** A group of figures that is measured by itself. */
export interface Section {
  /** For `--only`. */
  readonly name: string;
  /** Files of the data folder that it reads; where one is missing, the section is left out and named. */
  readonly files: readonly string[];
  run(data: string, say: (sentence: string) => void): readonly Figure[] | Promise<readonly Figure[]>;
}

export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`;
