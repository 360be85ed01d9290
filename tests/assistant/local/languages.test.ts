import { describe, expect, it } from "vitest";
import { guardDraft } from "../../../src/assistant/guard/guard.ts";
import { createLocalEngine } from "../../../src/assistant/local/engine.ts";
import { filled, parseLanguages, type Languages } from "../../../src/assistant/local/languages.ts";
import { wordsOf } from "../../../src/assistant/local/words.ts";
import { createTemplates, loadLanguageFiles, loadTemplateFiles } from "../../../src/templates.ts";
import { contextOf, mail, requestOf, starterRules } from "../support.ts";

const files = await loadLanguageFiles("templates");
const sources = await loadTemplateFiles("templates");
const shipped = parseLanguages(files);
const EN = files.get("en.yaml") ?? "";

describe("templates/languages/", () => {
  it.each([...files.keys()])("%s has templates, and its words promise nothing", (name) => {
    const language = name.slice(0, 2);
    expect(sources.has(language === "en" ? "client/general" : `client/general.${language}`)).toBe(true);
    const phrases = shipped.phrasesOf(language);
    const { open, topics, ask } = phrases ?? shipped.english;
    for (const topic of Object.values(topics)) {
      const said = [filled(open.about, { topic }), filled(open.one, { question: "VPN?" }), open.several, ask];
      const rules = { allowedAddresses: [], allowedLinkHosts: [], ownDomains: [] };
      expect(guardDraft(said.join("\n"), rules)).toEqual([]);
    }
  });

  it.each([...files.keys()])("%s is written in its language", (name) => {
    const language = name.slice(0, 2);
    const body = [...sources]
      .filter(([template]) => template.startsWith("client/") && languageOf(template) === language)
      .map(([, source]) => source.replaceAll(/\{\{.*?\}\}/gs, " "))
      .join("\n");
    expect(shipped.detect(wordsOf(body)).value).toBe(language);
  });

  it.each([
    ["pl.yaml", EN.replace("{topic}", "it"), "open.about"],
    ["pl.yaml", EN.replace("ask:", "asks:"), "asks holds an unknown key"],
    ["pl.yaml", EN.replace("{date}", "{date} {price}"), "record.warranty"],
    ["polish.yaml", EN, "two small letters"],
    ["pl.yaml", "name: [", "YAML"],
  ])("refuses %s with %#, and says what is accepted", (name, yaml, says) => {
    expect(() =>
      parseLanguages(
        new Map([
          ["en.yaml", EN],
          [name, yaml],
        ]),
      ),
    ).toThrow(says);
  });

  it("cannot do without English", () => {
    expect(() => parseLanguages(new Map([["fr.yaml", EN]]))).toThrow("there is no en.yaml");
  });

  it("fills each place with what was handed in, and looks at that no further", () => {
    expect(filled("{device}: {serial}", { device: "{serial}", serial: "S1" })).toBe("{serial}: S1");
  });
});

const languageOf = (template: string): string => /\.([a-z]{2})$/.exec(template)?.[1] ?? "en";

describe("a language that an admin adds", () => {
  it("is told, answered in, and asked in, by files alone", async () => {
    const catalan = `${EN.replace("name: English", "name: Catalan")}\ncommonWords: "bon dia els les amb per que gracies des ahir podeu ens nostra"\n`;
    const languages = parseLanguages(new Map([...files, ["ca.yaml", catalan]]));
    const text = "Bon dia, la nostra impressora (printer) dona error des d'ahir. Ens podeu ajudar? Gràcies";
    const template =
      "Bon dia {{greetingName}},\n\nGràcies per escriure.\n\nHo mirem.\n\n{{technicianName}}\n{{deskName}}\n";
    expect(shipped.detect(wordsOf(text)).value).not.toBe("ca");
    const draft = await draftWith(languages, new Map([...sources, ["client/printer.ca", template]]), text);
    expect(draft).toMatchObject({
      template: "client/printer.ca",
      warnings: [
        "Not asked for, since the rules have no words for it in Catalan: which printer it is, by the name on it.",
      ],
    });
    expect(draft.body).toMatch(/^Bon dia Ana,\n\nGràcies per escriure\./);
  });

  it("is not half there: templates without the file stay unused, and the reviewer is told", async () => {
    const text = "Dzień dobry, nasza drukarka (printer) nie działa od rana, proszę o pomoc.";
    const more = new Map([...sources, ["client/printer.pl", sources.get("client/printer") ?? ""]]);
    const draft = await draftWith(shipped, more, text);
    expect(draft.template).toBe("client/printer");
    expect(draft.warnings[0]).toContain("Polish (pl)");
    expect(shipped.lackingIn(more.keys())).toEqual(["pl"]);
    expect(shipped.lackingIn(sources.keys())).toEqual([]);
  });
});

async function draftWith(languages: Languages, templates: ReadonlyMap<string, string>, newText: string) {
  const engine = createLocalEngine({
    rules: await starterRules(),
    templates: createTemplates(templates),
    languages,
  });
  const message = mail({ subject: "Help", newText });
  const triage = await engine.triage(message, contextOf());
  return engine.draft(requestOf(triage, message, contextOf()));
}
