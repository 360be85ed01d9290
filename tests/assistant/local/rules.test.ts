import { describe, expect, it } from "vitest";
import { UsageError } from "../../../src/errors.ts";
import { parseRules } from "../../../src/assistant/local/rules.ts";
import { starterRules, starterTemplates } from "../support.ts";

const head = 'version: "1"\nsignals: {}\nrules:\n';
const general = '  - { category: general, type: question, phrases: { en: "question" } }\n';
const table = (rule: string): string => head + rule + general;

function refusal(yaml: string): string {
  try {
    parseRules(yaml, "rules.yaml");
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  return "accepted";
}

describe("parseRules", () => {
  it("reads weights, lists and lines alike, and fills in what is left out", () => {
    const { rules } = parseRules(
      table(
        '  - { category: vpn, type: incident, phrases: { en: "vpn +3, remote access", de: [einwahl] } }\n',
      ),
    );
    expect(rules[0]).toMatchObject({
      category: "vpn",
      also: [],
      impact: "low",
      urgency: "medium",
      risk: null,
      template: "client/general",
      phrases: [
        { phrase: "vpn", weight: 3 },
        { phrase: "remote access", weight: 2 },
        { phrase: "einwahl", weight: 2 },
      ],
    });
  });

  it.each([
    [
      "a wrong type",
      "  - { category: vpn, type: incidnt, phrases: { en: vpn } }\n",
      /rule "vpn": rules\.yaml:4: rules\[0\]\.type holds "incidnt"; it accepts .*did you mean "incident"/,
    ],
    [
      "an unknown key",
      "  - { category: vpn, type: incident, phrase: { en: vpn }, phrases: { en: vpn } }\n",
      /rules\[0\]\.phrase holds an unknown key; it accepts .*phrases/,
    ],
    [
      "a missing key",
      "  - { category: vpn, type: incident }\n",
      /rules\[0\]\.phrases is missing; it accepts phrases by language/,
    ],
    [
      "a category with a capital",
      "  - { category: VPN, type: incident, phrases: { en: vpn } }\n",
      /rules\[0\]\.category holds "VPN"; it accepts a short name in small letters/,
    ],
    [
      "a star in the middle",
      "  - { category: vpn, type: incident, phrases: { en: v*n } }\n",
      /a \* at the start or the end of a word; "en" has the phrase "v\*n"/,
    ],
    [
      "too short a prefix",
      "  - { category: vpn, type: incident, phrases: { en: vp* } }\n",
      /at least three letters before a \*/,
    ],
    [
      "an unknown kind of word",
      '  - { category: vpn, type: incident, phrases: { en: "<time>" } }\n',
      /<number>, <date>, <address> or <link>/,
    ],
    [
      "a language that is none",
      "  - { category: vpn, type: incident, phrases: { english: vpn } }\n",
      /languages of two letters/,
    ],
    [
      "an ask without English",
      "  - { category: vpn, type: incident, phrases: { en: vpn }, asks: [{ need: { de: x }, known: y }] }\n",
      /rules\[0\]\.asks\[0\]\.need holds a map; it accepts a noun phrase by language/,
    ],
    [
      "a template elsewhere",
      "  - { category: vpn, type: incident, phrases: { en: vpn }, template: ../review/digest }\n",
      /rules\[0\]\.template .*it accepts the name of a client template/,
    ],
    [
      "a category twice",
      general,
      /rules\[1\]\.category holds "general"; it accepts a category that no rule above it has/,
    ],
    [
      "its own type in also",
      "  - { category: vpn, type: incident, also: [incident], phrases: { en: vpn } }\n",
      /rules\[0\]\.also .*it accepts types other than the rule's own/,
    ],
  ])("names file, line, key and what is accepted: %s", (_, rule, message) => {
    expect(refusal(table(rule))).toMatch(message);
  });

  it("wants a rule for what nothing matches", () => {
    expect(refusal(`${head}  - { category: vpn, type: incident, phrases: { en: vpn } }\n`)).toMatch(
      /a rule for the category "general"/,
    );
  });

  it("refuses an unknown signal and text that is not YAML", () => {
    expect(refusal(`version: "1"\nsignals: { loud: { en: x } }\nrules:\n${general}`)).toMatch(
      /signals\.loud holds an unknown key/,
    );
    expect(refusal("rules: [")).toMatch(/not YAML/);
  });
});

describe("the starter table", () => {
  it("has a template in English and German for each rule, and English and German asks", async () => {
    const [{ rules }, templates] = [await starterRules(), await starterTemplates()];
    expect(rules.length).toBeGreaterThanOrEqual(25);
    for (const rule of rules) {
      expect({
        [rule.category]: [rule.template, `${rule.template}.de`].filter((name) => !templates.has(name)),
      }).toEqual({ [rule.category]: [] });
      for (const { need } of rule.asks)
        expect(Object.keys(need)).toEqual(expect.arrayContaining(["en", "de"]));
    }
  });
});
