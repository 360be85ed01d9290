import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { detectLanguage } from "../src/assistant/local/language.ts";
import { wordsOf } from "../src/assistant/local/words.ts";
import { importDemoData } from "../src/cli/demo-data.ts";
import { draftsFor, type DraftPrediction } from "../src/cli/eval-drafts.ts";
import { createLog } from "../src/cli/log.ts";
import { openDesk } from "../src/cli/open-desk.ts";
import { embeddedDefaults } from "../src/config.ts";
import type { Section } from "./section.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
/** What was written in which language, by people: `language` of each row. */
const OWN = here("data/mails.jsonl");
const DEMO = here("../src/demo/data/mails");
const GERMAN_DEMO_MAIL = "08-drucker.eml";

/** Drafts of a desk with the demo's people, devices and articles, for its mails and for ours in several languages. */
export const draftsSection: Section = {
  name: "drafts",
  files: [],
  async run(_data, say) {
    const folder = await mkdtemp(join(tmpdir(), "countersign-eval-"));
    const open = await openDesk(embeddedDefaults(folder), createLog({ level: "warn", format: "pretty" }));
    try {
      await importDemoData(open.desk);
      const demo = await draftsFor(open.desk, DEMO);
      const own = await draftsFor(open.desk, OWN);
      const labels = await languagesOf(OWN);
      say(`${demo.length} mails of the demo, ${own.length} of our own`);
      return [
        ...figures("demo's mails", demo, (id) => (id === GERMAN_DEMO_MAIL ? "de" : "en")),
        ...figures("our mails in nine languages", own, (id) => labels.get(id) ?? ""),
      ];
    } finally {
      await open.desk.queue.stop();
      await open.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

const SHIPPED = new Set(["en", "de", "fr", "es", "it", "nl", "pt"]);

function figures(what: string, predictions: readonly DraftPrediction[], written: (id: string) => string) {
  const drafts = predictions.filter((one) => one.left === "");
  const shipped = drafts.filter((one) => SHIPPED.has(written(one.id)));
  const right = shipped.filter((one) => detectLanguage(wordsOf(one.body)).value === written(one.id));
  const others = drafts.filter((one) => !SHIPPED.has(written(one.id)));
  const told = others.filter((one) => one.warnings.some((text) => /language/.test(text)));
  const questions = drafts.flatMap((one) => one.questions);
  const open = questions.filter((one) => one.answeredBy === "open");
  const warnings = drafts.flatMap((one) => one.warnings.filter((text) => text.startsWith("The draft ")));
  const unsourced = drafts.flatMap((one) => one.unsourced);
  const sources = drafts.flatMap((one) => one.sources);
  return [
    {
      what: `drafts, ${what}: in the client's language; else said so`,
      reference: "",
      aim: "all; all",
      measured: `${right.length} of ${shipped.length}; ${others.length === 0 ? "none" : `${told.length} of ${others.length}`}`,
    },
    {
      what: `drafts, ${what}: questions answered; left to a technician, by name`,
      reference: "",
      aim: "the more the better; the rest",
      measured: `${questions.length - open.length} of ${questions.length}; ${open.length}`,
    },
    {
      what: `drafts, ${what}: sentences without a source; guard's warnings`,
      reference: "",
      aim: "0; 0",
      measured: `${unsourced.length} of ${sources.length + unsourced.length}; ${warnings.length}`,
    },
  ];
}

async function languagesOf(file: string): Promise<ReadonlyMap<string, string>> {
  const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
  return new Map(
    lines.map((line) => {
      const { id, language } = JSON.parse(line) as { readonly id: string; readonly language: string };
      return [id, language];
    }),
  );
}
