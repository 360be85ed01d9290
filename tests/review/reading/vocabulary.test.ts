import { describe, expect, it } from "vitest";
import { parseCommandLine } from "../../../src/review/reading/command-grammar.ts";
import { DEFAULT_SYNONYMS } from "../../../src/review/reading/command-words.ts";
import { readCommands } from "../../../src/review/reading/reply-reading.ts";
import { vocabularyOf } from "../../../src/review/reading/vocabulary.ts";

const lines: readonly (readonly [line: string, verb: string, items: string])[] = [
  ["Freigeben 1, 2 und 4", "approve", "1,2,4"],
  ["freigegeben", "approve", "implied"],
  ["Genehmigt, danke", "approve", "implied"],
  ["Ablehnen 2: falscher Ton", "reject", "2"],
  ["Zurückstellen 1 bis 15:00", "snooze", "1"],
  ["Weiterleiten 1 an Dana", "reroute", "1"],
  ["Schließen 3", "close", "3"],
  ["SCHLIESSEN 3", "close", "3"],
  ["Zusammenführen 1 mit #1038", "merge", "1"],
  ["Approuvé", "approve", "implied"],
  ["approuver 1 et 3", "approve", "1,3"],
  ["approuver tout", "approve", "all"],
  ["rejeter 1 : ton trop sec", "reject", "1"],
  ["Aprobado.", "approve", "implied"],
  ["aprobar 1 y 2", "approve", "1,2"],
  ["enviar 1 sin bob@contoso.example", "send", "1"],
  ["approvato", "approve", "implied"],
  ["approva 1 e 2", "approve", "1,2"],
  ["nota 1: chiama alle cinque", "note", "1"],
  ["goedkeuren 1 en 2", "approve", "1,2"],
  ["afwijzen 1", "reject", "1"],
  ["aprovar todos", "approve", "all"],
  ["prioridade 1 p2", "priority", "1"],
  ["Hilfe", "help", "implied"],
  ["note 1： 打电话", "note", "1"],
];

describe("commands in other languages", () => {
  it.each(lines)("%j is %s %s", (line, verb, items) => {
    const command = parseCommandLine(line);
    expect(command?.verb).toBe(verb);
    expect(String(command?.items)).toBe(items);
  });

  it.each([
    "ja",
    "Ja, freigeben?",
    "freigeben?",
    "nicht freigeben",
    "Freigeben, sobald Bob zustimmt",
    "approuver demain",
    "approuver après appel",
    "aprobado por quién",
    "goedgekeurd door wie",
    "approva se va bene",
    "Genehmigung liegt vor",
    "d'accord",
    "validé",
    "annuler",
    "vale",
  ])("%j is no command", (line) => {
    expect(parseCommandLine(line)).toBeNull();
  });

  it("every default word stands for one verb, and reads so", () => {
    expect(vocabularyOf().faults).toEqual([]);
    for (const verbs of Object.values(DEFAULT_SYNONYMS))
      for (const [verb, words] of Object.entries(verbs))
        for (const word of words)
          expect(
            vocabularyOf().vocabulary.get(word.normalize("NFD").replace(/\p{M}/gu, "").replaceAll("ß", "ss")),
          ).toBe(verb);
  });
});

describe("a desk's own words", () => {
  it("are read", () => {
    const { vocabulary, faults } = vocabularyOf({ pl: { approve: ["zatwierdź"], reject: ["odrzuć"] } });
    expect(faults).toEqual([]);
    const { commands } = readCommands("Zatwierdz 1\nodrzuć 2: nie ten klient", null, vocabulary);
    expect(commands.map(({ verb }) => verb)).toEqual(["approve", "reject"]);
    expect(readCommands("zatwierdź 1").commands).toEqual([]);
  });

  it.each([
    ["ok", /plain yes/],
    ["Ja", /plain yes/],
    ["yes", /plain yes/],
    ["sí", /plain yes/],
    ["danke", /greeting/],
    ["ablehnen", /"reject" already/],
    ["reject", /"reject" already/],
    ["go ahead", /one word/],
    ["x", /one word/],
    ["1", /one word/],
    ["pause", /already/],
  ])("%j is refused for approve", (word, sentence) => {
    const { vocabulary, faults } = vocabularyOf({ de: { approve: [word] } });
    expect(faults).toHaveLength(1);
    expect(faults[0]?.sentence).toMatch(sentence);
    expect(vocabulary).toEqual(vocabularyOf().vocabulary);
  });

  it("a command that does not exist is refused", () => {
    expect(vocabularyOf({ de: { release: ["los"] } as never }).faults[0]?.sentence).toMatch(
      /no command "release"/,
    );
  });
});
