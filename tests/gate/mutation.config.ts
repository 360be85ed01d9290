import { defineConfig } from "vitest/config";
import { mutantNamed } from "./mutants.ts";

/** Runs tests on a copy of the code that lacks one check: the mutant that `MUTANT` names. */
const mutant = mutantNamed(process.env["MUTANT"] ?? "");

export default defineConfig({
  plugins: [
    {
      name: "mutant",
      enforce: "pre",
      transform: (code, id) => (id.endsWith(mutant.file) ? { code: mutant.change(code), map: null } : null),
    },
  ],
  test: {
    // Kept transforms are found by the file's text, which is the same for every mutant.
    fsModuleCache: false,
    include: [...mutant.tests],
    bail: 1,
    pool: "forks",
    testTimeout: 30_000,
  },
});
