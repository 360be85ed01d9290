import { readFileSync } from "node:fs";
import { join } from "node:path";
import { FieldModel } from "../src/assistant/learning/field-model.ts";
import type { Example } from "../src/assistant/learning/example.ts";
import { percent, type Section } from "./section.ts";
import { rawTickets } from "./tickets.ts";

const KEPT = 0.95;

/** Questions about a web community, put to a model that has learned an IT desk's tickets: how many look foreign to it. */
export const scopeSection: Section = {
  name: "scope",
  files: ["tickets-it-raw.jsonl", "related-meta.jsonl"],
  run(data, say) {
    const { train, test } = rawTickets(data, 0);
    const model = FieldModel.create();
    model.fit(train);
    const novelties = (examples: readonly Example[]): number[] =>
      examples.map((example) => model.predict(example)?.novelty ?? 1).sort((a, b) => a - b);
    const known = novelties(test.map(({ example }) => example));
    const foreign = novelties(foreignMails(data));
    const limit = known[Math.floor(KEPT * known.length)] ?? 1;
    const found = foreign.filter((novelty) => novelty > limit).length / foreign.length;
    const ownLimit = known.filter((novelty) => novelty <= 0.5).length / known.length;
    say(`novelty of one half keeps ${percent(ownLimit)} of known mail`);
    return [
      {
        what: "mail out of scope found, at 95 % of known mail kept",
        reference: "0.71 to 0.76",
        aim: "0.80",
        measured: found.toFixed(3),
      },
    ];
  },
};

function foreignMails(data: string): readonly Example[] {
  return readFileSync(join(data, "related-meta.jsonl"), "utf8")
    .trim()
    .split("\n")
    .slice(0, 500)
    .map((line) => {
      const { a } = JSON.parse(line) as { readonly a: string };
      const end = a.indexOf("?") + 1 || 80;
      return { subject: a.slice(0, end), body: a.slice(end), facts: [] };
    });
}
