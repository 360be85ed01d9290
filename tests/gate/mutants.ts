import { gateChecks } from "../../src/review/gate.ts";
import { itemChecks } from "../../src/review/item-gate.ts";
import { signatureChecks } from "../../src/review/signature-checks.ts";

/** The gate's checks, each switched off in turn: what `npm run mutate` runs the gate's own tests against. */

export interface Mutant {
  readonly name: string;
  /** Path in the project. */
  readonly file: string;
  /** Globs of the tests of which one must turn red. */
  readonly tests: readonly string[];
  /** The file's text without the check. */
  change(code: string): string;
}

const unit = ["tests/review/{gate,proof,signature-checks}*.test.ts"];
const store = ["tests/store/sqlite.test.ts"];

/** The list still stands in the file, without this one: nothing in the product knows of mutants. */
function without(list: string, name: string, file: string): Mutant {
  return {
    name: `${list} without ${name}`,
    file,
    tests: unit,
    change: (code) =>
      `${code}\n(${list} as unknown as { name: string }[]).splice(${list}.findIndex((check) => check.name === ${JSON.stringify(name)}), 1);\n`,
  };
}

/** A piece of the text is taken out, or replaced. */
function replaced(
  name: string,
  file: string,
  tests: readonly string[],
  find: string | RegExp,
  by: string,
): Mutant {
  return {
    name,
    file,
    tests,
    change(code) {
      const changed = code.replace(find, by);
      if (changed === code)
        throw new Error(`${file} no longer holds ${String(find)}: mend the mutant "${name}"`);
      return changed;
    },
  };
}

const TRANSITION = "src/store/transition.ts";

export const mutants: readonly Mutant[] = [
  ...gateChecks.map(({ name }) => without("gateChecks", name, "src/review/gate.ts")),
  ...itemChecks.map(({ name }) => without("itemChecks", name, "src/review/item-gate.ts")),
  ...signatureChecks.map(({ name }) => without("signatureChecks", name, "src/review/signature-checks.ts")),
  replaced(
    "a move that does not compare the status it moves from",
    TRANSITION,
    store,
    /\.whereIn\(\s*"status",\s*legal\.map\(\(transition\) => transition\.from\),\s*\)/,
    "",
  ),
  replaced(
    "a digest item that is ended twice",
    TRANSITION,
    store,
    '.where({ ...condition, status: "live" })',
    ".where({ ...condition })",
  ),
];

/** The code as it stands: its tests must be green, or red says nothing. */
export const untouched: Mutant = {
  name: "untouched",
  file: TRANSITION,
  tests: [...unit, ...store],
  change: (code) => code,
};

export function mutantNamed(name: string): Mutant {
  const found = [untouched, ...mutants].find((mutant) => mutant.name === name);
  if (found === undefined) throw new Error(`no mutant is called "${name}"`);
  return found;
}
